#include "serving/point_key.hpp"

#include <cmath>
#include <limits>

#include "energy/device_power.hpp"

namespace wafercast {
namespace {

class KeyWriter {
public:
    KeyWriter(const ResolvedDesign& design, std::vector<double>& key)
        : design_{design}, key_{key} {}

    template <class... Numbers>
    void put(Numbers... numbers) {
        (key_.push_back(static_cast<double>(numbers)), ...);
    }
    template <class... Scalars>
    void scalars(Scalars... scalars) {
        constexpr double kUnset = -std::numeric_limits<double>::max();
        (key_.push_back(design_.get(scalars, kUnset)), ...);
    }
    void link(const ResolvedLink& link) {
        scalars(link.bandwidth, link.latency, link.energy, link.links_per_device);
    }

private:
    const ResolvedDesign& design_;
    std::vector<double>& key_;
};

void put_device(const ResolvedDesign& d, const DeviceRating& device, KeyWriter& key) {
    key.put(device.clock, device.max_clock, device.switching, device.on_chip_bytes,
            device.cache_bytes, device.unit_bytes, device.compute_dies, device.link_bytes_per_s,
            device.static_power, device.power_limit, device.compute_units, device.silicon_area);
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        key.put(device.peak[f], device.energy_per_op[f]);
    }
    for (int i = 0; i < device.tier_count; ++i) {
        const MemoryTier& tier = device.tiers[static_cast<std::size_t>(i)];
        key.put(static_cast<int>(tier.kind), tier.capacity, tier.bandwidth, tier.energy_per_byte,
                tier.transit_energy_per_byte, tier.latency, tier.writable);
    }
    double dies = 0.0;
    for (const ResolvedDie& die : d->dies) {
        dies += d.get(die.count, 1.0);
    }
    key.put(dies);
    if (!d->dies.empty()) {
        // What a byte takes beside its user and a millimetre further: all of on_die_energy.
        const std::uint32_t node = d->dies.front().node;
        key.put(on_die_energy(d, node, 0.0), on_die_energy(d, node, 1e-3));
    }
    const auto& family = d->device;
    for (const Scalar factor : family.time_factor) {
        key.scalars(factor);
    }
    key.scalars(family.achieved_compute, family.achieved_memory, family.achieved_link,
                family.host_overhead_per_step);
}

void put_context(const Context& context, KeyWriter& key) {
    const WorkloadStatistics& statistics = context.statistics;
    key.put(statistics.expert_imbalance, statistics.draft_acceptance,
            statistics.mean_exit_layer_share, statistics.weight_sparsity, statistics.measured);
    key.put(context.switches.kv_capacity, context.switches.admission,
            context.switches.prefill_interference, context.mapping.has_value());
    if (context.mapping) {
        const Mapping& m = *context.mapping;
        key.put(m.tensor, m.pipeline, m.expert, m.data, m.context);
    }
}

}  // namespace

void write_point_key(const ResolvedDesign& d, const DeviceRating& device, const Context& context,
                     std::vector<double>& out) {
    KeyWriter key{d, out};
    put_device(d, device, key);
    const ResolvedSystem& system = d->system;
    key.scalars(system.accelerators_per_server, system.server_power, system.mean_power_share,
                system.network_power);
    key.link(system.scale_up);
    key.link(system.scale_out);
    key.scalars(d->workload.input_tokens, d->workload.output_tokens);
    const ResolvedServing& s = d->serving;
    key.scalars(s.tensor_parallel, s.pipeline_parallel, s.expert_parallel, s.data_parallel,
                s.context_parallel, s.batch, s.overlap, s.chunk_tokens, s.prefill_instances,
                s.decode_instances, s.prefix_cache_hit, s.draft_tokens, s.draft_acceptance,
                s.draft_cost, s.memory_share);
    key.scalars(d->scenario.ttft_limit, d->scenario.tpot_limit);
    put_context(context, key);
}

}  // namespace wafercast
