#include "economics/token_cost.hpp"

#include <cmath>
#include <limits>

#include "evaluate/context.hpp"
#include "math/math.hpp"
#include "units/units.hpp"

namespace wafercast {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kSecondsPerYear = units::year.base();
constexpr double kHoursPerYear = kSecondsPerYear / 3600.0;

std::size_t index_of(Perspective perspective) { return static_cast<std::size_t>(perspective); }

/// Average IT power of an instance at the demand's utilisation, and its energy per output token.
struct PowerUse {
    double it_watts = 0.0;
    double it_joules_per_token = 0.0;
};

PowerUse power_use(const Serving& serving, double utilisation) {
    const EnergySplit& split = serving.energy;
    const double dynamic = split.compute + split.on_chip + split.memory + split.network;
    const double always = split.leakage + split.host;
    const double per_token = dynamic + always / utilisation;
    return {per_token * serving.tokens_per_second * utilisation, per_token};
}

/// Energy at the meter over energy at the device: the facility's PUE, or what charging loses.
double overhead(const ResolvedDesign& d) {
    return d->system.present ? d[d->system.pue] : 1.0 / d.get(d->edge.charge_efficiency, 1.0);
}

/// Adds depreciation to `line` and the interest over it to `financing`, both per hour.
void add_capital(double& line, double& financing, double principal, double rate, double years) {
    const double depreciation = principal / years / kHoursPerYear;
    line += depreciation;
    financing += annuity(principal, rate, years) / kHoursPerYear - depreciation;
}

/// Early replacement of burned-in weights: the silicon is written off at each refresh.
double refresh_cost(const ResolvedDesign& d, double unit_cost, double devices, double years) {
    const ResolvedScenario& scenario = d->scenario;
    if (!scenario.model_refresh.is_set()) {
        return 0.0;
    }
    const double cadence = d[scenario.model_refresh] / kSecondsPerYear;
    const double early = cadence < years ? unit_cost * (1.0 / cadence - 1.0 / years) : 0.0;
    const double nre =
        scenario.refresh_nre.is_set() ? d[scenario.refresh_nre] / d[scenario.volume] : 0.0;
    return devices * (early + nre / cadence) / kHoursPerYear;
}

HourlyCost server_side(const ResolvedDesign& d, const DeviceRating& device, const Serving& serving,
                       double unit_cost, const PowerUse& power) {
    const ResolvedSystem& system = d->system;
    HourlyCost hourly;
    const double devices = serving.accelerators;
    const double servers = devices / d[system.accelerators_per_server];
    const double rate = d[system.cost_of_capital] * kSecondsPerYear;
    const double years = d[system.server_life] / kSecondsPerYear;
    const double bought = devices * (1.0 + d.get(system.spares, 0.0));
    add_capital(hourly.accelerators, hourly.financing, bought * unit_cost, rate, years);
    add_capital(hourly.server, hourly.financing, servers * d[system.chassis_price], rate, years);
    add_capital(hourly.network, hourly.financing, devices * d[system.network_price], rate, years);
    const double provisioned = devices * (device.power + d.get(system.network_power, 0.0)) +
                               servers * d[system.server_power];
    add_capital(hourly.facility, hourly.financing, provisioned * d[system.capital], rate,
                d[system.facility_life] / kSecondsPerYear);
    hourly.energy = power.it_watts * overhead(d) * 3600.0 * d[d->scenario.electricity];
    hourly.operation = provisioned * d[system.operation] * 3600.0;
    const double hardware =
        devices * (unit_cost + d[system.network_price]) + servers * d[system.chassis_price];
    hourly.maintenance = (hardware * d[system.maintenance] +
                          devices * unit_cost * d[system.failure_rate] * d[system.repair_share]) *
                         3600.0;
    hourly.model_refresh = refresh_cost(d, unit_cost, devices, years);
    return hourly;
}

HourlyCost edge_side(const ResolvedDesign& d, const Serving& serving, double unit_cost,
                     const PowerUse& power) {
    const ResolvedEdge& edge = d->edge;
    HourlyCost hourly;
    const double active_hours = d[edge.life] / 3600.0 * d[edge.active_time];
    hourly.accelerators = serving.accelerators * unit_cost * d[edge.device_share] / active_hours;
    hourly.energy = power.it_watts * overhead(d) * 3600.0 * d[d->scenario.electricity];
    if (edge.battery_capacity.is_set()) {
        const double cycles_per_hour = power.it_watts * 3600.0 / d[edge.battery_capacity];
        hourly.maintenance = cycles_per_hour / d[edge.battery_cycles] * d[edge.battery_price];
    }
    // Calendar hours to active hours.
    hourly.model_refresh = refresh_cost(d, unit_cost * d[edge.device_share], serving.accelerators,
                                        d[edge.life] / kSecondsPerYear) /
                           d[edge.active_time];
    return hourly;
}

void add_perspectives(const ResolvedDesign& d, const DeviceRating& device, const Serving& serving,
                      const PowerUse& power, double utilisation, double price_ratio,
                      Economics& out) {
    const auto hourly_at = [&](double unit_cost) {
        return d->system.present ? server_side(d, device, serving, unit_cost, power)
                                 : edge_side(d, serving, unit_cost, power);
    };
    const double output_rate = serving.tokens_per_second;
    const double input_rate = serving.input_tokens_per_second;
    const double mtok_per_hour = (input_rate + output_rate) * utilisation * 3600.0 / 1e6;
    out.usd_per_mtok.fill(kNone);
    const auto fill = [&](Perspective side, const HourlyCost& hourly) {
        out.hourly[index_of(side)] = hourly;
        out.usd_per_mtok[index_of(side)] = hourly.total() / mtok_per_hour;
    };
    fill(Perspective::kBuilder, hourly_at(out.accelerator_cost));
    if (std::isfinite(out.accelerator_price)) {
        fill(Perspective::kOwner, hourly_at(out.accelerator_price));
    }
    if (d->device.rental.is_set()) {
        HourlyCost hourly;
        hourly.rental = serving.accelerators * d[d->device.rental] * price_ratio * 3600.0;
        fill(Perspective::kRenter, hourly);
    }
    if (d->scenario.api_input.is_set() && d->scenario.api_output.is_set()) {
        const double revenue =
            (input_rate * d[d->scenario.api_input] + output_rate * d[d->scenario.api_output]) *
            utilisation * 3600.0;
        out.usd_per_mtok[index_of(Perspective::kApi)] = revenue / mtok_per_hour;
    }
    out.implied_margin = 1.0 - out.usd_per_mtok[index_of(Perspective::kOwner)] /
                                   out.usd_per_mtok[index_of(Perspective::kApi)];
}

/// An instance that serves nothing is neither free nor instant.
TokenEconomics nothing_served(double utilisation) {
    return {.usd_per_mtok = kNone,
            .usd_per_mtok_input = kNone,
            .usd_per_mtok_output = kNone,
            .usd_per_mtok_output_all_in = kNone,
            .joules_per_token = kNone,
            .it_joules_per_token = kNone,
            .tokens_per_second_per_accelerator = kNone,
            .ttft_s = kNone,
            .tpot_s = kNone,
            .utilisation = utilisation};
}

void fill_tokens(const ResolvedDesign& d, const Serving& serving, const PowerUse& power,
                 double utilisation, Economics& out) {
    TokenEconomics& tokens = out.tokens;
    if (serving.tokens_per_second <= 0.0) {
        tokens = nothing_served(utilisation);
        return;
    }
    tokens.usd_per_mtok = out.usd_per_mtok[index_of(d->scenario.perspective)];
    const double output_rate = serving.tokens_per_second;
    const double input_rate = serving.input_tokens_per_second;
    const double cost_rate = tokens.usd_per_mtok * (input_rate + output_rate);
    tokens.usd_per_mtok_input = input_rate > 0.0
                                    ? cost_rate * serving.prefill_time_share / input_rate
                                    : 0.0 * cost_rate;  // unknown where the cost is
    tokens.usd_per_mtok_output = cost_rate * (1.0 - serving.prefill_time_share) / output_rate;
    tokens.usd_per_mtok_output_all_in = cost_rate / output_rate;
    tokens.it_joules_per_token = power.it_joules_per_token;
    tokens.joules_per_token = power.it_joules_per_token * overhead(d);
    tokens.tokens_per_second = output_rate;
    tokens.tokens_per_second_per_accelerator = output_rate / serving.accelerators;
    tokens.accelerators = serving.accelerators;
    tokens.tokens_per_second_per_user = serving.tpot_s > 0.0 ? 1.0 / serving.tpot_s : 0.0;
    tokens.ttft_s = serving.ttft_s;
    tokens.tpot_s = serving.tpot_s;
    tokens.utilisation = utilisation;
    tokens.mfu = serving.mfu;
    tokens.mbu = serving.mbu;
}

double nre_share(const ResolvedDesign& d, const SiliconCost& silicon, const PackageCost& package) {
    return d->scenario.volume.is_set() ? (silicon.nre + package.nre) / d[d->scenario.volume] : 0.0;
}

/// Builder's cost over the cost of the content that the price was asked for: prices follow content
/// at the seller's margin, so that nothing changes cost without its physical consequence, or the
/// reverse.
double content_price_ratio(const ResolvedDesign& d, double accelerator_cost, const Context& c) {
    if (d->priced == nullptr) {
        return 1.0;
    }
    const ResolvedDesign priced{d->priced, d.scalars};
    const Stages& stages = c.models->stages;
    const Layout layout = stages.place(priced, c);
    const SiliconCost silicon = stages.cost_dies(priced, layout, c);
    const PackageCost package = priced->package.flow->assemble(priced, layout, silicon, c);
    return accelerator_cost / (package.total + nre_share(priced, silicon, package));
}

}  // namespace

