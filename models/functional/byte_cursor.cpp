#include "functional/byte_cursor.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <utility>

namespace wafercast::functional {
namespace {

static_assert(std::endian::native == std::endian::little, "the readers map little-endian files");

template <typename Value>
Value load(std::span<const std::byte> bytes, std::size_t offset) {
    Value value;
    std::memcpy(&value, bytes.data() + offset, sizeof(Value));
    return value;
}

}  // namespace

ByteCursor::ByteCursor(std::span<const std::byte> bytes, std::string name)
    : bytes_(bytes), name_(std::move(name)) {}

bool ByteCursor::take(std::string_view field, std::uint64_t size) {
    if (failed()) return false;
    field_offset_ = offset_;
    if (size > remaining()) {
        reject(field, "needs " + std::to_string(size) + " bytes, " + std::to_string(remaining()) +
                          " are left");
        return false;
    }
    offset_ += static_cast<std::size_t>(size);
    return true;
}

std::int32_t ByteCursor::int32(std::string_view field) {
    return take(field, 4) ? load<std::int32_t>(bytes_, field_offset_) : 0;
}

std::uint32_t ByteCursor::uint32(std::string_view field) {
    return take(field, 4) ? load<std::uint32_t>(bytes_, field_offset_) : 0;
}

float ByteCursor::float32(std::string_view field) {
    return take(field, 4) ? load<float>(bytes_, field_offset_) : 0.0F;
}

std::uint8_t ByteCursor::byte(std::string_view field) {
    return take(field, 1) ? load<std::uint8_t>(bytes_, field_offset_) : std::uint8_t{0};
}

std::span<const std::byte> ByteCursor::array(std::string_view field, std::uint64_t count,
                                             std::uint64_t element_size) {
    if (failed()) return {};
    field_offset_ = offset_;
    if (element_size != 0 && count > std::numeric_limits<std::uint64_t>::max() / element_size) {
        reject(field, "has a size that overflows 64 bits");
        return {};
    }
    const std::uint64_t size = count * element_size;
    if (!take(field, size)) return {};
    return bytes_.subspan(field_offset_, static_cast<std::size_t>(size));
}

void ByteCursor::seek(std::string_view field, std::size_t offset) {
    if (failed()) return;
    field_offset_ = offset;
    if (offset > bytes_.size()) {
        reject(field, "lies past the end of the file");
        return;
    }
    offset_ = offset;
}

void ByteCursor::reject(std::string_view field, const std::string& why) {
    if (failed()) return;
    failures_.push_back(Failure{.code = "functional.bad_file",
                                .message = name_ + ": field '" + std::string{field} +
                                           "' at offset " + std::to_string(field_offset_) + " " +
                                           why + ".",
                                .where = {}});
}

}  // namespace wafercast::functional
