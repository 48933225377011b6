#pragma once

#include <memory>
#include <vector>

#include "serving/instance.hpp"
#include "serving/lengths.hpp"
#include "serving/step_cost.hpp"

namespace wafercast {

/// Steps of one instance of a design at any load.
///
/// Passes are those of `Instance`, at a few counts and contexts (each reckoned when first asked
/// for), straight lines between. A step with pieces of prompts runs all its tokens through the
/// matrices together and adds what decoding attends to:
///
///     T(p, c_p; B, c_d) = max(P(p + w B, p c_p / (p + w B)) + D(B, c_d) - D(B, 1), D(B, c_d))
///
/// P the time of a pass of prompt tokens at their mean context, D of a decode step. Verifying w
/// tokens of a sequence is a decode step of w B that reads each sequence's keys once; what its
/// attention computes w - 1 times more is left out, it reads longer than it computes.
/// One object is used by one thread.
class InstanceCost final : public StepCost {
public:
    InstanceCost(const ResolvedDesign& design, const DeviceRating& device, const Mapping& mapping,
                 const Context& context, int kv_tier);
    ~InstanceCost() override;

    [[nodiscard]] StepTime time(const StepLoad& load) const override;

    /// The design's own instance: what fits.
    [[nodiscard]] const Instance& instance() const { return *instance_; }

private:
    struct Table;
    [[nodiscard]] StepTime decode(double sequences, double context) const;
    [[nodiscard]] StepTime prefill(double tokens, double context) const;

    std::unique_ptr<Instance> instance_;
    std::unique_ptr<Table> decode_;
    std::unique_ptr<Table> prefill_;
};

/// What a design says of serving, for one engine of `instance`: budget, slots, KV room, prefix
/// cache, drafts, pools and the link between them.
ServingPlan plan_of(const Instance& instance, const Context& context);

/// Lengths of a design's requests: all alike.
LengthMix mix_of(const Instance& instance);

}  // namespace wafercast
