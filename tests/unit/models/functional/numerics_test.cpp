#include "functional/numerics.hpp"

#include <cmath>
#include <set>

#include "gtest/gtest.h"

#include "unit/models/functional/functional_test_support.hpp"

namespace wafercast::functional {
namespace {

std::vector<float> rounded(std::vector<float> values, const char* numerics) {
    const auto contract = find_numerics(numerics);
    EXPECT_TRUE(contract.has_value()) << numerics;
    float largest = 0.0F;
    for (const float v : values) largest = std::max(largest, std::fabs(v));
    round_to_format(values, contract->of(OperatorKind::Linear).weight, largest);
    return values;
}

// Worked by hand in docs/models/functional.md, "Example".
TEST(Numerics, Int8RowMatchesWorkedExample) {
    std::vector<float> row = {1.27F, -0.635F, 0.004F, 0.025F};
    EXPECT_FLOAT_EQ(quantise_symmetric(row, 8), 0.01F);
    EXPECT_EQ(row, (std::vector<float>{127.0F, -64.0F, 0.0F, 2.0F}));
}

TEST(Numerics, HalvesGoToEven) {
    std::vector<float> row = {127.0F, 0.5F, 1.5F, 2.5F, -0.5F, -1.5F};
    EXPECT_EQ(quantise_symmetric(row, 8), 1.0F);
    EXPECT_EQ(row, (std::vector<float>{127.0F, 0.0F, 2.0F, 2.0F, -0.0F, -2.0F}));
}

TEST(Numerics, SmallFloatsHoldTheirGrids) {
    // with a shared exponent of 0 the elements round on the bare grid of E2M1
    EXPECT_EQ(rounded({4.0F, 0.2F, 0.3F, 0.75F, 1.25F, 2.5F, 3.5F, 5.0F}, "w_mxfp4"),
              (std::vector<float>{4.0F, 0.0F, 0.5F, 1.0F, 1.0F, 2.0F, 4.0F, 4.0F}));
    // E4M3 with the row's absmax at 448: saturates there, subnormals are multiples of 2^-9
    EXPECT_EQ(rounded({448.0F, 0.0019531F, 17.0F, 19.0F}, "w_e4m3_rowscale"),
              (std::vector<float>{448.0F, 0.001953125F, 16.0F, 20.0F}));
    EXPECT_EQ(rounded({57344.0F, 9.0F, 11.0F}, "w_e5m2_rowscale"),
              (std::vector<float>{57344.0F, 8.0F, 12.0F}));
}

TEST(Numerics, SharedExponentIsAPowerOfTwo) {
    // absmax 100: floor(log2) = 6, largest exponent of E4M3 = 8, scale 2^-2. 100 is 400 there,
    // which lies between 384 and 416 (steps of 32) and goes to the even one, 384.
    EXPECT_EQ(rounded({100.0F, 98.0F, 105.0F}, "w_mxfp8_e4m3"),
              (std::vector<float>{96.0F, 96.0F, 104.0F}));
}

TEST(Numerics, BFloat16DropsSixteenBits) {
    const auto values = rounded({1.00390625F, 1.01171875F, -3.1415927F}, "w_bf16_all");
    EXPECT_EQ(values, (std::vector<float>{1.0F, 1.015625F, -3.140625F}));
}

TEST(Numerics, RoundingTwiceChangesNothing) {
    testing::Numbers numbers(9);
    for (const auto& name : example_numerics()) {
        const auto contract = find_numerics(name);
        ASSERT_TRUE(contract.has_value()) << name;
        const OperandFormat& format = contract->of(OperatorKind::Linear).weight;
        if (format.scaling == Scaling::NvFp4 || format.scaling == Scaling::Float16) continue;
        std::vector<float> once(96);
        for (float& v : once) v = numbers.uniform();
        round_to_format(once, format, 1.0F);
        std::vector<float> twice = once;
        round_to_format(twice, format, 1.0F);
        for (std::size_t i = 0; i < once.size(); ++i) {
            EXPECT_NEAR(once[i], twice[i], 1e-6F) << name;
        }
    }
}

TEST(Numerics, ZerosAndNotANumberPassThrough) {
    for (const char* name : {"w_int8_row", "w_e5m2_rowscale", "w_mxfp4", "w_nvfp4", "w_q4_0_lin"}) {
        EXPECT_EQ(rounded({0.0F, 0.0F}, name), (std::vector<float>{0.0F, 0.0F})) << name;
        EXPECT_TRUE(std::isnan(rounded({1.0F, std::nanf("")}, name)[1])) << name;
    }
}

TEST(Numerics, StorageCountsScales) {
    const auto bits = [](const char* name, std::size_t count) {
        return find_numerics(name)->of(OperatorKind::Linear).weight.storage_bits(count);
    };
    EXPECT_EQ(bits("fp32", 64), 64U * 32U);
    EXPECT_EQ(bits("w_int8_row", 64), 64U * 8U + 32U);
    EXPECT_EQ(bits("w_int4_g32", 64), 64U * 4U + 2U * 32U);
    EXPECT_EQ(bits("w_int4_g32", 172), 172U * 4U + 6U * 32U);
    EXPECT_EQ(bits("w_q4_0_lin", 64), 64U * 4U + 2U * 16U);
    EXPECT_EQ(bits("w_mxfp4", 32), 32U * 4U + 8U);
    EXPECT_EQ(bits("w_int3_g32", 3), 48U);  // 9 bits and a scale, to whole bytes
}

TEST(Numerics, NamesThatMeanNothingAreRefused) {
    for (const char* name : {"", "fp31", "w_", "w_int9_row", "w_int8", "w_int4_g0", "a_", "w4a4_x",
                             "w4a4_int8_row", "aimc_w8a8_out_adc", "aimc_w8a8_out_adc99", "kv_",
                             "w_int8_row_", "stuck_at_zero_weight_p1e-05_n1"}) {
        const auto contract = find_numerics(name);
        EXPECT_FALSE(contract.has_value()) << name;
        if (!contract.has_value()) {
            EXPECT_EQ(contract.error().front().code, "functional.unknown_numerics");
        }
    }
}

TEST(Numerics, EveryExampleIsItsOwnContract) {
    std::set<std::string> seen;
    for (const auto& name : example_numerics()) {
        EXPECT_TRUE(seen.insert(find_numerics(name)->canonical()).second) << name;
    }
}

TEST(Numerics, PlainFormatsCompose) {
    using enum NumberFormat;
    const auto exact = numerics_for(kFp32, kFp32, kFp32);
    ASSERT_TRUE(exact.has_value());
    EXPECT_EQ(exact->canonical(), NumericsContract{}.canonical());
    const auto integers = numerics_for(kInt8, kInt8, kFp16);
    ASSERT_TRUE(integers.has_value());
    EXPECT_EQ(integers->of(OperatorKind::Linear).accumulator, Accumulator::Int32);
    EXPECT_EQ(integers->of(OperatorKind::CacheWrite).weight.element, Element::Float16);
    EXPECT_TRUE(integers->of(OperatorKind::Classifier).weight.is_exact());
    EXPECT_FALSE(numerics_for(kInt8, kTernary, kFp16).has_value());
    for (const NumberFormat f :
         {kFp32, kTf32, kBf16, kFp16, kFp8, kFp6, kFp4, kInt8, kInt4, kTernary, kInt3}) {
        EXPECT_TRUE(numerics_for(f, kBf16, kBf16).has_value());
    }
}

}  // namespace
}  // namespace wafercast::functional
