#pragma once

#include "core/resolved_design.hpp"
#include "evaluate/context.hpp"
#include "evaluate/stages.hpp"
#include "performance/pass_time.hpp"

namespace wafercast {

/// Time and energy of sequences going once through the whole model, on every stage of a mapping.
struct PassCost {
    double seconds = 0.0;      ///< until all sequences are through, power limit included
    double occupancy = 0.0;    ///< time the slowest stage is busy with them
    double unlimited = 0.0;    ///< seconds without the power limit of the pass
    double clock_share = 1.0;  ///< of the clock that kernels leave for theirs, mean
    double flops = 0.0;        ///< of one column of ranks (one rank of each stage)
    double bytes = 0.0;        ///< likewise
    double compute_joules = 0.0, on_chip_joules = 0.0, memory_joules = 0.0, network_joules = 0.0;
    double latency = 0.0, compute = 0.0, memory = 0.0,
           network = 0.0;  ///< time that each limit sets
    [[nodiscard]] double joules() const {
        return compute_joules + on_chip_joules + memory_joules + network_joules;
    }
};

/// A model on the devices of one mapping: what fits, and how long passes take. One instance serves
/// requests of one length.
class Instance {
public:
    Instance(const ResolvedDesign& design, const DeviceRating& device, const Mapping& mapping,
             const Context& context, int kv_tier);

    /// One decode step of `sequences`, their mean context attended. With p pipeline stages they
    /// form min(p, sequences) microbatches and the step lasts max(traversal, microbatches x slowest
    /// stage).
    [[nodiscard]] PassCost decode(double sequences) const;
    /// Prefill of `sequences` prompts in min(p, sequences) microbatches: traversal + (microbatches
    /// - 1) x slowest stage.
    [[nodiscard]] PassCost prefill(double sequences) const;

    [[nodiscard]] bool fits() const { return fits_; }
    /// Sequences whose KV fits beside weights and activations, each at `length` tokens; >= 0.
    [[nodiscard]] double capacity(double length) const;
    [[nodiscard]] double weight_bytes() const { return weight_bytes_; }
    [[nodiscard]] double activation_bytes() const { return activation_bytes_; }
    /// Of the whole instance [byte].
    [[nodiscard]] double kv_bytes(double length) const;
    [[nodiscard]] double bytes_needed() const;  ///< instance, one request in flight
    [[nodiscard]] double bytes_there() const;
    [[nodiscard]] double devices() const { return devices_; }
    [[nodiscard]] double tensor() const { return mapping_.tensor; }
    [[nodiscard]] double input_tokens() const { return input_; }
    [[nodiscard]] double output_tokens() const { return output_; }
    [[nodiscard]] double mean_length() const { return input_ + output_ / 2.0; }
    [[nodiscard]] double host_overhead() const { return host_overhead_; }
    [[nodiscard]] const Mapping& mapping() const { return mapping_; }
    [[nodiscard]] const DeviceModel& model() const { return model_; }
    [[nodiscard]] const DeviceRating& device() const { return *model_.rating; }
    [[nodiscard]] const ResolvedDesign& design() const { return design_; }
    [[nodiscard]] double headroom() const { return headroom_; }

    /// Factor on the clock at which a pass takes `seconds` instead of less: the throttle that keeps
    /// the board limit. @return in [floor, 1]; below the floor the limit cannot be kept
    [[nodiscard]] double clock_factor(Phase phase, double sequences, double slowdown,
                                      FlatViolations& violations) const;

    /// Time of a pass on one device through all layers.
    [[nodiscard]] PassTime timed(Phase phase, double sequences, double clock_factor) const;

    /// Operators of a pass on one rank, into `list`.
    void operators(Phase phase, double sequences, OperatorList& list) const;

private:
    [[nodiscard]] PassCost traverse(Phase phase, double sequences, double clock_factor,
                                    double& slowest) const;
    /// Of one sequence on the fullest device [byte].
    [[nodiscard]] double sequence_bytes_of(double length) const;
    [[nodiscard]] PassCost run(Phase phase, double sequences) const;

    const ResolvedDesign& design_;
    OperatorCache& cache_;
    Mapping mapping_;
    TensorFormats formats_;
    DeviceModel model_;
    double devices_ = 1.0;
    double input_ = 0.0, output_ = 0.0;
    double expert_imbalance_ = 1.0;
    double layer_share_ = 1.0;
    double host_overhead_ = 0.0;
    double stage_layers_ = 0.0;
    bool ends_apart_ = false;
    double weight_bytes_ = 0.0;
    double activation_bytes_ = 0.0;
    double room_ = 0.0;      ///< for KV on one device [byte]
    double headroom_ = 0.0;  ///< power above static [W]; infinite without a limit
    double hops_inside_ = 0.0, hops_across_ = 0.0;
    bool fits_ = false;
    mutable OperatorList scratch_;  ///< of the pass in hand; an instance is used by one thread
};

/// What weights, activations and KV may take of a tier [byte]: of stacks `serving.memory_share`.
double usable_bytes(const ResolvedDesign& design, const MemoryTier& tier);

/// Formats of a workload's tensors by class, as written and as a device multiplies them.
TensorFormats tensor_formats(const ResolvedWorkload& workload);
TensorFormats tensor_formats(const ResolvedWorkload& workload, const DeviceRating& device);

/// Tiers a KV cache of this mapping may live in, nearest first; at most kMaxTiers. The weights'
/// home is decided first: the nearest tier that holds all of a device's share, ROM before SRAM
/// before stacks.
int weight_tier(const DeviceRating& device, double weight_bytes);
int kv_tiers(const DeviceRating& device, int weights, std::array<int, kMaxTiers>& tiers);

/// Do activations and one sequence fit `kv_tier` beside what lives there already?
bool kv_fits(const ResolvedDesign& design, const DeviceRating& device, const Mapping& mapping,
             double weight_bytes, int weights, int kv_tier);

/// What the fullest stage of a pipeline holds. Layers are spread evenly, rounded up; embedding and
/// classifier go with the first and last layers, or on stages of their own where that needs less
/// memory.
struct StageSplit {
    double layers = 0.0;
    double weights = 0.0;  ///< on one device [byte]
    bool ends_apart = false;
};
StageSplit split_stages(const ResolvedWorkload& workload, const Mapping& mapping);

/// Weights that the fullest device of a mapping stores [byte].
double stored_bytes(const ResolvedWorkload& workload, const Mapping& mapping);

}  // namespace wafercast
