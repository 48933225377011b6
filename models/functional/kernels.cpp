#include "functional/kernels.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

// Vectors wider than the baseline registers are split by the compiler; all of them stay inside
// this file and are inlined, so the warning about their calling convention does not apply.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace wafercast::functional::kernels {
namespace {

constexpr std::size_t kAlignment = 64;

/// Vector types of N float lanes.
template <int N>
struct Lanes;
template <>
struct Lanes<4> {
    using Vector [[gnu::vector_size(16)]] = float;
    using Double [[gnu::vector_size(32)]] = double;
    using Integer [[gnu::vector_size(32)]] = std::int64_t;
};
template <>
struct Lanes<8> {
    static constexpr std::size_t kCount = 8;
    using Vector [[gnu::vector_size(32)]] = float;
    using Double [[gnu::vector_size(64)]] = double;
    using Integer [[gnu::vector_size(64)]] = std::int64_t;
};
template <>
struct Lanes<16> {
    static constexpr std::size_t kCount = 16;
    using Vector [[gnu::vector_size(64)]] = float;
};

#define WAFERCAST_INLINE [[gnu::always_inline]] inline

template <class L>
WAFERCAST_INLINE typename L::Vector load(const float* p) {
    typename L::Vector v;
    std::memcpy(&v, p, sizeof v);
    return v;
}
template <class L>
WAFERCAST_INLINE void store(float* p, const typename L::Vector& v) {
    std::memcpy(p, &v, sizeof v);
}

/// e^x in double by 2^k * 2^r, |r| <= 1/2, then rounded once to float. The degree-10 series of 2^r
/// errs by less than 1e-12, far below half a unit of float.
template <class L>
WAFERCAST_INLINE typename L::Vector exponential_in(const typename L::Vector& x) {
    using Double = typename L::Double;
    using Integer = typename L::Integer;
    constexpr double kLog2E = 0x1.71547652b82fep+0;
    constexpr double kMagic = 0x1.8p52;
    Double t = __builtin_convertvector(x, Double) * kLog2E;
    t = t > 200.0 ? Double{} + 200.0 : t;   // past the range of float: infinity
    t = t < -200.0 ? Double{} - 200.0 : t;  // below its subnormals: zero; NaN passes both
    const Double shifted = t + kMagic;
    const Double r = t - (shifted - kMagic);
    // ln(2)^n / n!
    Double p = Double{} + 7.0549116208011209e-9;
    p = p * r + 1.0178086009239699e-7;
    p = p * r + 1.3215486790144307e-6;
    p = p * r + 1.5252733804059837e-5;
    p = p * r + 1.5403530393381606e-4;
    p = p * r + 1.3333558146428443e-3;
    p = p * r + 9.6181291076284769e-3;
    p = p * r + 5.5504108664821580e-2;
    p = p * r + 2.4022650695910071e-1;
    p = p * r + 6.9314718055994531e-1;
    p = p * r + 1.0;
    Integer k;
    std::memcpy(&k, &shifted, sizeof k);
    Integer bits;
    std::memcpy(&bits, &p, sizeof bits);
    bits += k << 52;  // the low bits of `shifted` hold the integer
    std::memcpy(&p, &bits, sizeof p);
    return __builtin_convertvector(p, typename L::Vector);
}

/// Eight exponentials, in two halves where a register holds four doubles.
template <int Wide>
WAFERCAST_INLINE Lanes<8>::Vector exponential_of(const Lanes<8>::Vector& x) {
    if constexpr (Wide == 16) {
        return exponential_in<Lanes<8>>(x);
    } else {
        const auto low = exponential_in<Lanes<4>>(__builtin_shufflevector(x, x, 0, 1, 2, 3));
        const auto high = exponential_in<Lanes<4>>(__builtin_shufflevector(x, x, 4, 5, 6, 7));
        return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
    }
}

/// `Blocks` row blocks times `Tokens` tokens, all sums in registers.
template <class L, std::size_t Blocks, std::size_t Tokens>
WAFERCAST_INLINE void linear_tile(const float* weights, std::size_t block_stride,
                                  std::size_t columns, const float* input, std::size_t input_stride,
                                  float* output, std::size_t output_stride) {
    constexpr std::size_t kVectors = Blocks * kRowBlock / L::kCount;
    constexpr std::size_t kPerBlock = kRowBlock / L::kCount;
    typename L::Vector sum[Tokens][kVectors] = {};
    for (std::size_t c = 0; c < columns; ++c) {
        typename L::Vector w[kVectors];
#pragma GCC unroll 16
        for (std::size_t v = 0; v < kVectors; ++v) {
            w[v] = load<L>(weights + (v / kPerBlock) * block_stride + c * kRowBlock +
                           (v % kPerBlock) * L::kCount);
        }
#pragma GCC unroll 16
        for (std::size_t t = 0; t < Tokens; ++t) {
            const float x = input[t * input_stride + c];
#pragma GCC unroll 16
            for (std::size_t v = 0; v < kVectors; ++v) sum[t][v] = sum[t][v] + w[v] * x;
        }
    }
#pragma GCC unroll 16
    for (std::size_t t = 0; t < Tokens; ++t) {
#pragma GCC unroll 16
        for (std::size_t v = 0; v < kVectors; ++v) {
            store<L>(output + t * output_stride + v * L::kCount, sum[t][v]);
        }
    }
}

template <class L, std::size_t Blocks, std::size_t Tokens>
WAFERCAST_INLINE void linear_rows(const PackedMatrix& m, std::size_t begin, std::size_t end,
                                  const float* input, std::size_t input_stride, float* output,
                                  std::size_t output_stride) {
    const std::size_t stride = m.columns * kRowBlock;
    const std::size_t blocks = padded(m.rows) / kRowBlock;
    const float* first = m.values.data() + begin * kRowBlock;
    std::size_t b = 0;
    for (; b + Blocks <= blocks; b += Blocks) {
        linear_tile<L, Blocks, Tokens>(first + b * stride, stride, end - begin, input + begin,
                                       input_stride, output + b * kRowBlock, output_stride);
    }
    for (; b < blocks; ++b) {
        linear_tile<L, 1, Tokens>(first + b * stride, stride, end - begin, input + begin,
                                  input_stride, output + b * kRowBlock, output_stride);
    }
}

// Enough independent sums to hide the latency of an addition, few enough to stay in registers.
template <class L>
WAFERCAST_INLINE void linear_any(const PackedMatrix& m, std::size_t begin, std::size_t end,
                                 const float* input, std::size_t input_stride, std::size_t tokens,
                                 float* output, std::size_t output_stride) {
    constexpr std::size_t kWide = L::kCount / 8;
    switch (tokens) {
        case 1:
            return linear_rows<L, 4 * kWide, 1>(m, begin, end, input, input_stride, output,
                                                output_stride);
        case 2:
            return linear_rows<L, 2 * kWide, 2>(m, begin, end, input, input_stride, output,
                                                output_stride);
        case 3:
            return linear_rows<L, kWide, 3>(m, begin, end, input, input_stride, output,
                                            output_stride);
        default:
            return linear_rows<L, kWide, 4>(m, begin, end, input, input_stride, output,
                                            output_stride);
    }
}

template <int Wide>
WAFERCAST_INLINE void exponential_any(float* values, std::size_t count) {
    using L = Lanes<8>;
    std::size_t i = 0;
    for (; i + L::kCount <= count; i += L::kCount) {
        store<L>(values + i, exponential_of<Wide>(load<L>(values + i)));
    }
    if (i == count) return;
    float rest[L::kCount] = {};
    std::memcpy(rest, values + i, (count - i) * sizeof(float));
    store<L>(rest, exponential_of<Wide>(load<L>(rest)));
    std::memcpy(values + i, rest, (count - i) * sizeof(float));
}

template <int Wide>
WAFERCAST_INLINE void swiglu_any(float* gate, const float* up, std::size_t count) {
    using L = Lanes<8>;
    for (std::size_t i = 0; i < count; i += L::kCount) {
        const auto g = load<L>(gate + i);
        const auto sigmoid = 1.0F / (1.0F + exponential_of<Wide>(-g));
        store<L>(gate + i, (g * sigmoid) * load<L>(up + i));
    }
}

using Heads = Lanes<8>;  // heads come in multiples of 8 in every set

WAFERCAST_INLINE void score_any(const float* query, const float* keys, std::size_t count,
                                std::size_t head_size, std::size_t heads, float divisor,
                                float* score) {
    for (std::size_t t = 0; t < count; ++t) {
        for (std::size_t h = 0; h < heads; h += Heads::kCount) {
            const float* key = keys + t * head_size * heads + h;
            Heads::Vector sum = {};
            for (std::size_t i = 0; i < head_size; ++i) {
                sum = sum + load<Heads>(query + i * heads + h) * load<Heads>(key + i * heads);
            }
            store<Heads>(score + t * heads + h, sum / divisor);
        }
    }
}

template <int Wide>
WAFERCAST_INLINE void softmax_any(float* score, std::size_t count, std::size_t heads) {
    for (std::size_t h = 0; h < heads; h += Heads::kCount) {
        float* column = score + h;
        auto largest = load<Heads>(column);
        for (std::size_t t = 1; t < count; ++t) {
            const auto v = load<Heads>(column + t * heads);
            largest = v > largest ? v : largest;
        }
        Heads::Vector sum = {};
        for (std::size_t t = 0; t < count; ++t) {
            const auto e = exponential_of<Wide>(load<Heads>(column + t * heads) - largest);
            store<Heads>(column + t * heads, e);
            sum = sum + e;
        }
        for (std::size_t t = 0; t < count; ++t) {
            store<Heads>(column + t * heads, load<Heads>(column + t * heads) / sum);
        }
    }
}

WAFERCAST_INLINE void mix_any(const float* weight, const float* values, std::size_t count,
                              std::size_t head_size, std::size_t heads, float* mixed) {
    constexpr std::size_t kRun = 8;  // elements of a head summed side by side
    for (std::size_t h = 0; h < heads; h += Heads::kCount) {
        std::size_t i = 0;
        for (; i + kRun <= head_size; i += kRun) {
            Heads::Vector sum[kRun] = {};
            for (std::size_t t = 0; t < count; ++t) {
                const auto a = load<Heads>(weight + t * heads + h);
                const float* value = values + (t * head_size + i) * heads + h;
#pragma GCC unroll 8
                for (std::size_t j = 0; j < kRun; ++j) {
                    sum[j] = sum[j] + a * load<Heads>(value + j * heads);
                }
            }
#pragma GCC unroll 8
            for (std::size_t j = 0; j < kRun; ++j) {
                store<Heads>(mixed + (i + j) * heads + h, sum[j]);
            }
        }
        for (; i < head_size; ++i) {
            Heads::Vector sum = {};
            for (std::size_t t = 0; t < count; ++t) {
                sum = sum + load<Heads>(weight + t * heads + h) *
                                load<Heads>(values + (t * head_size + i) * heads + h);
            }
            store<Heads>(mixed + i * heads + h, sum);
        }
    }
}

// One set of entry points an instruction set; the bodies above are inlined into each.
#define WAFERCAST_KERNEL_SET(suffix, attribute, lanes)                                             \
    attribute void linear_##suffix(const PackedMatrix& m, std::size_t begin, std::size_t end,      \
                                   const float* input, std::size_t input_stride,                   \
                                   std::size_t tokens, float* output, std::size_t output_stride) { \
        linear_any<Lanes<lanes>>(m, begin, end, input, input_stride, tokens, output,               \
                                 output_stride);                                                   \
    }                                                                                              \
    attribute void exponential_##suffix(float* values, std::size_t count) {                        \
        exponential_any<lanes>(values, count);                                                     \
    }                                                                                              \
    attribute void swiglu_##suffix(float* gate, const float* up, std::size_t count) {              \
        swiglu_any<lanes>(gate, up, count);                                                        \
    }                                                                                              \
    attribute void score_##suffix(const float* query, const float* keys, std::size_t count,        \
                                  std::size_t head_size, std::size_t heads, float divisor,         \
                                  float* score) {                                                  \
        score_any(query, keys, count, head_size, heads, divisor, score);                           \
    }                                                                                              \
    attribute void softmax_##suffix(float* score, std::size_t count, std::size_t heads) {          \
        softmax_any<lanes>(score, count, heads);                                                   \
    }                                                                                              \
    attribute void mix_##suffix(const float* weight, const float* values, std::size_t count,       \
                                std::size_t head_size, std::size_t heads, float* mixed) {          \
        mix_any(weight, values, count, head_size, heads, mixed);                                   \
    }                                                                                              \
    constexpr KernelSet kSet_##suffix = {#suffix,         linear_##suffix, exponential_##suffix,   \
                                         swiglu_##suffix, score_##suffix,  softmax_##suffix,       \
                                         mix_##suffix};