double annuity(double principal, double rate, double years) {
    if (rate <= 0.0) {
        return principal / years;
    }
    return principal * rate / -math::expm1(-years * math::log1p(rate));
}

Economics token_economics(const ResolvedDesign& d, const SiliconCost& silicon,
                          const PackageCost& package, const DeviceRating& device,
                          const Serving& serving, const Context& context) {
    Economics out;
    out.nre = silicon.nre + package.nre;
    out.nre_per_accelerator = nre_share(d, silicon, package);
    out.accelerator_cost = package.total + out.nre_per_accelerator;
    const double price_ratio = content_price_ratio(d, out.accelerator_cost, context);
    out.accelerator_price = d.get(d->device.price, kNone) * price_ratio;
    if (!d->device.price.is_set() && d->device.vendor_gross_margin.is_set()) {
        out.accelerator_price = out.accelerator_cost / (1.0 - d[d->device.vendor_gross_margin]);
    }
    out.usd_per_mtok.fill(kNone);
    out.implied_margin = kNone;
    if (!d->workload.present) {
        return out;
    }
    const double utilisation = d[d->scenario.utilisation];
    const PowerUse power = power_use(serving, utilisation);
    add_perspectives(d, device, serving, power, utilisation, price_ratio, out);
    fill_tokens(d, serving, power, utilisation, out);
    return out;
}

void register_economics_models(ModelSet& models) {
    models.stages.token_economics = token_economics;
}

}  // namespace wafercast
