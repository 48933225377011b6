#include <cmath>

#include "gtest/gtest.h"

#include "functional/train/byte_pair_learner.hpp"
#include "functional/train/trainer.hpp"
#include "unit/models/functional/functional_test_support.hpp"

namespace wafercast::functional {
namespace {

using namespace testing;

constexpr TransformerShape kShape = {.dim = 16,
                                     .hidden = 12,
                                     .layers = 2,
                                     .heads = 4,
                                     .kv_heads = 2,
                                     .vocabulary = 40,
                                     .context = 8};

TrainedTensors random_tensors(std::uint64_t seed) {
    Numbers numbers(seed);
    TrainedTensors tensors;
    for (std::size_t t = 0; t + 1 < kTensorCount; ++t) {
        tensors.values[t].resize(tensor_shape(kShape, static_cast<Tensor>(t)).size());
        for (float& v : tensors.values[t]) v = 0.5F * numbers.uniform();
    }
    return tensors;
}

TrainedTensors no_gradients() {
    TrainedTensors tensors = random_tensors(1);
    for (auto& values : tensors.values) std::fill(values.begin(), values.end(), 0.0F);
    return tensors;
}

TEST(Training, GradientsMatchFiniteDifferences) {
    Numbers numbers(17);
    std::vector<Token> inputs(16), targets(16);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        inputs[i] = static_cast<Token>(numbers.below(40));
        targets[i] = static_cast<Token>(numbers.below(40));
    }
    TrainingStep step(kShape, 2, 8);
    TrainedTensors tensors = random_tensors(2);
    TrainedTensors gradients = no_gradients();
    const double loss = step.run(tensors, inputs, targets, gradients);
    EXPECT_GT(loss, 0.0);
    for (std::size_t t = 0; t + 1 < kTensorCount; ++t) {
        // along the gradient of the tensor itself the loss changes most: compare that slope
        double squares = 0.0;
        for (const float g : gradients.values[t]) squares += double{g} * double{g};
        ASSERT_GT(squares, 0.0) << "tensor " << t;
        const double length = std::sqrt(squares);
        constexpr double kStep = 2e-2;
        double losses[2];
        for (const int side : {0, 1}) {
            TrainedTensors moved = tensors;
            const double scale = (side == 0 ? -kStep : kStep) / length;
            for (std::size_t i = 0; i < moved.values[t].size(); ++i) {
                moved.values[t][i] += static_cast<float>(scale * double{gradients.values[t][i]});
            }
            TrainedTensors ignored = no_gradients();
            losses[side] = step.run(moved, inputs, targets, ignored);
        }
        const double slope = (losses[1] - losses[0]) / (2.0 * kStep);
        EXPECT_NEAR(slope / length, 1.0, 0.02) << "tensor " << t;
    }
}

TEST(Training, IsRepeatableAndLearns) {
    std::vector<Token> tokens;
    for (int i = 0; i < 400; ++i) tokens.push_back(static_cast<Token>(3 + i * i % 7));
    TrainingRecipe recipe;
    recipe.shape = kShape;
    recipe.steps = 60;
    recipe.length = 8;
    std::vector<double> losses;
    const auto first = train(recipe, tokens, [&](std::size_t, double l) { losses.push_back(l); });
    const auto second = train(recipe, tokens);
    EXPECT_EQ(first.values, second.values);
    ASSERT_EQ(losses.size(), 60U);
    EXPECT_LT(losses.back(), 0.6 * losses.front());
}

TEST(BytePairs, FrequentNeighboursComeFirst) {
    const auto pieces = learn_byte_pairs("the then the thin\nthe", 259 + 6 + 2);
    ASSERT_EQ(pieces.size(), 267U);
    EXPECT_EQ(pieces[265].text, "th");   // 5 times, with or without a space before it
    EXPECT_EQ(pieces[266].text, "the");  // 4 times
    EXPECT_GT(pieces[265].score, pieces[266].score);
}

}  // namespace
}  // namespace wafercast::functional
