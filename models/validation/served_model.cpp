#include "validation/served_model.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstdint>

#include "kernels/catalog_device.hpp"

namespace wafercast {
namespace {

/// Data sheets count memory in powers of 1024 and call it GB; catalogs keep what they say.
constexpr double kBinaryGiga = 1073741824.0 / 1e9;

constexpr double kFewest = 2.0;         ///< sequences that a stack's share of memory should leave
constexpr double kLargestShare = 0.97;  ///< of memory that a stack can be given
constexpr double kLeastReserve = 1e9;   ///< [byte] for activations even then

/// All-reduces up to this size go through the stacks' own kernels inside a server.
constexpr double kCustomLimit = 8.0 * 1048576.0;

/// Contexts are told apart in steps of one in so many.
constexpr double kContextSteps = 48.0;

double rounded(double context) {
    if (context < kContextSteps) {
        return std::floor(context);
    }
    const double step = std::exp2(std::floor(std::log2(context / kContextSteps)));
    return std::floor(context / step + 0.5) * step;
}

/// Exchange of tokens between ranks of experts by one-sided writes: every part of a rank's tokens
/// goes over the link inside its server or over its network port.
///
///     latency + bytes / ranks x (near / link + far / port) / share
KernelTime time_exchange(const KernelDevice& device, const CollectiveShape& shape) {
    const StepConstants& c = device.constants->step;
    const double near = std::min(device.devices_per_server, shape.ranks) - 1.0;
    const double far = std::max(shape.ranks - device.devices_per_server, 0.0);
    const double part = shape.bytes / shape.ranks / c.exchange_share;
    const double port =
        device.scale_out_bandwidth > 0.0 ? device.scale_out_bandwidth : device.link_bandwidth;
    KernelTime time;
    time.launch = c.exchange_latency;
    time.bytes = shape.bytes;
    time.memory = (near > 0.0 ? part * near / device.link_bandwidth : 0.0) +
                  (far > 0.0 ? part * far / port : 0.0);
    time.seconds = time.launch + time.memory;
    return time;
}

KernelTime time_collective(const KernelDevice& device, CollectiveShape shape) {
    if (shape.ranks <= 1.0) {
        return {};
    }
    if (shape.kind == CollectiveKind::kAllToAll) {
        return time_exchange(device, shape);
    }
    KernelTime best = collective_time(device, shape);
    const bool custom = shape.kind == CollectiveKind::kAllReduce && shape.bytes <= kCustomLimit &&
                        shape.ranks <= device.devices_per_server;
    if (custom) {
        shape.code = CollectiveCode::kCustomGraph;
        const KernelTime own = collective_time(device, shape);
        if (own.seconds < best.seconds) {
            best = own;
        }
    }
    return best;
}

}  // namespace

StackedDevice& StackedDevices::get(const std::string& system, const std::string& stack,
                                   const std::string& engine) {
    auto& slot = known_[lower(system) + "\n" + stack + "\n" + engine];
    if (!slot) {
        slot = make(system, stack, engine);
    }
    return *slot;
}

std::unique_ptr<StackedDevice> StackedDevices::make(const std::string& system,
                                                    const std::string& stack,
                                                    const std::string& engine) const {
    auto made = std::make_unique<StackedDevice>();
    const CatalogEntry* entry = find_accelerator(catalog_, system);
    if (entry == nullptr) {
        made->problem = "the catalog has no device '" + system + "'";
        return made;
    }
    const auto device = catalog_device(catalog_, entry->id);
    if (!device) {
        made->problem = device.error().front().message;
        return made;
    }
    const std::string_view family = entry->text("family");
    const auto constants = read_kernel_constants(catalog_, family, stack);
    const auto steps = engine.empty() ? constants : read_kernel_constants(catalog_, family, engine);
    if (!constants || !steps) {
        made->problem = (constants ? steps : constants).error().front().message;
        return made;
    }
    made->device = *device;
    made->constants = *constants;
    if (!engine.empty()) {
        // Served models run experts through each stack's tuned kernels, not through the general
        // path that a stack's benchmark of one layer took.
        const auto plain = read_kernel_constants(catalog_, family, "");
        made->constants.experts = plain ? plain->experts : constants->experts;
        made->constants.step = steps->step;
    }
    made->device.constants = &made->constants;
    return made;
}

KernelTime time_kernel(const KernelDevice& device, const Operator& op) {
    struct Timer {
        const KernelDevice& device;
        bool prefill;
        KernelTime operator()(const PointwiseShape& s) const { return pointwise_time(device, s); }
        KernelTime operator()(const GemmShape& s) const { return gemm_time(device, s); }
        KernelTime operator()(const ExpertsShape& s) const { return experts_time(device, s); }
        KernelTime operator()(const CollectiveShape& s) const { return time_collective(device, s); }
        KernelTime operator()(const AttentionShape& s) const {
            return prefill ? prefill_attention_time(device, s) : decode_attention_time(device, s);
        }
        KernelTime operator()(const LatentAttentionShape& s) const {
            return prefill ? prefill_latent_attention_time(device, s)
                           : decode_latent_attention_time(device, s);
        }
    };
    return std::visit(Timer{device, op.kind == OperatorKind::kPrefillAttention}, op.shape);
}

PassKernels time_pass(const KernelDevice& device, const OperatorList& list) {
    PassKernels pass;
    for (const Operator& op : list) {
        const KernelTime time = time_kernel(device, op);
        const double seconds = op.count * time.seconds;
        pass.seconds += seconds;
        pass.kernels += op.count;
        pass.flops += op.count * op.flops;
        pass.bytes += op.count * (op.weight_bytes + op.kv_bytes);
        if (op.kind == OperatorKind::kCollective) {
            pass.network += seconds;
        }
    }
    return pass;
}

ServedModel::ServedModel(const StackedDevice& on, ServedShape shape)
    : on_{on}, shape_{std::move(shape)} {
    const StoredWeights stored = stored_weights(shape_.spec, shape_.formats, shape_.sharding);
    const double moe = shape_.spec.moe_layers();
    weight_bytes_ = (shape_.spec.layers - moe) * stored.dense_layer + moe * stored.moe_layer +
                    stored.head + (shape_.spec.tied_embeddings ? 0.0 : stored.embedding);
}

std::size_t ServedModel::Hash::operator()(const Key& key) const {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const double part : {key.tokens, key.reach, key.sequences, key.context, key.width}) {
        hash = (hash ^ std::bit_cast<std::uint64_t>(part)) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 29U;
    }
    return static_cast<std::size_t>(hash);
}

