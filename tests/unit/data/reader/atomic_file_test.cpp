#include "reader/atomic_file.hpp"

#include <array>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader/text_tree.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;

class AtomicFile : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() /
                  ("wafercast-atomic-" +
                   std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator{folder_}, fs::directory_iterator{}));
    }

    fs::path folder_;
};

TEST_F(AtomicFile, WritesAndReplaces) {
    const auto path = folder_ / "a.toml";
    ASSERT_TRUE(write_file_atomically(path, "first").has_value());
    ASSERT_TRUE(write_file_atomically(path, std::string(100000, 'x')).has_value());
    EXPECT_EQ(*read_text_file(path.string()), std::string(100000, 'x'));
    EXPECT_EQ(files(), 1U) << "no temporary is left";
}

TEST_F(AtomicFile, KeepsPermissions) {
    const auto path = folder_ / "a.toml";
    ASSERT_TRUE(write_file_atomically(path, "first").has_value());
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    ASSERT_TRUE(write_file_atomically(path, "second").has_value());
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(AtomicFile, FollowsALink) {
    const auto target = folder_ / "target.toml";
    const auto link = folder_ / "link.toml";
    ASSERT_TRUE(write_file_atomically(target, "first").has_value());
    fs::create_symlink(target, link);
    ASSERT_TRUE(write_file_atomically(link, "second").has_value());
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_EQ(*read_text_file(target.string()), "second");
}

TEST_F(AtomicFile, FailureLeavesNothing) {
    const auto done = write_file_atomically(folder_ / "missing" / "a.toml", "text");
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().front().code, "file.unwritable");
    fs::create_directories(folder_ / "is-a-folder" / "inside");
    EXPECT_FALSE(write_file_atomically(folder_ / "is-a-folder", "text").has_value());
    EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFile, WritesIntoAPipeInsteadOfReplacingIt) {
    const auto pipe = folder_ / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(reader, 0);
    EXPECT_TRUE(write_file_atomically(pipe, "text").has_value());
    std::array<char, 16> read{};
    EXPECT_EQ(::read(reader, read.data(), read.size()), 4);
    ::close(reader);
    EXPECT_EQ(std::string(read.data()), "text");
    EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(AtomicFile, AFullDeviceIsAFailure) {
    const auto done = write_file_atomically("/dev/full", "text");
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().front().code, "file.unwritable");
    EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

}  // namespace
}  // namespace wafercast
