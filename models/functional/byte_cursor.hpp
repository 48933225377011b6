/// Reads little-endian fields one after the other; every step is checked against the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace wafercast::functional {

/// A cursor over untrusted bytes. The first failed read is remembered with the field's name and
/// offset; all later reads give zeros and empty spans, so a reader checks once at the end of a
/// group.
class ByteCursor {
public:
    ByteCursor(std::span<const std::byte> bytes, std::string name);

    [[nodiscard]] std::int32_t int32(std::string_view field);
    [[nodiscard]] std::uint32_t uint32(std::string_view field);
    [[nodiscard]] float float32(std::string_view field);
    [[nodiscard]] std::uint8_t byte(std::string_view field);
    /// `count` elements of `element_size` bytes; the product is checked for overflow.
    [[nodiscard]] std::span<const std::byte> array(std::string_view field, std::uint64_t count,
                                                   std::uint64_t element_size);
    /// Moves to an absolute offset inside the file.
    void seek(std::string_view field, std::size_t offset);

    /// Records a problem with the field that was read last, at its offset.
    void reject(std::string_view field, const std::string& why);

    [[nodiscard]] std::size_t offset() const { return offset_; }
    [[nodiscard]] std::size_t remaining() const { return bytes_.size() - offset_; }
    [[nodiscard]] bool failed() const { return !failures_.empty(); }
    [[nodiscard]] const std::vector<Failure>& failures() const { return failures_; }

private:
    [[nodiscard]] bool take(std::string_view field, std::uint64_t size);

    std::span<const std::byte> bytes_;
    std::string name_;
    std::size_t offset_ = 0;
    std::size_t field_offset_ = 0;
    std::vector<Failure> failures_;
};

}  // namespace wafercast::functional
