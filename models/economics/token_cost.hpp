#pragma once

#include "registry/model_set.hpp"

namespace wafercast {

/// What an hour of one serving instance costs, to whom, and what a million tokens cost with it.
///
///     payment(P, r, y) = P r / (1 - (1 + r)^-y)          [USD per year]
///     hourly = sum over capital of payment(P, r, y) / 8766 + energy + operation + maintenance
///     usd_per_mtok = hourly / (3600 u (tps_in + tps_out)) 1e6
///     usd_in = hourly share_prefill / input tokens, usd_out = hourly (1 - share_prefill) / output
///     tokens
///
/// Depreciation (P / y) and financing (payment - P / y) are separate lines. Power is static power
/// all the time plus dynamic power for the share u of it; the facility is built for rated power. A
/// renter pays device-hours whether or not they are used. Leaves out taxes, residual value and
/// discounts.
/// @cite barroso2018 (datacenter cost accounting)
Economics token_economics(const ResolvedDesign& design, const SiliconCost& silicon,
                          const PackageCost& package, const DeviceRating& device,
                          const Serving& serving, const Context& context);

/// Yearly payment that repays `principal` with interest over `years`. @param rate per year >= 0
/// @param years > 0
double annuity(double principal, double rate, double years);

void register_economics_models(ModelSet& models);

}  // namespace wafercast
