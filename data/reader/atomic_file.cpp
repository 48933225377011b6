#include "reader/atomic_file.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace wafercast {
namespace {

namespace fs = std::filesystem;

Failure unwritable(const fs::path& path, int error) {
    return {"file.unwritable",
            "Cannot write '" + path.string() + "': " + std::strerror(error) + ".",
            {path.string(), 0, 0}};
}

int write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    return 0;
}

int fill(int file, const fs::path& target, std::string_view bytes) {
    struct stat replaced {};
    if (::stat(target.c_str(), &replaced) == 0 && ::fchmod(file, replaced.st_mode & 07777U) != 0) {
        return errno;
    }
    const int error = write_all(file, bytes);
    return error == 0 && ::fsync(file) != 0 ? errno : error;
}

/// Opens a file that nobody has, with the permissions any new file gets; -1 with errno otherwise.
int open_temporary(const fs::path& target, std::string& name) {
    const auto stamp = static_cast<unsigned long long>(
        std::chrono::steady_clock::now().time_since_epoch().count());
    for (unsigned long long attempt = 0; attempt < 100; ++attempt) {
        name = target.parent_path() /
               ("." + target.filename().string() + "." + std::to_string(::getpid()) + "." +
                std::to_string(stamp + attempt));
        const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0 || errno != EEXIST) {
            return file;
        }
    }
    return -1;
}

void sync_folder(const fs::path& folder) {
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle >= 0) {
        ::fsync(handle);  // some file systems refuse; the rename itself has happened
        ::close(handle);
    }
}

Result<Done> write_into(const fs::path& path, std::string_view bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return unwritable(path, errno);
    }
    int error = write_all(file, bytes);
    if (::close(file) != 0 && error == 0) {
        error = errno;
    }
    if (error != 0) {
        return unwritable(path, error);
    }
    return Done{};
}

}  // namespace

Result<Done> write_file_atomically(const fs::path& path, std::string_view bytes) {
    std::error_code ignored;
    fs::path target = path;
    if (fs::is_symlink(path, ignored)) {
        const auto followed = fs::weakly_canonical(path, ignored);
        target = ignored ? path : followed;
    }
    const auto kind = fs::status(target, ignored).type();
    if (kind == fs::file_type::directory) {
        return unwritable(path, EISDIR);
    }
    if (kind == fs::file_type::character || kind == fs::file_type::fifo ||
        kind == fs::file_type::block || kind == fs::file_type::socket) {
        return write_into(path, bytes);  // a rename would replace the device or pipe by a file
    }
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path{"."};
    std::string temporary;
    const int file = open_temporary(target, temporary);
    if (file < 0) {
        return unwritable(path, errno);
    }
    int error = fill(file, target, bytes);
    if (::close(file) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) {
        error = errno;
    }
    if (error != 0) {
        ::unlink(temporary.c_str());
        return unwritable(path, error);
    }
    sync_folder(folder);
    return Done{};
}

}  // namespace wafercast
