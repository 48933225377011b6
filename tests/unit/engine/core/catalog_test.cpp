#include "core/catalog.hpp"

#include <gtest/gtest.h>

namespace wafercast {
namespace {

CatalogEntry node(const std::string& id, double price) {
    CatalogEntry entry;
    entry.kind = "process_nodes";
    entry.id = id;
    Sourced<double>& point = entry.numbers["wafer_price"].points.emplace_back();
    point.value = point.low = point.high = price;
    entry.texts["foundry"] = "tsmc";
    entry.flags["euv"] = true;
    return entry;
}

TEST(Catalog, FindsByIdAndAliasWithoutCase) {
    Catalog catalog;
    CatalogEntry entry = node("n4", 1.0);
    entry.aliases = {"N4P", "tsmc-4nm"};
    catalog.add(entry);
    EXPECT_NE(catalog.find("process_nodes", "N4"), nullptr);
    EXPECT_EQ(catalog.find("process_nodes", "n4p"), catalog.find("process_nodes", "TSMC-4nm"));
    EXPECT_EQ(catalog.find("process_nodes", "n5"), nullptr);
    EXPECT_EQ(catalog.find("memories", "n4"), nullptr);
}

TEST(Catalog, AnOverlayReplacesTheEntryAndItsAliases) {
    Catalog catalog;
    CatalogEntry entry = node("n4", 1.0);
    entry.aliases = {"old"};
    catalog.add(entry);
    catalog.add(node("n4", 2.0));
    EXPECT_EQ(catalog.find("process_nodes", "n4")->number("wafer_price")->points.front().value,
              2.0);
    EXPECT_EQ(catalog.find("process_nodes", "old"), nullptr);
    EXPECT_EQ(catalog.entries("process_nodes").size(), 1U);
    EXPECT_EQ(catalog.kinds(), std::vector<std::string>{"process_nodes"});
}

TEST(Catalog, AnIdWinsOverAnAlias) {
    Catalog catalog;
    CatalogEntry entry = node("n4", 1.0);
    entry.aliases = {"n5"};
    catalog.add(entry);
    catalog.add(node("n5", 2.0));
    EXPECT_EQ(catalog.find("process_nodes", "n5")->id, "n5");
}

TEST(Catalog, RequireNamesTheNearestId) {
    Catalog catalog;
    catalog.add(node("n4", 1.0));
    catalog.add(node("samsung-4lpp", 1.0));
    const auto missing = catalog.require("process_nodes", "samsung-4lp", {"a.toml", 3, 4});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error()[0].code, "catalog.unknown_process_nodes");
    EXPECT_NE(missing.error()[0].message.find("did you mean 'samsung-4lpp'"), std::string::npos);
    EXPECT_NE(missing.error()[0].message.find("no process node 'samsung-4lp'"), std::string::npos);
    EXPECT_EQ(missing.error()[0].where.line, 3);
    EXPECT_TRUE(catalog.require("process_nodes", "n4"));
}

TEST(CatalogEntry, ReadsItsFieldsWithFallbacks) {
    const CatalogEntry entry = node("n4", 1.0);
    EXPECT_NE(entry.number("wafer_price"), nullptr);
    EXPECT_EQ(entry.number("price"), nullptr);
    EXPECT_EQ(entry.text("foundry"), "tsmc");
    EXPECT_EQ(entry.text("nobody", "else"), "else");
    EXPECT_TRUE(entry.flag("euv"));
    EXPECT_FALSE(entry.flag("duv"));
    EXPECT_TRUE(entry.flag("duv", true));
}

TEST(CatalogHash, DependsOnContentAlone) {
    Catalog forward;
    forward.add(node("n4", 1.0));
    forward.add(node("n5", 2.0));
    Catalog backward;
    CatalogEntry moved = node("n5", 2.0);
    moved.where = {"elsewhere.toml", 7, 1};
    backward.add(moved);
    backward.add(node("n4", 1.0));
    EXPECT_EQ(forward.hash(), backward.hash());
    EXPECT_EQ(Catalog{}.hash(), 0xcbf29ce484222325ULL);  // the offset basis of the algorithm
}

TEST(CatalogHash, ChangesWithEveryPartOfAnEntry) {
    const auto hash_of = [](auto&& change) {
        CatalogEntry entry = node("n4", 1.0);
        change(entry);
        Catalog catalog;
        catalog.add(entry);
        return catalog.hash();
    };
    const auto plain = hash_of([](CatalogEntry&) {});
    const auto point = [](CatalogEntry& e) -> Sourced<double>& {
        return e.numbers["wafer_price"].points[0];
    };
    EXPECT_NE(plain, hash_of([](CatalogEntry& e) { e.id = "n5"; }));
    EXPECT_NE(plain, hash_of([](CatalogEntry& e) { e.title = "T"; }));
    EXPECT_NE(plain, hash_of([](CatalogEntry& e) { e.note = "T"; }));
    EXPECT_NE(plain, hash_of([](CatalogEntry& e) { e.aliases.emplace_back("T"); }));
    EXPECT_NE(plain, hash_of([](CatalogEntry& e) { e.texts["foundry"] = "T"; }));
    EXPECT_NE(plain, hash_of([](CatalogEntry& e) { e.flags["euv"] = false; }));
    EXPECT_NE(plain, hash_of([&](CatalogEntry& e) { point(e).value = 1.5; }));
    EXPECT_NE(plain, hash_of([&](CatalogEntry& e) { point(e).low = 0.5; }));
    EXPECT_NE(plain, hash_of([&](CatalogEntry& e) { point(e).high = 1.5; }));
    EXPECT_NE(plain, hash_of([&](CatalogEntry& e) { point(e).source = "s"; }));
    EXPECT_NE(plain, hash_of([&](CatalogEntry& e) { point(e).as_of = "2024"; }));
    EXPECT_NE(plain, hash_of([&](CatalogEntry& e) { point(e).confidence = Confidence::kLow; }));
    EXPECT_NE(plain,
              hash_of([](CatalogEntry& e) { e.numbers["wafer_price"].dimension.money = 1; }));
    EXPECT_NE(plain,
              hash_of([](CatalogEntry& e) { e.numbers["wafer_price"].years.push_back(2024.0); }));
}

TEST(Nearest, PrefersWhatAPersonBeganToWrite) {
    EXPECT_EQ(nearest("h100", {"a100", "h100-sxm", "h100-sxm-long"}), "h100-sxm");
    EXPECT_EQ(nearest("Cowos_s", {"cowos-l", "cowos-s"}), "cowos-s");
    EXPECT_EQ(nearest("llmaa", {"llama", "qwen"}), "llama");  // two neighbours swapped
    EXPECT_EQ(nearest("sxm", {"a100", "h100-sxm"}), "h100-sxm");
    EXPECT_EQ(nearest("zebra", {"a100", "h100-sxm"}), "");
    EXPECT_EQ(nearest("", {"a100"}), "");
}

TEST(Lower, LeavesBytesBeyondAsciiAlone) { EXPECT_EQ(lower("N4P-\u00c4"), "n4p-\u00c4"); }

}  // namespace
}  // namespace wafercast
