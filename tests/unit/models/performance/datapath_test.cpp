#include "performance/datapath.hpp"

#include <gtest/gtest.h>

namespace wafercast {
namespace {

using enum NumberFormat;

DeviceRating with(std::initializer_list<NumberFormat> formats) {
    DeviceRating device;
    for (const NumberFormat format : formats) {
        device.peak[index(format)] = 1e15 / bytes_per_element(format);
        device.energy_per_op[index(format)] = 1e-12 * bytes_per_element(format);
    }
    return device;
}

TEST(Datapath, UsesItsOwnFormat) {
    EXPECT_EQ(datapath(with({kBf16, kFp8}), kFp8).format, kFp8);
    EXPECT_DOUBLE_EQ(datapath(with({kBf16, kFp8}), kFp8).peak, 1e15);
}

TEST(Datapath, MissingFormatRunsAtTheNextWider) {
    EXPECT_EQ(datapath(with({kBf16, kFp32}), kFp8).format, kBf16);
    EXPECT_EQ(datapath(with({kBf16, kFp8, kInt8}), kInt4).format, kInt8);
    EXPECT_EQ(datapath(with({kBf16, kFp8}), kInt4).format, kFp8);
    EXPECT_EQ(datapath(with({kFp16}), kBf16).format, kFp16);
    EXPECT_EQ(datapath(with({kInt8, kBf16}), kFp8).format, kBf16);
    // A significand of fp8 is too short for eight-bit integers.
    EXPECT_EQ(datapath(with({kFp8, kBf16}), kInt8).format, kBf16);
}

TEST(Datapath, WiderThanAnythingTakesSeveralPasses) {
    const DeviceRating device = with({kInt8});
    const Datapath path = datapath(device, kBf16);
    EXPECT_EQ(path.format, kInt8);
    EXPECT_DOUBLE_EQ(path.peak, device.peak[index(kInt8)] / 4.0);
    EXPECT_DOUBLE_EQ(path.energy_per_op, device.energy_per_op[index(kInt8)] * 4.0);
}

TEST(Datapath, OperandsMeetInTheWiderFormat) {
    EXPECT_EQ(common_format(kInt4, kBf16), kBf16);
    EXPECT_EQ(common_format(kFp8, kFp4), kFp8);
    EXPECT_EQ(common_format(kInt8, kFp8), kFp8);
    EXPECT_EQ(common_format(kFp8, kInt8), kFp8);
}

}  // namespace
}  // namespace wafercast
