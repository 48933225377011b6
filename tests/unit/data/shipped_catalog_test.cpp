// What must hold of the entries that ship: that the reader takes them is only the first of it.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <string>

#include "core/transformer.hpp"
#include "reader/read_catalog.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 9> kSiliconKinds{"process_nodes", "blocks",   "memories",
                                                        "links",         "packages", "tests",
                                                        "nre",           "fabrics",  "batteries"};

class ShippedCatalog : public testing::Test {
protected:
    static void SetUpTestSuite() {
        const char* root = std::getenv("WAFERCAST_SOURCE_DIR");
        ASSERT_NE(root, nullptr) << "run through ctest, which sets WAFERCAST_SOURCE_DIR";
        const auto keys = read_reference_keys(fs::path{root} / "docs" / "references.bib");
        ASSERT_TRUE(keys) << keys.error().front().message;
        auto read = read_catalog({fs::path{root} / "data" / "catalog"}, {.references = &*keys});
        for (const Failure& failure : read.error()) {
            ADD_FAILURE() << failure.where.file << ":" << failure.where.line << ": "
                          << failure.message;
        }
        ASSERT_TRUE(read);
        catalog_ = std::move(*read);
    }

    static const CatalogEntry& entry(std::string_view kind, std::string_view id) {
        const CatalogEntry* found = catalog_.find(kind, id);
        EXPECT_NE(found, nullptr) << kind << "." << id;
        static const CatalogEntry none;
        return found == nullptr ? none : *found;
    }

    /// The last point of a number, in base units.
    static double value(std::string_view kind, std::string_view id, std::string_view field) {
        const SourcedNumber* number = entry(kind, id).number(field);
        EXPECT_NE(number, nullptr) << kind << "." << id << "." << field;
        return number == nullptr ? 0.0 : number->points.back().value;
    }

    static Catalog catalog_;
};

Catalog ShippedCatalog::catalog_;

TEST_F(ShippedCatalog, HasTheSeventeenNodesAndTheirOtherNames) {
    for (const char* id : {"n180", "n130", "n90", "n65", "n40", "n28", "n22", "n20", "n16", "n10",
                           "n7", "n6", "n5", "n4", "n3e", "n2", "a16"}) {
        EXPECT_NE(catalog_.find("process_nodes", id), nullptr) << id;
    }
    EXPECT_EQ(catalog_.find("process_nodes", "n14"), catalog_.find("process_nodes", "N12"));
}

TEST_F(ShippedCatalog, RangesHoldTheirValueAndOnlyExactFiguresHaveNone) {
    for (const std::string& kind : catalog_.kinds()) {
        for (const CatalogEntry* e : catalog_.entries(kind)) {
            for (const auto& [field, number] : e->numbers) {
                for (const auto& point : number.points) {
                    SCOPED_TRACE(kind + "." + e->id + "." + field);
                    EXPECT_LE(point.low, point.value);
                    EXPECT_GE(point.high, point.value);
                    const bool exact = point.confidence == Confidence::kStandard ||
                                       point.confidence == Confidence::kDefinition;
                    EXPECT_EQ(exact, point.low == point.high);
                }
            }
        }
    }
}

TEST_F(ShippedCatalog, WhatWeAssumeIsOfLowConfidenceAndSaysWhy) {
    for (const std::string_view kind : kSiliconKinds) {
        for (const CatalogEntry* e : catalog_.entries(kind)) {
            for (const auto& [field, number] : e->numbers) {
                for (const auto& point : number.points) {
                    if (point.source == "wafercast-assumption") {
                        EXPECT_TRUE(point.confidence == Confidence::kLow ||
                                    point.confidence == Confidence::kDefinition)
                            << kind << "." << e->id << "." << field;
                    }
                }
            }
        }
    }
}

TEST_F(ShippedCatalog, EntriesNameEntriesThatExist) {
    for (const std::string_view kind : {"blocks", "fabrics", "packages"}) {
        for (const CatalogEntry* e : catalog_.entries(kind)) {
            if (!e->text("process").empty()) {
                EXPECT_NE(catalog_.find("process_nodes", e->text("process")), nullptr) << e->id;
            }
            if (!e->text("d2d").empty()) {
                EXPECT_NE(catalog_.find("links", e->text("d2d")), nullptr) << e->id;
            }
        }
    }
}

TEST_F(ShippedCatalog, SharesOfABlockSumToOne) {
    for (const CatalogEntry* e : catalog_.entries("blocks")) {
        double sum = 0.0;
        for (const char* share : {"logic_share", "sram_share", "analog_share"}) {
            ASSERT_NE(e->number(share), nullptr) << e->id;
            sum += e->number(share)->points.back().value;
        }
        EXPECT_NEAR(sum, 1.0, 1e-9) << e->id;
    }
}

TEST_F(ShippedCatalog, NodesImproveInTheOrderOfTheirNames) {
    constexpr std::array nodes{"n180", "n130", "n90", "n65", "n40", "n28", "n22", "n20", "n16",
                               "n10",  "n7",   "n6",  "n5",  "n4",  "n3e", "n2",  "a16"};
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        SCOPED_TRACE(nodes[i]);
        const auto grows = [&](const char* field) {
            return value("process_nodes", nodes[i], field) >=
                   value("process_nodes", nodes[i - 1], field);
        };
        EXPECT_TRUE(grows("logic_density"));
        EXPECT_TRUE(grows("sram_density"));
        EXPECT_TRUE(grows("speed_scale"));
        EXPECT_TRUE(grows("mask_set_cost"));
        EXPECT_LE(value("process_nodes", nodes[i], "energy_scale"),
                  value("process_nodes", nodes[i - 1], "energy_scale"));
        EXPECT_GE(value("process_nodes", nodes[i], "sram_macro_density"),
                  value("process_nodes", nodes[i], "sram_density"));
    }
    EXPECT_DOUBLE_EQ(value("process_nodes", "n7", "energy_scale"), 1.0);
}