const PassKernels& ServedModel::kernels(const StepLoad& load) const {
    StepLoad near = load;
    near.prefill_context = rounded(load.prefill_context);
    near.context = rounded(load.context);
    const Key key{near.prefill_tokens, near.prefill_context, near.sequences, near.context,
                  near.width};
    const auto found = known_.find(key);
    if (found != known_.end()) {
        return found->second;
    }
    return known_.emplace(key, run(near)).first->second;
}

PassKernels ServedModel::run(const StepLoad& load) const {
    PassShape pass;
    pass.expert_imbalance = shape_.expert_imbalance;
    if (load.prefill_tokens > 0.0) {
        // One sequence whose queries see what the prompts' do in the mean: as many sequences as
        // make prompts without a past, or one behind a past.
        pass.phase = Phase::kPrefill;
        const double reach = std::max(load.prefill_context, 1.0);
        const double whole = 2.0 * reach - 1.0;
        const bool pieces = whole > load.prefill_tokens;
        pass.sequences = pieces ? 1.0 : load.prefill_tokens / whole;
        pass.new_tokens = pieces ? load.prefill_tokens : whole;
        pass.past = pieces ? reach - (load.prefill_tokens + 1.0) / 2.0 : 0.0;
        pass.riding = load.sequences * load.width;
        pass.riding_context = load.context;
    } else {
        pass.sequences = load.sequences;
        pass.new_tokens = load.width;
        pass.context = load.context;
    }
    list_pass(shape_.spec, shape_.formats, shape_.sharding, pass, scratch_);
    return time_pass(on_.device, scratch_);
}

double ServedModel::overlapped(const StepLoad& load) const {
    StepLoad half = load;
    half.prefill_tokens /= 2.0;
    half.sequences /= 2.0;
    const PassKernels& pass = kernels(half);
    const double device = on_.constants.step.device;
    return 2.0 * device * std::max(pass.seconds - pass.network, pass.network);
}

StepTime ServedModel::time(const StepLoad& load) const {
    const StepConstants& c = on_.constants.step;
    const PassKernels& pass = kernels(load);
    const double tokens = load.prefill_tokens + load.sequences * load.width;
    double seconds = c.device * pass.seconds;
    if (tokens > c.graph_tokens || load.prefill_tokens > 0.0) {
        seconds = std::max(seconds, c.issue * pass.kernels);
    }
    seconds += c.host + c.per_sequence * load.sequences;
    return {.seconds = seconds, .latency = seconds, .joules = 0.0};
}

double ServedModel::kv_tokens(double length) const {
    const StepConstants& c = on_.constants.step;
    const double bytes = on_.device.memory_bytes * kBinaryGiga;
    const double each = sequence_bytes(shape_.spec, shape_.formats, shape_.sharding, length);
    double room = bytes * c.memory_share - c.memory_reserve - weight_bytes_;
    if (room < kFewest * each) {
        // Who serves a model that the stack's own share leaves no room for raises the share.
        room = bytes * kLargestShare - kLeastReserve - weight_bytes_;
    }
    return room <= 0.0 ? 0.0 : shape_.sharding.data * room / each * length;
}

