#include "session/shipped_files.hpp"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace wafercast {
namespace {

namespace fs = std::filesystem;

/// Sets a variable for one test.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_{name} {
        if (const char* before = std::getenv(name)) {
            before_ = before;
            was_set_ = true;
        }
        setenv(name, value.c_str(), 1);
    }
    ~Variable() {
        if (was_set_) {
            setenv(name_, before_.c_str(), 1);
        } else {
            unsetenv(name_);
        }
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
    std::string before_;
    bool was_set_ = false;
};

TEST(ShippedFiles, BuildFolderHasTheShapeOfAnInstallation) {
    const Variable unset{"WAFERCAST_DATA", ""};
    const auto folder = data_folder();
    ASSERT_TRUE(folder) << folder.error().front().message;
    EXPECT_TRUE(fs::is_directory(*folder / "catalog"));
    EXPECT_EQ(folder->filename(), "data");
    EXPECT_EQ(plugin_folder().parent_path().parent_path().parent_path(),
              folder->parent_path().parent_path().parent_path());
}

TEST(ShippedFiles, VariableNamesAnotherFolder) {
    const fs::path folder = fs::path{testing::TempDir()} / "wafercast-shipped-files";
    fs::create_directories(folder / "catalog");
    const Variable chosen{"WAFERCAST_DATA", folder.string()};
    const auto found = data_folder();
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, folder);
    fs::remove_all(folder);
}

TEST(ShippedFiles, FolderWithoutCatalogIsRefused) {
    const Variable chosen{"WAFERCAST_DATA", "/nowhere/at/all"};
    const auto found = data_folder();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().front().code, "session.no_data_folder");
    EXPECT_NE(found.error().front().message.find("/nowhere/at/all"), std::string::npos);
}

TEST(ShippedFiles, UserFoldersFollowXdg) {
    const Variable data{"XDG_DATA_HOME", "/xdg/data"};
    const Variable cache{"XDG_CACHE_HOME", "relative/is/ignored"};
    const Variable own{"HOME", "/own"};
    EXPECT_EQ(user_catalog_folder(), fs::path{"/xdg/data/wafercast/catalog"});
    EXPECT_EQ(user_cache_folder(), fs::path{"/own/.cache/wafercast"});
}

}  // namespace
}  // namespace wafercast
