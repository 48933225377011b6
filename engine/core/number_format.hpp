#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace wafercast {

/// Formats a tensor may be stored or computed in.
enum class NumberFormat {
    kFp32,
    kTf32,
    kBf16,
    kFp16,
    kFp8,
    kFp6,
    kFp4,
    kInt8,
    kInt4,
    kTernary,
    kInt3
};

inline constexpr std::size_t kNumberFormatCount = 11;
inline constexpr std::array<std::string_view, kNumberFormatCount> kNumberFormatNames{
    "fp32", "tf32", "bf16", "fp16", "fp8", "fp6", "fp4", "int8", "int4", "ternary", "int3"};
/// Bits of storage per element, shared scales left out. Ternary packs five digits in a byte.
inline constexpr std::array<double, kNumberFormatCount> kNumberFormatBits{32, 32, 16, 16,  8, 6,
                                                                          4,  8,  4,  1.6, 3};

[[nodiscard]] constexpr std::size_t index(NumberFormat format) {
    return static_cast<std::size_t>(format);
}
[[nodiscard]] constexpr std::string_view name(NumberFormat format) {
    return kNumberFormatNames[index(format)];
}
[[nodiscard]] constexpr double bytes_per_element(NumberFormat format) {
    return kNumberFormatBits[index(format)] / 8.0;
}

[[nodiscard]] constexpr std::optional<NumberFormat> number_format(std::string_view text) {
    for (std::size_t i = 0; i < kNumberFormatCount; ++i) {
        if (kNumberFormatNames[i] == text) {
            return static_cast<NumberFormat>(i);
        }
    }
    return std::nullopt;
}

}  // namespace wafercast
