/// The arithmetic of the value interpreter: vector code over outputs, sequential within each.
///
/// Lanes of a vector register hold different outputs (rows, heads, elements), never parts of one
/// sum, so every output is built in the same order as by a scalar loop, and the bits do not depend
/// on the width of the processor's vectors. Wider code is chosen when the program runs.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace wafercast::functional::kernels {

/// Rows are stored in blocks of this many; vectors of outputs are padded to a multiple of it.
inline constexpr std::size_t kRowBlock = 16;
/// Most tokens that share one pass over the weights.
inline constexpr std::size_t kTokenBlock = 4;

[[nodiscard]] constexpr std::size_t padded(std::size_t count) {
    return (count + kRowBlock - 1) / kRowBlock * kRowBlock;
}

/// A zeroed buffer of floats, aligned for the widest vectors.
class AlignedBuffer {
public:
    AlignedBuffer() = default;
    explicit AlignedBuffer(std::size_t count);
    [[nodiscard]] float* data() { return values_.get(); }
    [[nodiscard]] const float* data() const { return values_.get(); }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] std::span<float> span() { return {values_.get(), count_}; }

private:
    struct Free {
        void operator()(float* values) const;
    };
    std::unique_ptr<float[], Free> values_;
    std::size_t count_ = 0;
};

/// A matrix in blocks of kRowBlock rows: value (row, column) lies at
/// ((row / 16) * columns + column) * 16 + row % 16. Rows past the end are zero.
struct PackedMatrix {
    std::size_t rows = 0;
    std::size_t columns = 0;
    AlignedBuffer values;
};
[[nodiscard]] PackedMatrix pack(std::span<const float> row_major, std::size_t rows,
                                std::size_t columns);

/// The functions one instruction set offers.
struct KernelSet {
    const char* name;

    /// output[t][row] = sum over columns [begin, end) of matrix(row, column) * input[t][column],
    /// left to right from 0, for 1 <= tokens <= kTokenBlock; writes padded(rows) outputs a token.
    void (*linear)(const PackedMatrix& matrix, std::size_t begin, std::size_t end,
                   const float* input, std::size_t input_stride, std::size_t tokens, float* output,
                   std::size_t output_stride);

    /// values[i] = e^values[i], each rounded once from a double result.
    void (*exponential)(float* values, std::size_t count);

    /// gate[i] = gate[i] * (1 / (1 + e^-gate[i])) * up[i]; `count` is a multiple of kRowBlock.
    void (*swiglu)(float* gate, const float* up, std::size_t count);

    /// Scores of one query against positions [0, count): score[t][head] =
    /// (sum over i of query[i][head] * key[t][i][head]) / divisor; `heads` is a multiple of 8.
    void (*attention_score)(const float* query, const float* keys, std::size_t count,
                            std::size_t head_size, std::size_t heads, float divisor, float* score);

    /// Softmax over positions, every head by itself: e^(score - max) / sum, summed in order of t.
    void (*softmax)(float* score, std::size_t count, std::size_t heads);

    /// mixed[i][head] = sum over t of weight[t][head] * value[t][i][head], in order of t from 0.
    void (*attention_mix)(const float* weight, const float* values, std::size_t count,
                          std::size_t head_size, std::size_t heads, float* mixed);
};

/// The widest set that this processor runs.
[[nodiscard]] const KernelSet& best_kernels();
/// Every set that this processor runs, plain first: tests compare them bit by bit.
[[nodiscard]] std::span<const KernelSet> available_kernels();

}  // namespace wafercast::functional::kernels
