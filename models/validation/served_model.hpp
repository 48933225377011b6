#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "core/catalog.hpp"
#include "core/kernels/kernel_device.hpp"
#include "core/result.hpp"
#include "serving/step_cost.hpp"
#include "transformer/operator_list.hpp"

namespace wafercast {

/// A catalogued device under a software stack: its data sheet and its family's constants.
struct StackedDevice {
    KernelDevice device;
    KernelConstants constants;
    std::string problem;  ///< why there is none; empty: there is
    StackedDevice() = default;
    StackedDevice(const StackedDevice&) = delete;
    StackedDevice& operator=(const StackedDevice&) = delete;
};

/// Devices by system and stack, each read once.
class StackedDevices {
public:
    explicit StackedDevices(const Catalog& catalog) : catalog_{catalog} {}

    /// @param system  id or alias of an accelerator
    /// @param stack  whose kernels run
    /// @param engine  whose constants a step has when a model is served: the stack, an older
    /// version of it, a framework on the same kernels; empty: kernels alone. `problem` says what is
    /// missing
    StackedDevice& get(const std::string& system, const std::string& stack,
                       const std::string& engine = {});

private:
    std::unique_ptr<StackedDevice> make(const std::string& system, const std::string& stack,
                                        const std::string& engine) const;

    const Catalog& catalog_;
    std::map<std::string, std::unique_ptr<StackedDevice>> known_;
};

/// Time of the kernel behind an operator, once.
KernelTime time_kernel(const KernelDevice& device, const Operator& op);

/// Device time and number of kernels of one pass, and what its memory and datapath do meanwhile.
struct PassKernels {
    double seconds = 0.0;
    double kernels = 0.0;
    double flops = 0.0;    ///< of one device [op]
    double bytes = 0.0;    ///< memory traffic of one device [byte]
    double network = 0.0;  ///< of `seconds`, collectives
};
PassKernels time_pass(const KernelDevice& device, const OperatorList& list);

/// A model spread over devices of one kind.
struct ServedShape {
    TransformerSpec spec;
    TensorFormats formats;
    Sharding sharding;
    double expert_imbalance = 1.0;
};

/// Steps of an engine that serves a model: its kernels by the data sheet, one behind the other, and
/// its stack's host.
///
///     step = max(device x sum of kernels, issue x kernels) + host + per_sequence x sequences
///
/// The issue of kernels counts above the largest captured graph only.
class ServedModel : public StepCost {
public:
    ServedModel(const StackedDevice& on, ServedShape shape);

    [[nodiscard]] StepTime time(const StepLoad& load) const override;

    /// The pass of a step alone.
    [[nodiscard]] const PassKernels& kernels(const StepLoad& load) const;

    /// Device time of a step whose load runs as two halves, the one's exchanges behind the other's
    /// kernels: 2 max(kernels, exchanges) of a half. @cite deepseek-2024-v3
    [[nodiscard]] double overlapped(const StepLoad& load) const;

    /// Tokens whose keys and values fit beside the weights, when sequences are `length` long; of
    /// all devices together. 0: not even the weights fit.
    [[nodiscard]] double kv_tokens(double length) const;

    [[nodiscard]] double weight_bytes() const { return weight_bytes_; }  ///< of one device
    [[nodiscard]] const StackedDevice& on() const { return on_; }
    [[nodiscard]] const ServedShape& shape() const { return shape_; }

private:
    struct Key {
        double tokens, reach, sequences, context, width;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const;
    };
    [[nodiscard]] PassKernels run(const StepLoad& load) const;

    const StackedDevice& on_;
    ServedShape shape_;
    double weight_bytes_ = 0.0;
    mutable OperatorList scratch_;
    mutable std::unordered_map<Key, PassKernels, Hash> known_;
};

/// A model by an id or alias of the catalog; else by a name that differs in letter case,
/// punctuation, owner, accuracy target or format ("llama2-70b-99.9", "zai-org/GLM-5-FP8"). nullptr
/// when there is none.
const CatalogEntry* find_model(const Catalog& catalog, std::string_view name);

/// An accelerator by an id or alias of the catalog; else the one whose id or alias stands in a
/// text, the longest that does. nullptr when none.
const CatalogEntry* find_accelerator(const Catalog& catalog, std::string_view text);

/// Formats in which a checkpoint runs. `linear` and `experts` are those that a benchmark states for
/// them; where a family of checkpoints leaves classes of weights in 16 bits, so do these.
TensorFormats checkpoint_formats(const CatalogEntry& model, const TransformerSpec& spec,
                                 const std::string& linear, const std::string& experts,
                                 const KernelDevice& device);

}  // namespace wafercast
