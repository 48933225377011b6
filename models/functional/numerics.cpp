#include "functional/numerics.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace wafercast::functional {
namespace {

/// Shape of a small floating-point element: exponent of the smallest normal, mantissa bits,
/// largest magnitude and the exponent of the largest magnitude.
struct SmallFloat {
    int smallest_exponent;
    int mantissa_bits;
    float largest;
    int largest_exponent;
};

SmallFloat small_float(Element element) {
    switch (element) {
        case Element::E4M3:
            return {-6, 3, 448.0F, 8};
        case Element::E5M2:
            return {-14, 2, 57344.0F, 15};
        case Element::E3M2:
            return {-2, 2, 28.0F, 4};
        case Element::E2M3:
            return {0, 3, 7.5F, 2};
        default:
            return {0, 1, 6.0F, 2};  // E2M1
    }
}

/// Nearest integer, ties to even, in the default rounding mode; NaN stays NaN.
float nearest(float x) { return std::nearbyintf(x); }

float round_small(float x, const SmallFloat& f) {
    if (std::isnan(x) || x == 0.0F) return x;
    if (std::isinf(x)) return std::copysign(f.largest, x);
    const int exponent = std::max(std::ilogb(x), f.smallest_exponent);
    const float quantum = std::ldexp(1.0F, exponent - f.mantissa_bits);
    const float rounded = nearest(x / quantum) * quantum;
    return std::clamp(rounded, -f.largest, f.largest);
}

/// float32 rounded to a float16 (subnormals kept, overflow to infinity).
float round_half(float x) {
    if (std::isnan(x) || x == 0.0F || std::isinf(x)) return x;
    const int exponent = std::max(std::ilogb(x), -14);
    const float quantum = std::ldexp(1.0F, exponent - 10);
    const float rounded = nearest(x / quantum) * quantum;
    return std::fabs(rounded) > 65504.0F ? std::copysign(INFINITY, x) : rounded;
}

/// float32 with fewer mantissa bits and the full exponent range.
float round_mantissa(float x, int mantissa_bits) {
    if (std::isnan(x) || x == 0.0F || std::isinf(x)) return x;
    const int exponent = std::max(std::ilogb(x), -126);
    return static_cast<float>(std::nearbyint(std::ldexp(double{x}, mantissa_bits - exponent)) *
                              std::ldexp(1.0, exponent - mantissa_bits));
}

float absolute_maximum(std::span<const float> values) {
    float largest = 0.0F;
    for (const float v : values) largest = std::max(largest, std::fabs(v));
    return largest;
}

void round_absmax_group(std::span<float> group, Element element, int bits) {
    if (element == Element::Integer) {
        const float scale = quantise_symmetric(group, bits);
        for (float& v : group) v *= scale;
        return;
    }
    const SmallFloat f = small_float(element);
    const float scale = absolute_maximum(group) / f.largest;
    if (scale == 0.0F) return;
    for (float& v : group) v = round_small(v / scale, f) * scale;
}

void round_shared_exponent(std::span<float> group, Element element) {
    const float largest = absolute_maximum(group);
    if (largest == 0.0F || !std::isfinite(largest)) return;
    const SmallFloat f = small_float(element);
    const float scale = std::ldexp(1.0F, std::ilogb(largest) - f.largest_exponent);
    for (float& v : group) v = round_small(v / scale, f) * scale;
}

void round_nvfp4(std::span<float> group, float tensor_absmax) {
    const float global = tensor_absmax / 2688.0F;
    if (global == 0.0F) return;
    const float block =
        round_small(absolute_maximum(group) / 6.0F / global, small_float(Element::E4M3));
    const float scale = block * global;
    for (float& v : group) {
        v = scale == 0.0F ? 0.0F : round_small(v / scale, small_float(Element::E2M1)) * scale;
    }
}

void round_ggml_q4_0(std::span<float> group) {
    float extreme = 0.0F;
    for (const float v : group) {
        if (std::fabs(v) > std::fabs(extreme)) extreme = v;
    }
    const float d = extreme / -8.0F;
    const float inverse = d == 0.0F ? 0.0F : 1.0F / d;
    const float stored = round_half(d);
    for (float& v : group) {
        const float code = std::trunc(v * inverse + 8.5F);
        v = ((code > 15.0F ? 15.0F : code) - 8.0F) * stored;
    }
}

void round_ternary(std::span<float> group) {
    double sum = 0.0;
    for (const float v : group) sum += std::fabs(double{v});
    const auto scale = static_cast<float>(sum / static_cast<double>(group.size()));
    if (scale == 0.0F) return;
    for (float& v : group) v = std::clamp(nearest(v / scale), -1.0F, 1.0F) * scale;
}

void round_group(std::span<float> group, const OperandFormat& format, float tensor_absmax) {
    switch (format.element) {
        case Element::TFloat32:
            for (float& v : group) v = round_mantissa(v, 10);
            return;
        case Element::BFloat16:
            for (float& v : group) v = round_mantissa(v, 7);
            return;
        case Element::Float16:
            for (float& v : group) v = round_half(v);
            return;
        case Element::Ternary:
            return round_ternary(group);
        default:
            break;
    }
    switch (format.scaling) {
        case Scaling::None:
            return;
        case Scaling::AbsoluteMaximum:
            return round_absmax_group(group, format.element, format.bits);
        case Scaling::SharedExponent:
            return round_shared_exponent(group, format.element);
        case Scaling::NvFp4:
            return round_nvfp4(group, tensor_absmax);
        case Scaling::Float16:
            return round_ggml_q4_0(group);
    }
}

std::uint64_t scale_bits(Scaling scaling) {
    switch (scaling) {
        case Scaling::AbsoluteMaximum:
            return 32;
        case Scaling::SharedExponent:
        case Scaling::NvFp4:
            return 8;
        case Scaling::Float16:
            return 16;
        case Scaling::None:
            break;
    }
    return 0;
}

// ---- names -----------------------------------------------------------------------------------

OperandFormat integer(int bits, std::size_t group) {
    return {Element::Integer, bits, Scaling::AbsoluteMaximum, group};
}
OperandFormat scaled(Element element, int bits) {
    return {element, bits, Scaling::AbsoluteMaximum, 0};
}
OperandFormat block(Element element, int bits) {
    return {element, bits, Scaling::SharedExponent, 32};
}

/// A number that fills the whole of `text`.
std::optional<int> whole_number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "int8_row", "int8_token", "int4_g32", "bf16", "e5m2_rowscale", "mxfp6_e3m2", "nvfp4", ...
std::optional<OperandFormat> parse_operand(std::string_view text) {
    struct Named {
        std::string_view name;
        OperandFormat format;
    };
    const std::array<Named, 9> named = {{
        {"bf16", {Element::BFloat16, 16, Scaling::None, 0}},
        {"e4m3_rowscale", scaled(Element::E4M3, 8)},
        {"e5m2_rowscale", scaled(Element::E5M2, 8)},
        {"mxfp8_e4m3", block(Element::E4M3, 8)},
        {"mxfp6_e2m3", block(Element::E2M3, 6)},
        {"mxfp6_e3m2", block(Element::E3M2, 6)},
        {"mxfp4", block(Element::E2M1, 4)},
        {"nvfp4", {Element::E2M1, 4, Scaling::NvFp4, 16}},
        {"q4_0", {Element::GgmlQ4_0, 4, Scaling::Float16, 32}},
    }};
    for (const Named& entry : named) {
        if (text == entry.name) return entry.format;
    }
    if (!text.starts_with("int")) return std::nullopt;
    const std::size_t underscore = text.find('_');
    if (underscore == std::string_view::npos) return std::nullopt;
    const auto bits = whole_number(text.substr(3, underscore - 3));
    const std::string_view scope = text.substr(underscore + 1);
    if (!bits || *bits < 2 || *bits > 8) return std::nullopt;
    if (scope == "row" || scope == "token") return integer(*bits, 0);
    if (!scope.starts_with('g')) return std::nullopt;
    const auto group = whole_number(scope.substr(1));
    if (!group || *group < 1) return std::nullopt;
    return integer(*bits, static_cast<std::size_t>(*group));
}

void set_linear_weights(NumericsContract& contract, const OperandFormat& format) {
    contract.of(OperatorKind::Linear).weight = format;
}
void set_table_weights(NumericsContract& contract, const OperandFormat& format) {
    contract.of(OperatorKind::Embed).weight = format;
    contract.of(OperatorKind::Classifier).weight = format;
}
void set_activations(NumericsContract& contract, const OperandFormat& format) {
    contract.of(OperatorKind::Linear).input = format;
    contract.of(OperatorKind::Classifier).input = format;
}
void set_cache(NumericsContract& contract, const OperandFormat& format) {
    contract.of(OperatorKind::CacheWrite).weight = format;
    contract.of(OperatorKind::AttentionScore).weight = format;
    contract.of(OperatorKind::AttentionMix).weight = format;
}

/// W8A8: both operands are 8-bit integers; the classifier keeps float32 weights.
void set_w8a8(NumericsContract& contract, Accumulator accumulator) {
    set_linear_weights(contract, integer(8, 0));
    set_activations(contract, integer(8, 0));
    contract.of(OperatorKind::Linear).accumulator = accumulator;
}

bool apply_weights(NumericsContract& contract, std::string_view text) {
    const bool all = text.ends_with("_all");
    if (all) text.remove_suffix(4);
    if (text.ends_with("_lin")) text.remove_suffix(4);
    const auto format = parse_operand(text);
    if (!format) return false;
    set_linear_weights(contract, *format);
    if (all) set_table_weights(contract, *format);
    return true;
}

bool apply_converter(NumericsContract& contract, std::string_view bits_text) {
    const auto bits = whole_number(bits_text);
    if (!bits || *bits < 2 || *bits > 16) return false;
    set_w8a8(contract, Accumulator::Float32);
    contract.of(OperatorKind::Linear).output_bits = *bits;
    return true;
}

bool apply(NumericsContract& contract, std::string_view name) {
    constexpr std::string_view kConverter = "aimc_w8a8_out_adc";
    if (name == "fp32") return true;
    if (name == "w8a8_int8_row_token") return set_w8a8(contract, Accumulator::Float32), true;
    if (name == "w8a8_int8_row_token_acc32") return set_w8a8(contract, Accumulator::Int32), true;
    if (name == "w8a8_e4m3") {
        set_linear_weights(contract, scaled(Element::E4M3, 8));
        set_activations(contract, scaled(Element::E4M3, 8));
        return true;
    }
    if (name == "kv_int8_head") return set_cache(contract, integer(8, kPerHead)), true;
    if (name == "kv_fp8_e4m3") return set_cache(contract, scaled(Element::E4M3, 8)), true;
    if (name.starts_with(kConverter)) {
        return apply_converter(contract, name.substr(kConverter.size()));
    }
    if (name.starts_with("w4a4_")) {
        const auto format = parse_operand(name.substr(5));
        if (!format || format->bits != 4) return false;
        set_linear_weights(contract, *format);
        set_activations(contract, *format);
        return true;
    }
    if (name.starts_with("a_")) {
        const auto format = parse_operand(name.substr(2));
        if (format) set_activations(contract, *format);
        return format.has_value();
    }
    return name.starts_with("w_") && apply_weights(contract, name.substr(2));
}

std::string describe(const OperandFormat& format) {
    return std::to_string(static_cast<int>(format.element)) + "/" + std::to_string(format.bits) +
           "/" + std::to_string(static_cast<int>(format.scaling)) + "/" +
           std::to_string(format.group);
}

}  // namespace

