/// SHA-256: the identity of a run's inputs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace wafercast::functional {

/// SHA-256. @cite fips-180-4
///
/// Hashes parts one after the other; each part's length is hashed before it, so that moving a byte
/// from one part to the next changes the result.
class Sha256 {
public:
    Sha256();
    void part(std::span<const std::byte> bytes);
    void part(std::string_view text);
    /// 64 lower-case hexadecimal digits. The object is used up.
    [[nodiscard]] std::string hex();

    /// Raw update without a length, for comparison with published test vectors.
    void update(std::span<const std::byte> bytes);

private:
    void compress(const std::byte* block);

    std::array<std::uint32_t, 8> state_;
    std::array<std::byte, 64> pending_{};
    std::size_t pending_size_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace wafercast::functional