namespace {

std::string compact(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    return out;
}

bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Does `word` stand in `text` with no letter or digit beside it? Both lower case.
bool stands_in(std::string_view text, std::string_view word) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const bool before = at == 0 || !word_char(text[at - 1]);
        const std::size_t end = at + word.size();
        const bool after = end >= text.size() || !word_char(text[end]);
        if (before && after) {
            return true;
        }
    }
    return false;
}

/// What names of checkpoints add to a model's: accuracy targets, tuning, formats.
constexpr std::string_view kSuffixes[] = {"-99.9", "-99",  "-instruct", "-chat",
                                          "-hf",   "-v2",  "-fp8",      "-nvfp4",
                                          "-fp4",  "-awq", "-mxfp4",    "-bf16"};

std::string plain_name(std::string_view name) {
    std::string text = lower(name.substr(name.find('/') + 1));
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view suffix : kSuffixes) {
            if (text.ends_with(suffix)) {
                text = text.substr(0, text.size() - suffix.size());
                again = true;
            }
        }
    }
    return compact(text);
}

}  // namespace

const CatalogEntry* find_model(const Catalog& catalog, std::string_view name) {
    if (const CatalogEntry* entry = catalog.find("models", name)) {
        return entry;
    }
    const std::string wanted = plain_name(name);
    const std::string literal = compact(name);
    for (const CatalogEntry* entry : catalog.entries("models")) {
        if (compact(entry->id) == wanted || compact(entry->id) == literal) {
            return entry;
        }
        for (const std::string& alias : entry->aliases) {
            if (plain_name(alias) == wanted || compact(alias) == literal) {
                return entry;
            }
        }
    }
    return nullptr;
}

const CatalogEntry* find_accelerator(const Catalog& catalog, std::string_view text) {
    if (const CatalogEntry* entry = catalog.find("accelerators", text)) {
        return entry;
    }
    const std::string lowered = lower(text);
    const CatalogEntry* best = nullptr;
    std::size_t longest = 0;
    for (const CatalogEntry* entry : catalog.entries("accelerators")) {
        const auto consider = [&](const std::string& name) {
            if (name.size() > longest && stands_in(lowered, lower(name))) {
                best = entry;
                longest = name.size();
            }
        };
        consider(entry->id);
        for (const std::string& alias : entry->aliases) {
            consider(alias);
        }
    }
    return best;
}

namespace {

/// A format as benchmarks call it; empty is 16 bits.
WeightFormats weight_formats(const std::string& name, const KernelDevice& device) {
    const std::string text = lower(name);
    if (text.starts_with("fp8")) {
        return {NumberFormat::kFp8, NumberFormat::kFp8};
    }
    if (text.find("fp4") != std::string::npos) {
        // Without the datapath weights are widened in the kernel and multiplied in 16 bits.
        const bool has = device.peak[index(NumberFormat::kFp4)] > 0.0;
        return {NumberFormat::kFp4, has ? NumberFormat::kFp4 : NumberFormat::kBf16};
    }
    if (text.starts_with("int4")) {
        return {NumberFormat::kInt4, NumberFormat::kBf16};
    }
    if (text.starts_with("int8")) {
        return {NumberFormat::kInt8, NumberFormat::kInt8};
    }
    return {};
}

}  // namespace

TensorFormats checkpoint_formats(const CatalogEntry& model, const TransformerSpec& spec,
                                 const std::string& linear, const std::string& experts,
                                 const KernelDevice& device) {
    TensorFormats f;
    const WeightFormats dense = weight_formats(linear, device);
    f.attention = f.mlp = dense;
    f.experts = weight_formats(spec.is_moe() ? experts : linear, device);
    f.activations = dense.inputs;
    const bool mxfp4 = model.text("native_precision").find("mxfp4") != std::string_view::npos;
    if (mxfp4) {  // released with experts alone in 4 bits
        f.attention = f.mlp = {};
        f.experts = weight_formats("mxfp4", device);
        f.activations = NumberFormat::kBf16;
        return f;
    }
    const bool narrow = bytes_per_element(dense.weights) < 1.0;
    if (spec.is_moe() && narrow) {
        // 4-bit checkpoints of models with experts leave attention in 16 bits; those in integers
        // all but the experts.
        f.attention = {};
        if (dense.weights == NumberFormat::kInt4) {
            f.mlp = {};
        }
    }
    return f;
}

}  // namespace wafercast