std::string_view name_of(OperatorKind kind) {
    constexpr std::array<std::string_view, kOperatorKinds> kNames = {
        "embed",   "norm", "linear", "rope",     "cache_write", "score",
        "softmax", "mix",  "gate",   "residual", "classifier"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::uint64_t OperandFormat::storage_bits(std::size_t count) const {
    const std::size_t width = group == 0 || group == kPerHead ? count : group;
    const std::uint64_t groups = scaling == Scaling::None ? 0 : (count + width - 1) / width;
    const std::uint64_t total =
        static_cast<std::uint64_t>(bits) * count + groups * scale_bits(scaling);
    return (total + 7) / 8 * 8;
}

double OperandFormat::bits_per_element(std::size_t count) const {
    return static_cast<double>(storage_bits(count)) / static_cast<double>(count);
}

std::string NumericsContract::canonical() const {
    std::string text;
    for (std::size_t i = 0; i < kOperatorKinds; ++i) {
        const OperatorNumerics& n = operators[i];
        text += std::string{name_of(static_cast<OperatorKind>(i))} + " input " + describe(n.input) +
                " weight " + describe(n.weight) + " accumulator " +
                std::to_string(static_cast<int>(n.accumulator)) + " order " +
                std::to_string(static_cast<int>(n.order)) + " output " +
                std::to_string(n.output_bits) + "\n";
    }
    return text;
}

namespace {

/// Formats of one operand's values; none where a format is not offered.
std::optional<OperandFormat> weight_format(NumberFormat format) {
    switch (format) {
        case NumberFormat::kFp32:
            return OperandFormat{};
        case NumberFormat::kTf32:
            return OperandFormat{Element::TFloat32, 32, Scaling::None, 0};
        case NumberFormat::kBf16:
            return OperandFormat{Element::BFloat16, 16, Scaling::None, 0};
        case NumberFormat::kFp16:
            return OperandFormat{Element::Float16, 16, Scaling::None, 0};
        case NumberFormat::kFp8:
            return scaled(Element::E4M3, 8);
        case NumberFormat::kFp6:
            return block(Element::E2M3, 6);
        case NumberFormat::kFp4:
            return block(Element::E2M1, 4);
        case NumberFormat::kInt8:
            return integer(8, 0);
        case NumberFormat::kInt4:
            return integer(4, 32);
        case NumberFormat::kInt3:
            return integer(3, 32);
        case NumberFormat::kTernary:
            return OperandFormat{Element::Ternary, 2, Scaling::AbsoluteMaximum, 0};
    }
    return std::nullopt;
}

std::optional<OperandFormat> stream_format(NumberFormat format) {
    return format == NumberFormat::kTernary ? std::nullopt : weight_format(format);
}

}  // namespace

Result<NumericsContract> numerics_for(NumberFormat weights, NumberFormat activations,
                                      NumberFormat kv) {
    NumericsContract contract;
    contract.name = "w_" + std::string{name(weights)} + " a_" + std::string{name(activations)} +
                    " kv_" + std::string{name(kv)};
    const auto weight = weight_format(weights);
    const auto activation = stream_format(activations);
    auto cache = stream_format(kv);
    if (!weight || !activation || !cache) {
        return Failure{
            .code = "functional.unknown_numerics",
            .message = "No numerics for " + contract.name + ": ternary is for weights only.",
            .where = {}};
    }
    if (cache->scaling == Scaling::AbsoluteMaximum && cache->element == Element::Integer) {
        cache->group = kPerHead;
    }
    set_linear_weights(contract, *weight);
    if (weight->bits >= 16) set_table_weights(contract, *weight);
    set_activations(contract, *activation);
    set_cache(contract, *cache);
    if (weights == NumberFormat::kInt8 && activations == NumberFormat::kInt8) {
        contract.of(OperatorKind::Linear).accumulator = Accumulator::Int32;
    }
    return contract;
}

Result<NumericsContract> find_numerics(std::string_view name) {
    NumericsContract contract;
    std::string_view full = name;
    if (name == "int8") full = "w8a8_int8_row_token_acc32";
    if (name == "bf16") full = "w_bf16_all";
    contract.name = full;
    if (apply(contract, full)) return contract;
    std::string examples;
    for (const auto& example : example_numerics()) examples += " " + example;
    return Failure{
        .code = "functional.unknown_numerics",
        .message = "No numerics '" + std::string{name} + "'; known are:" + examples + ".",
        .where = {}};
}

std::vector<std::string> example_numerics() {
    return {"fp32",
            "w_bf16_all",
            "w_int8_row",
            "w_int4_g32",
            "w_q4_0_lin",
            "w_e5m2_rowscale",
            "w_mxfp8_e4m3",
            "w_mxfp6_e2m3",
            "w_mxfp6_e3m2",
            "w_nvfp4",
            "a_int8_token",
            "w8a8_int8_row_token",
            "w8a8_int8_row_token_acc32",
            "w8a8_e4m3",
            "w4a4_int4_g32",
            "kv_int8_head",
            "kv_fp8_e4m3",
            "aimc_w8a8_out_adc8"};
}

void round_to_format(std::span<float> values, const OperandFormat& format, float tensor_absmax) {
    if (format.is_exact() || values.empty()) return;
    const std::size_t width =
        format.group == 0 || format.group == kPerHead ? values.size() : format.group;
    for (std::size_t begin = 0; begin < values.size(); begin += width) {
        round_group(values.subspan(begin, std::min(width, values.size() - begin)), format,
                    tensor_absmax);
    }
}

float quantise_symmetric(std::span<float> values, int bits) {
    const float limit = static_cast<float>((1 << (bits - 1)) - 1);
    const float scale = absolute_maximum(values) / limit;
    if (scale == 0.0F) {
        std::fill(values.begin(), values.end(), 0.0F);
        return 0.0F;
    }
    for (float& v : values) v = std::clamp(nearest(v / scale), -limit, limit);
    return scale;
}

}  // namespace wafercast::functional