TEST_F(ShippedCatalog, InterfaceRatesGiveThePublishedTotals) {
    const auto stack = [](const char* id) {
        return value("memories", id, "pin_rate") * value("memories", id, "bus_width");
    };
    EXPECT_NEAR(stack("hbm3-16gb"), 819.2e9, 1e6);
    EXPECT_NEAR(stack("hbm4-36gb"), 2048e9, 1e6);
    const auto device = [](const char* id) {
        return value("links", id, "bandwidth") * value("links", id, "links_per_device");
    };
    EXPECT_NEAR(device("nvlink3"), 300e9, 1.0);
    EXPECT_NEAR(device("nvlink4"), 450e9, 1.0);
    EXPECT_NEAR(device("nvlink5"), 900e9, 1.0);
    EXPECT_NEAR(device("infinity-fabric-mi300"), 448e9, 1.0);
    EXPECT_NEAR(2.0 * value("links", "ucie-advanced", "bandwidth") /
                    value("links", "ucie-advanced", "phy_shoreline"),
                1317e12, 1e12);
}

TEST_F(ShippedCatalog, BlocksOfAnH100FillLessThanItsDie) {
    const double sms = 144.0 * value("blocks", "gh100-sm", "area");
    const double cache = 60e6 / value("process_nodes", "n4", "sram_density");
    const double hbm = 6.0 * value("blocks", "hbm3-phy", "area");
    const double links = 18.0 * value("blocks", "nvlink4-phy", "area");
    const double die = 814e-6;
    EXPECT_LT(sms + cache + hbm + links, 0.9 * die);
    EXPECT_GT((sms + cache + hbm) / die, 0.72);  // the repairable share: 72-90 % is what the
    EXPECT_LT((sms + cache + hbm) / die, 0.90);  // published sellable yields allow
}

// Counted from the shape against what the publisher says. Where both differ by more, the reason is
// known: towers for images are not counted, counts published in round numbers.
TEST_F(ShippedCatalog, ShapesCountToThePublishedParameters) {
    const std::map<std::string_view, double> tolerances{
        {"gemma-3-4b", 0.031},           // 4e9 includes the image tower
        {"gemma-3-12b", 0.02},           // likewise
        {"llama-4-scout", 0.012},        // likewise
        {"nemotron-3-nano-30b", 0.016},  // shape recalled
        {"deepseek-v4-pro", 0.02},       // compressors and MTP are not counted
        {"bitnet-b1.58-2b4t", 0.012},   {"minimax-m2.5", 0.012}, {"qwen3-1.7b", 0.013},
    };
    for (const CatalogEntry* model : catalog_.entries("models")) {
        const TransformerSpec spec = read_shape(*model);
        const double published = value("models", model->id, "total_parameters");
        const auto known = tolerances.find(model->id);
        const double tolerance = known == tolerances.end() ? 0.009 : known->second;
        EXPECT_NEAR(count_parameters(spec).total / published, 1.0, tolerance) << model->id;
        EXPECT_EQ(spec.full_layers() + spec.window_layers() + spec.linear_layers(), spec.layers)
            << model->id;
    }
}

TEST_F(ShippedCatalog, ShapesKeepThePublishedKv) {
    // Bytes per token at 16 bits as published or computed from configurations.
    const std::map<std::string_view, double> bytes{
        {"llama-3.1-70b", 327680}, {"deepseek-v3", 70272},       {"gpt-oss-120b", 73728},
        {"gemma-3-27b", 507904},   {"qwen3.5-397b-a17b", 30720}, {"glm-5", 109824},
        {"llama-2-7b", 524288},    {"palm-540b", 120832},
    };
    for (const auto& [id, expected] : bytes) {
        EXPECT_EQ(2.0 * kv_elements_per_token(read_shape(entry("models", id))), expected) << id;
    }
    // DeepSeek-V4-Pro: 9.62 GiB for a million tokens.
    const TransformerSpec v4 = read_shape(entry("models", "deepseek-v4-pro"));
    EXPECT_NEAR(2.0 * kept_kv_elements(v4, 1048576.0) / 1073741824.0, 9.62, 1.0);
}

TEST_F(ShippedCatalog, LayersAreFullWindowedOrLinear) {
    const auto shape = [](std::string_view id) { return read_shape(entry("models", id)); };
    EXPECT_EQ(shape("gpt-oss-120b").window_layers(), 18);
    EXPECT_EQ(shape("gemma-3-27b").full_layers(), 10);
    EXPECT_EQ(shape("qwen3.5-397b-a17b").full_layers(), 15);
    EXPECT_EQ(shape("qwen3.5-397b-a17b").linear_layers(), 45);
    EXPECT_EQ(shape("nemotron-3-nano-30b").full_layers(), 6);
    EXPECT_EQ(shape("llama-4-maverick").moe_layers(), 24);
    EXPECT_EQ(shape("llama-3.1-8b").full_layers(), 32);
    // 4 MiB of fp32 a layer and sequence, beside the convolution's taps.
    EXPECT_EQ(linear_state_elements(shape("qwen3.5-397b-a17b")), 64.0 * 128 * 128 + 3.0 * 12288);
    // A window keeps what it sees.
    const TransformerSpec oss = shape("gpt-oss-120b");
    EXPECT_EQ(kept_kv_elements(oss, 1000.0), 1024.0 * (18 * 1000 + 18 * 128));
    EXPECT_EQ(kept_kv_elements(oss, 100.0), 100.0 * kv_elements_per_token(oss));
}

}  // namespace
}  // namespace wafercast