WAFERCAST_KERNEL_SET(sse2, , 8)
WAFERCAST_KERNEL_SET(avx2, [[gnu::target("avx2")]], 8)
WAFERCAST_KERNEL_SET(avx512, [[gnu::target("avx2,avx512f,avx512dq,avx512vl")]], 16)

constexpr KernelSet kSets[] = {kSet_sse2, kSet_avx2, kSet_avx512};

}  // namespace

AlignedBuffer::AlignedBuffer(std::size_t count)
    : values_(static_cast<float*>(::operator new[](std::max<std::size_t>(count, 1) * sizeof(float),
                                                   std::align_val_t{kAlignment}))),
      count_(count) {
    std::fill_n(values_.get(), count, 0.0F);
}

void AlignedBuffer::Free::operator()(float* values) const {
    ::operator delete[](values, std::align_val_t{kAlignment});
}

PackedMatrix pack(std::span<const float> row_major, std::size_t rows, std::size_t columns) {
    PackedMatrix matrix{rows, columns, AlignedBuffer(padded(rows) * columns)};
    float* out = matrix.values.data();
    for (std::size_t r = 0; r < rows; ++r) {
        float* block = out + (r / kRowBlock) * columns * kRowBlock + r % kRowBlock;
        for (std::size_t c = 0; c < columns; ++c) block[c * kRowBlock] = row_major[r * columns + c];
    }
    return matrix;
}

std::span<const KernelSet> available_kernels() {
    std::size_t count = 1;
    if (__builtin_cpu_supports("avx2")) {
        count = 2;
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl")) {
            count = 3;
        }
    }
    return std::span{kSets}.first(count);
}

const KernelSet& best_kernels() { return available_kernels().back(); }

}  // namespace wafercast::functional::kernels
