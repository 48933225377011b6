/// The numerics contract: in which formats, and in which order, each operator computes.
///
/// "int8" alone is not a specification: what is scaled, over which group, how products are summed
/// and in which order all change the logits. A contract states each of them for each operator.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/number_format.hpp"
#include "core/result.hpp"

namespace wafercast::functional {

/// Element formats. All rounding is to nearest, ties to even, unless the format says otherwise.
enum class Element : std::uint8_t {
    Float32,
    TFloat32,  ///< float32 with 10 mantissa bits
    BFloat16,
    Float16,
    Ternary,   ///< -1, 0, +1 times the mean magnitude of the group
    Integer,   ///< symmetric, `bits` wide, clamped to +-(2^(bits-1) - 1)
    E4M3,      ///< largest 448, subnormals kept, saturating
    E5M2,      ///< largest 57344
    E3M2,      ///< largest 28
    E2M3,      ///< largest 7.5
    E2M1,      ///< largest 6
    GgmlQ4_0,  ///< signed extreme / -8, truncation of x / d + 8.5, clip 15, float16 scale
};

/// How a group of elements shares its scale.
enum class Scaling : std::uint8_t {
    None,
    AbsoluteMaximum,  ///< float32: absmax / largest element
    SharedExponent,   ///< 8 bits: 2^(floor(log2 absmax) - emax of the element)
    NvFp4,            ///< E4M3 of blockmax / 6 / global; global = tensor absmax / 2688
    Float16,          ///< ggml block scale
};

/// A group of one attention head, whatever its size.
inline constexpr std::size_t kPerHead = static_cast<std::size_t>(-1);

/// A stored or streamed operand.
struct OperandFormat {
    Element element = Element::Float32;
    int bits = 32;  ///< of one element
    Scaling scaling = Scaling::None;
    std::size_t group =
        0;  ///< elements that share a scale along the input; 0 is the whole vector, or kPerHead

    /// Bits of a vector of `count` elements with its scales; whole bytes are charged per vector.
    [[nodiscard]] std::uint64_t storage_bits(std::size_t count) const;
    /// Average bits an element for vectors of `count`.
    [[nodiscard]] double bits_per_element(std::size_t count) const;
    [[nodiscard]] bool is_exact() const { return element == Element::Float32; }
    friend bool operator==(const OperandFormat&, const OperandFormat&) = default;
};

/// What holds the running sum of a dot product.
enum class Accumulator : std::uint8_t {
    Float32,  ///< every product and every sum is rounded to float32
    Int32,    ///< exact sum of integer products, then one multiplication by both scales
};

/// In which order a sum is built.
enum class ReductionOrder : std::uint8_t {
    Sequential,  ///< left to right along the input, one running sum an output
};

/// The operators of the graph, as kinds.
enum class OperatorKind : std::uint8_t {
    Embed,
    Norm,
    Linear,
    Rope,
    CacheWrite,
    AttentionScore,
    Softmax,
    AttentionMix,
    Gate,
    Residual,
    Classifier,
};
inline constexpr std::size_t kOperatorKinds = 11;
[[nodiscard]] std::string_view name_of(OperatorKind kind);

/// Numerics of one operator. For the attention operators `weight` is the cached operand.
struct OperatorNumerics {
    OperandFormat input;
    OperandFormat weight;
    Accumulator accumulator = Accumulator::Float32;
    ReductionOrder order = ReductionOrder::Sequential;
    int output_bits = 0;  ///< converter: output vector rounded to this over its absmax; 0 is none
    friend bool operator==(const OperatorNumerics&, const OperatorNumerics&) = default;
};

/// One contract for the whole graph.
struct NumericsContract {
    std::string name = "fp32";
    std::array<OperatorNumerics, kOperatorKinds> operators;

    [[nodiscard]] const OperatorNumerics& of(OperatorKind kind) const {
        return operators[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] OperatorNumerics& of(OperatorKind kind) {
        return operators[static_cast<std::size_t>(kind)];
    }
    /// Every field in a fixed order: equal text means equal numerics. Part of the cache's key.
    [[nodiscard]] std::string canonical() const;
};

/// Contract by name: fp32, w_bf16_all, w_int8_row, w_int4_g32, w_mxfp8_e4m3, w_nvfp4, w_q4_0_lin,
/// a_int8_token, w8a8_int8_row_token (scaled values summed in float32, as the reference sweep
/// does), w8a8_int8_row_token_acc32 (integer products summed exactly, as hardware does),
/// w4a4_int4_g32, w8a8_e4m3, kv_int8_head, kv_fp8_e4m3, aimc_w8a8_out_adc8, and the families these
/// belong to (any integer width 2..8, any group). "int8" and "bf16" are short for
/// w8a8_int8_row_token_acc32 and w_bf16_all. Fails with `functional.unknown_numerics`.
[[nodiscard]] Result<NumericsContract> find_numerics(std::string_view name);

/// The contract of a candidate that states its precisions as plain formats.
///
/// fp32, tf32, bf16, fp16 round each value; fp8 is E4M3 with a scale a vector; fp6 and fp4 are
/// MXFP6 E2M3 and MXFP4; int8 has a scale a row, token or head; int4 and int3 a scale for 32;
/// ternary the mean magnitude of a row (activations and cache: not offered, fails). 16-bit and
/// wider weights also round embedding and classifier; narrower ones leave these two in fp32. When
/// weights and activations are both int8, products are summed exactly in 32-bit integers.
[[nodiscard]] Result<NumericsContract> numerics_for(NumberFormat weights, NumberFormat activations,
                                                    NumberFormat kv);

/// The names above, for listings.
[[nodiscard]] std::vector<std::string> example_numerics();

/// Rounds a vector to what the format can hold, in place, and scales it back.
///
/// @param tensor_absmax  largest magnitude of the whole tensor; NvFp4 needs it
void round_to_format(std::span<float> values, const OperandFormat& format, float tensor_absmax);

/// Symmetric integers of one vector: values[i] becomes the integer, the scale is returned.
/// scale = absmax / (2^(bits-1) - 1), round half to even. A vector of zeros has scale 0.
[[nodiscard]] float quantise_symmetric(std::span<float> values, int bits);

}  // namespace wafercast::functional
