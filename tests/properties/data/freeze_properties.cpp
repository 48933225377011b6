// A frozen design says all it needs: design and entries read back as they were.
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "reader/read_catalog.hpp"
#include "reader/read_design.hpp"
#include "reader/write_design.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;

CatalogEntry anywhere(CatalogEntry entry) {
    entry.where = {};
    return entry;
}

TEST(FreezeDesign, EveryCatalogEntryReadsBack) {
    const fs::path source{std::getenv("WAFERCAST_SOURCE_DIR")};
    const auto catalog = read_catalog({source / "data/catalog"});
    ASSERT_TRUE(catalog.has_value()) << catalog.error().front().message;
    const auto design = read_design(source / "data/designs/h100-sxm.toml");
    ASSERT_TRUE(design.has_value());
    std::vector<const CatalogEntry*> all;
    for (const auto& kind : catalog->kinds()) {
        for (const auto* entry : catalog->entries(kind)) {
            all.push_back(entry);
        }
    }
    ASSERT_GT(all.size(), 300U);
    const auto frozen = read_design_text(freeze_design(design->design, all), "frozen.toml");
    ASSERT_TRUE(frozen.has_value())
        << frozen.error().front().message << " at line " << frozen.error().front().where.line;
    EXPECT_EQ(frozen->design, design->design);
    ASSERT_EQ(frozen->catalog.size(), all.size());
    Catalog again;
    for (const auto& entry : frozen->catalog) {
        const auto* original = catalog->find(entry.kind, entry.id);
        ASSERT_NE(original, nullptr) << entry.kind << '.' << entry.id;
        EXPECT_EQ(anywhere(entry), anywhere(*original)) << entry.kind << '.' << entry.id;
        again.add(entry);
    }
    EXPECT_EQ(again.hash(), catalog->hash());
}

}  // namespace
}  // namespace wafercast
