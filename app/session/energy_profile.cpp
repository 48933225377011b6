#include "session/energy_profile.hpp"

#include <algorithm>

#include "evaluate/cost_trees.hpp"
#include "evaluate/evaluate.hpp"

namespace wafercast {
namespace {

EnergyAtBatch at_batch(const Metrics& metrics) {
    const Serving& serving = metrics.serving;
    return {.batch = serving.batch,
            .energy = serving.energy,
            .device_power = serving.device_power,
            .clock_factor = serving.clock_factor,
            .tokens_per_second = serving.tokens_per_second};
}

std::vector<EnergyPrice> prices_of(const DeviceRating& device) {
    constexpr std::array<const char*, 3> kLevels{"on-die memory", "ROM", "memory"};
    std::vector<EnergyPrice> prices;
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        if (device.peak[f] > 0.0 && device.energy_per_op[f] > 0.0) {
            prices.push_back({std::string{kNumberFormatNames[f]} + " operation",
                              device.energy_per_op[f], false});
        }
    }
    for (int i = 0; i < device.tier_count; ++i) {
        const MemoryTier& tier = device.tiers[static_cast<unsigned>(i)];
        prices.push_back({std::string{kLevels[static_cast<std::size_t>(tier.kind)]} + " byte",
                          tier.energy_per_byte + tier.transit_energy_per_byte, true});
    }
    return prices;
}

/// Batches of 1, 2, 4, ... below the design's own `most`, and that; no latency limit cuts any.
Result<std::vector<EnergyAtBatch>> over_batches(const Session& session, LoadedDesign loaded,
                                                double most) {
    std::vector<double> batches;
    for (double batch = 1.0; batch < most; batch *= 2.0) {
        batches.push_back(batch);
    }
    batches.push_back(std::max(1.0, most));
    std::vector<EnergyAtBatch> points;
    loaded.design.scenario.ttft_limit = {};
    loaded.design.scenario.tpot_limit = {};
    for (const double batch : batches) {
        loaded.design.serving.batch = Setting::number(batch);
        const auto prepared = session.prepare(loaded);
        if (!prepared) {
            return prepared.error();
        }
        points.push_back(at_batch(evaluate(prepared->resolved, prepared->context)));
    }
    return points;
}

}  // namespace

Result<EnergyProfile> profile_energy(const Session& session, const LoadedDesign& loaded,
                                     double kelvin) {
    const auto prepared = session.prepare(loaded);
    if (!prepared) {
        return prepared.error();
    }
    const Metrics metrics = evaluate(prepared->resolved, prepared->context);
    if (!metrics.has_workload) {
        return Failure{.code = "energy.workload",
                       .message = "The design serves no model; give it a [workload] with one.",
                       .where = {.file = loaded.path.string(), .line = 1, .column = 1}};
    }
    EnergyProfile profile;
    profile.violations = explain(prepared->resolved, prepared->context).violations;
    profile.design = loaded.design.title;
    profile.tree = token_energy_tree(prepared->resolved, metrics);
    profile.clock_factor = metrics.serving.clock_factor;
    profile.device_power = metrics.serving.device_power;
    profile.power_limit = metrics.device.power_limit;
    profile.static_power = metrics.device.static_power;
    profile.operations_per_token = metrics.serving.operations_per_token;
    profile.prices = prices_of(metrics.device);
    profile.limits = energy_limits(prepared->resolved, metrics, kelvin);
    auto batches = over_batches(session, loaded, metrics.serving.batch);
    if (!batches) {
        return batches.error();
    }
    profile.batches = std::move(batches).value();
    std::stable_sort(
        profile.batches.begin(), profile.batches.end(),
        [](const EnergyAtBatch& a, const EnergyAtBatch& b) { return a.batch < b.batch; });
    return profile;
}

}  // namespace wafercast
