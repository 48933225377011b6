/// Trains a tiny Llama from nothing, deterministically, in a few seconds on one core.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "functional/checkpoint.hpp"
#include "functional/tokenizer.hpp"

namespace wafercast::functional {

/// What a training run does. The same recipe, tokens and program give the same bytes.
struct TrainingRecipe {
    TransformerShape shape;
    std::size_t steps = 400;
    std::size_t sequences = 2;    ///< a step
    std::size_t length = 128;     ///< tokens a sequence, at most the context
    float learning_rate = 4e-3F;  ///< peak; warmed up over 20 steps, then falls linearly to a tenth
    float weight_decay = 0.01F;
    std::uint64_t seed = 1;
};

/// The trained tensors, in the layout of Checkpoint (the classifier is the embedding).
struct TrainedTensors {
    std::array<std::vector<float>, kTensorCount> values;
};

/// Next-token cross-entropy by Adam (0.9, 0.99) with gradients clipped to norm 1.
///
/// Every sequence is a slice of the tokens whose first token is replaced by begin-of-stream, as in
/// the quality windows.
///
/// @param report  called with the step and the loss [nat] of that step
[[nodiscard]] TrainedTensors train(const TrainingRecipe& recipe, std::span<const Token> tokens,
                                   const std::function<void(std::size_t, double)>& report = {});

/// Loss [nat] and the gradient of every tensor for given sequences: the trainer's inner step, open
/// so that tests can compare it with finite differences.
class TrainingStep {
public:
    TrainingStep(const TransformerShape& shape, std::size_t sequences, std::size_t length);
    ~TrainingStep();
    TrainingStep(const TrainingStep&) = delete;
    TrainingStep& operator=(const TrainingStep&) = delete;

    /// @param inputs, targets  sequences x length tokens each
    double run(const TrainedTensors& tensors, std::span<const Token> inputs,
               std::span<const Token> targets, TrainedTensors& gradients);

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace wafercast::functional
