/// The value interpreter: runs the operator graph on real numbers, in the contract's numerics.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "functional/graph.hpp"
#include "functional/kernels.hpp"
#include "functional/model.hpp"
#include "functional/tokenizer.hpp"

namespace wafercast::functional {

/// One sequence on one thread, with its key and value cache.
///
/// The result of a token does not depend on how a sequence was cut into calls of `feed`.
class ValueInterpreter {
public:
    /// @param capacity  most tokens of the sequence, [1, context]
    ValueInterpreter(std::shared_ptr<const PreparedModel> model, std::size_t capacity,
                     const kernels::KernelSet& kernels = kernels::best_kernels());

    /// Starts a new sequence; the counters go on.
    void reset() { position_ = 0; }

    /// Runs 1 to kernels::kTokenBlock tokens, each in [0, vocabulary); their number and the
    /// position so far must fit the capacity. Without `classify` no logits are computed.
    void feed(std::span<const Token> tokens, bool classify);

    /// Logits after the i-th token of the last classified `feed`.
    [[nodiscard]] std::span<const float> logits(std::size_t i) const;

    [[nodiscard]] std::size_t position() const { return position_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] const Traffic& traffic() const { return traffic_; }

private:
    /// `kTokenBlock` vectors of equal padded length.
    struct Vectors {
        kernels::AlignedBuffer values;
        std::size_t stride = 0;
        explicit Vectors(std::size_t length = 0);
        [[nodiscard]] float* at(std::size_t token) { return values.data() + token * stride; }
        [[nodiscard]] const float* at(std::size_t token) const {
            return values.data() + token * stride;
        }
    };

    [[nodiscard]] Vectors& slot(Slot s) { return slots_[static_cast<std::size_t>(s)]; }
    void execute(const Operator& op, std::span<const Token> tokens);
    void embed(const Operator& op, std::span<const Token> tokens);
    void norm(const Operator& op);
    void linear(const Operator& op);
    void rope(const Operator& op);
    void write_cache(const Operator& op);
    void score(const Operator& op);
    void softmax();
    void mix(const Operator& op);
    void gate();
    void add_residual();

    void round_inputs(const Operator& op, const OperatorNumerics& contract);
    void multiply(const PreparedMatrix& matrix, const float* input, std::size_t stride,
                  Vectors& output);
    void multiply_integers(const PreparedMatrix& matrix, Vectors& output);
    void spread(std::span<float> vector, const OperandFormat& format, float* lanes) const;
    [[nodiscard]] float* cache_row(kernels::AlignedBuffer& cache, std::size_t layer,
                                   std::size_t position);

    std::shared_ptr<const PreparedModel> model_;
    const kernels::KernelSet* kernels_;
    std::size_t capacity_;
    std::size_t head_lanes_;  // query heads, padded to a multiple of 8
    std::size_t position_ = 0;
    std::size_t block_ = 0;  // tokens in flight
    std::vector<Vectors> slots_;
    Vectors rounded_;
    Vectors partial_;
    std::vector<float> input_scale_;
    kernels::AlignedBuffer keys_;    // [layer][position][element][lane]
    kernels::AlignedBuffer values_;  // the same
    kernels::AlignedBuffer scores_;  // [token][position][lane]
    kernels::AlignedBuffer lanes_;   // one query or mixed vector, [element][lane]
    std::vector<float> cosines_;     // [position][pair]
    std::vector<float> sines_;
    Traffic traffic_;
};

/// Index of the largest logit, the lowest on a tie; 0 when none is a number.
[[nodiscard]] Token greatest(std::span<const float> logits);

/// Continues `prompt` (its first token is normally kBeginOfStream) greedily for `count` tokens, or
/// until the capacity is reached. The prompt must not be empty.
[[nodiscard]] std::vector<Token> generate_greedy(ValueInterpreter& interpreter,
                                                 std::span<const Token> prompt, std::size_t count);

}  // namespace wafercast::functional
