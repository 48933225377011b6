/// A file mapped read-only: the bytes are the file's own, nothing is copied.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "core/result.hpp"

namespace wafercast::functional {

/// Owns one mapping; `bytes()` stays valid as long as the object lives.
class MappedFile {
public:
    /// Maps `path` for reading. Fails with `functional.cannot_read` when it is missing, not a
    /// regular file or unreadable. An empty file gives an empty view.
    [[nodiscard]] static Result<std::shared_ptr<const MappedFile>> open(
        const std::filesystem::path& path);

    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }

private:
    MappedFile(const std::byte* data, std::size_t size) : data_(data), size_(size) {}

    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace wafercast::functional
