#include "functional/kernels.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "gtest/gtest.h"

#include "math/math.hpp"
#include "unit/models/functional/functional_test_support.hpp"

namespace wafercast::functional::kernels {
namespace {

using testing::Numbers;

std::vector<float> random_values(std::size_t count, std::uint64_t seed) {
    Numbers numbers(seed);
    std::vector<float> values(count);
    for (float& v : values) v = numbers.uniform();
    return values;
}

TEST(Kernels, LinearKeepsTheSequentialOrderOfEveryRow) {
    for (const auto& [rows, columns] :
         {std::pair<std::size_t, std::size_t>{1, 1}, {16, 64}, {33, 17}, {172, 64}, {130, 5}}) {
        const auto matrix = random_values(rows * columns, 1);
        const PackedMatrix packed = pack(matrix, rows, columns);
        for (std::size_t tokens = 1; tokens <= kTokenBlock; ++tokens) {
            const auto input = random_values(tokens * columns, 2);
            for (const KernelSet& set : available_kernels()) {
                AlignedBuffer output(tokens * padded(rows));
                set.linear(packed, 0, columns, input.data(), columns, tokens, output.data(),
                           padded(rows));
                for (std::size_t t = 0; t < tokens; ++t) {
                    for (std::size_t r = 0; r < rows; ++r) {
                        float sum = 0.0F;
                        for (std::size_t c = 0; c < columns; ++c) {
                            sum += matrix[r * columns + c] * input[t * columns + c];
                        }
                        ASSERT_EQ(sum, output.data()[t * padded(rows) + r])
                            << set.name << " row " << r << " token " << t;
                    }
                }
            }
        }
    }
}

TEST(Kernels, ExponentialIsTheDoubleResultRoundedOnce) {
    std::vector<float> inputs = random_values(4000, 3);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] *= i % 2 == 0 ? 100.0F : 1.0F;
    for (const KernelSet& set : available_kernels()) {
        std::vector<float> values = inputs;
        set.exponential(values.data(), values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            EXPECT_EQ(values[i], static_cast<float>(math::exp(double{inputs[i]})))
                << set.name << " " << inputs[i];
        }
    }
}

TEST(Kernels, ExponentialKeepsItsLimits) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    for (const KernelSet& set : available_kernels()) {
        float values[] = {0.0F, kInfinity, -kInfinity, std::nanf(""), 89.0F, -104.0F, -87.5F};
        set.exponential(values, 7);
        EXPECT_EQ(values[0], 1.0F);
        EXPECT_EQ(values[1], kInfinity);
        EXPECT_EQ(values[2], 0.0F);
        EXPECT_TRUE(std::isnan(values[3]));
        EXPECT_EQ(values[4], kInfinity);
        EXPECT_EQ(values[5], 0.0F);
        EXPECT_GT(values[6], 0.0F);  // a subnormal
    }
}

TEST(Kernels, AttentionMatchesScalarLoops) {
    constexpr std::size_t kPositions = 13;
    constexpr std::size_t kHeadSize = 10;  // a run of 8 and a rest of 2
    constexpr std::size_t kHeads = 16;
    const auto query = random_values(kHeadSize * kHeads, 4);
    const auto cache = random_values(kPositions * kHeadSize * kHeads, 5);
    for (const KernelSet& set : available_kernels()) {
        std::vector<float> score(kPositions * kHeads);
        std::vector<float> mixed(kHeadSize * kHeads);
        set.attention_score(query.data(), cache.data(), kPositions, kHeadSize, kHeads, 3.0F,
                            score.data());
        set.softmax(score.data(), kPositions, kHeads);
        set.attention_mix(score.data(), cache.data(), kPositions, kHeadSize, kHeads, mixed.data());
        for (std::size_t h = 0; h < kHeads; ++h) {
            std::vector<float> p(kPositions);
            float largest = -1e30F;
            for (std::size_t t = 0; t < kPositions; ++t) {
                float dot = 0.0F;
                for (std::size_t i = 0; i < kHeadSize; ++i) {
                    dot += query[i * kHeads + h] * cache[(t * kHeadSize + i) * kHeads + h];
                }
                p[t] = dot / 3.0F;
                largest = std::max(largest, p[t]);
            }
            float sum = 0.0F;
            for (float& v : p) {
                v = static_cast<float>(math::exp(double{v - largest}));
                sum += v;
            }
            for (std::size_t i = 0; i < kHeadSize; ++i) {
                float mix = 0.0F;
                for (std::size_t t = 0; t < kPositions; ++t) {
                    mix += p[t] / sum * cache[(t * kHeadSize + i) * kHeads + h];
                }
                EXPECT_EQ(mix, mixed[i * kHeads + h]) << set.name;
            }
        }
    }
}

}  // namespace
}  // namespace wafercast::functional::kernels
