#include "reader/read_design.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "core/design_fields.hpp"
#include "reader/text_tree.hpp"
#include "reader/write_design.hpp"
#include "units/units.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;

fs::path source_folder() {
    const char* folder = std::getenv("WAFERCAST_SOURCE_DIR");
    return folder != nullptr ? fs::path{folder} : fs::current_path();
}

constexpr std::string_view kSmall = R"(title = "Small"
[[blocks]]
id = "NPU"
kind = "npu"
count = 4
sold = 3
per_unit = { int8_dense = "1 TOP/s", sram = "512 KiB" }
[[dies]]
id = "soc"
process = "N7"
blocks = ["npu"]
width = { value = "5 mm", low = "4.9 mm", high = "5.1 mm", source = "key" }
[package]
technology = "organic"
dies = [{ die = "soc", count = 2 }]
[scenario]
year = 2026
electricity = "catalog:US-Grid"
limits = { ttft = "2 s" }
)";

Failures failures_of(const std::string& text) {
    const auto read = read_design_text(text, "d.toml");
    return read ? Failures{} : read.error();
}

std::string with(std::string_view from, std::string_view to) {
    std::string text{kSmall};
    text.replace(text.find(from), from.size(), to);
    return text;
}

std::string with_more(std::string_view more) {
    std::string text{kSmall};
    return text.append(more);
}

TEST(ReadDesign, TheCalibrationKeepsWhatAUnitHeld) {
    auto read = read_design_text(kSmall, "d.toml");
    ASSERT_TRUE(read);
    EXPECT_EQ(write_design(read->design).find("[calibration]"), std::string::npos);
    for (const auto& [path, text] : {std::pair{"blocks.npu.per_unit.int8_dense", "3 TOP/s"},
                                     {"blocks.npu.per_unit.int4_dense", "6 TOP/s"},
                                     {"blocks.npu.per_unit.sram", "1 MiB"},
                                     {"device.vdd", "0.6 V"},
                                     {"blocks.npu.per_unit.int8_dense", "4 TOP/s"}}) {
        const Design before = read->design;
        ASSERT_TRUE(set_field(read->design, path, std::string_view{text}));
        const std::string updated = update_design_text(read->text, before, read->design);
        for (const std::string& written : {write_design(read->design), updated}) {
            const auto again = read_design_text(written, "d.toml");
            ASSERT_TRUE(again) << again.error().front().message << written;
            EXPECT_EQ(again->design, read->design) << written;
            EXPECT_EQ(again->design.calibration.blocks.at(0).sram, 512.0 * 1024.0);
            EXPECT_EQ(again->design.calibration.vdd, 0.0);
        }
        read->text = updated;
    }
}

TEST(ReadDesign, FillsEveryPart) {
    const auto read = read_design_text(kSmall, "d.toml");
    ASSERT_TRUE(read.has_value()) << read.error().front().message;
    const auto& design = read->design;
    EXPECT_EQ(design.title, "Small");
    ASSERT_EQ(design.blocks.size(), 1U);
    EXPECT_EQ(design.blocks[0].id, "npu");
    EXPECT_EQ(design.blocks[0].per_unit.dense_rate[index(NumberFormat::kInt8)].value, 1e12);
    EXPECT_EQ(design.blocks[0].per_unit.sram.value, 512.0 * 1024.0);
    EXPECT_EQ(design.dies[0].process, "n7");
    EXPECT_DOUBLE_EQ(design.dies[0].width.value.value(), 5e-3);
    EXPECT_DOUBLE_EQ(design.dies[0].width.low.value(), 4.9e-3);
    EXPECT_EQ(design.dies[0].width.source, "key");
    EXPECT_EQ(design.scenario.electricity.catalog_id, "us-grid");
    EXPECT_EQ(design.scenario.ttft_limit.value, 2.0);
    EXPECT_FALSE(design.workload.has_value());
    EXPECT_EQ(design.calibration.blocks.at(0).sold, 3.0);
    EXPECT_EQ(read->locations.find("blocks.npu.sold")->second, (SourceLocation{"d.toml", 6, 8}));
    EXPECT_EQ(read->text, kSmall);
}

TEST(ReadDesign, CalibrationOfTheFileWins) {
    const auto read = read_design_text(with_more(R"([calibration]
clock = "1.5 GHz"
[[calibration.blocks]]
id = "npu"
count = 8
[[calibration.dies]]
id = "soc"
process = "n5"
width = "4 mm"
height = "3 mm"
)"),
                                       "d.toml");
    ASSERT_TRUE(read.has_value()) << read.error().front().message;
    const auto& calibration = read->design.calibration;
    EXPECT_DOUBLE_EQ(calibration.clock, 1.5e9);
    CalibrationBlock npu{.id = "npu", .count = 8.0, .sold = 8.0};
    npu.dense_rate[index(NumberFormat::kInt8)] = 1e12;  // the design's own, as nothing else is said
    npu.sram = 512.0 * 1024.0;
    EXPECT_EQ(calibration.blocks.at(0), npu);
    EXPECT_EQ(calibration.dies.at(0),
              (CalibrationDie{.id = "soc", .process = "n5", .width = 4e-3, .height = 3e-3}));
}

TEST(ReadDesign, OwnCatalogEntriesAreRead) {
    const auto read = read_design_text(with_more(R"([catalog.vendors.mine]
title = "Mine"
source = "k"
confidence = "definition"
gross_margin = "50 %"
)"),
                                       "d.toml");
    ASSERT_TRUE(read.has_value()) << read.error().front().message;
    ASSERT_EQ(read->catalog.size(), 1U);
    EXPECT_EQ(read->catalog[0].id, "mine");
    EXPECT_DOUBLE_EQ(read->catalog[0].number("gross_margin")->points[0].value, 0.5);
}

TEST(ReadDesign, SaysWhichUnitIsNeeded) {
    const auto failures = failures_of(with("\"512 KiB\"", "512"));
    ASSERT_EQ(failures.size(), 1U);
    EXPECT_EQ(failures[0].code, "design.needs_unit");
    EXPECT_EQ(failures[0].where, (SourceLocation{"d.toml", 7, 45}));
    EXPECT_NE(failures[0].message.find("KiB"), std::string::npos);
}

TEST(ReadDesign, SuggestsTheNearestKey) {
    const auto failures = failures_of(with("technology", "tecnology"));
    ASSERT_EQ(failures.size(), 2U);  // and the technology is missing
    EXPECT_NE(failures[1].message.find("did you mean 'technology'?"), std::string::npos)
        << failures[1].message;
}

TEST(ReadDesign, BlockOnTwoDies) {
    const auto failures = failures_of(with(
        "[package]", "[[dies]]\nid = \"two\"\nprocess = \"n7\"\nblocks = [\"npu\"]\n[package]"));
    ASSERT_EQ(failures.size(), 2U);
    EXPECT_EQ(failures[0].code, "design.die_not_packaged");
    EXPECT_EQ(failures[1].code, "design.block_on_two_dies");
    EXPECT_EQ(failures[1].where.line, 16);
}

TEST(ReadDesign, SyntaxErrorHasItsPlace) {
    const auto failures = failures_of("title = \"x\"\nblocks = [\n");
    ASSERT_EQ(failures.size(), 1U);
    EXPECT_EQ(failures[0].code, "text.syntax");
    EXPECT_EQ(failures[0].where.file, "d.toml");
    EXPECT_GE(failures[0].where.line, 2);
}

TEST(ReadDesign, MissingFileIsAFailure) {
    const auto read = read_design("/nonexistent/design.toml");
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().front().code, "file.unreadable");
}

TEST(ReadDesign, ReportsEveryFaultOfTheBrokenDesign) {
    const auto folder = source_folder() / "tests/data/reader";
    const auto text = read_text_file((folder / "broken_design.toml").string());
    const auto expected = read_text_file((folder / "broken_design.txt").string());
    ASSERT_TRUE(text.has_value());
    ASSERT_TRUE(expected.has_value());
    const auto read = read_design_text(*text, "broken_design.toml");
    ASSERT_FALSE(read.has_value());
    std::ostringstream said;
    for (const auto& failure : read.error()) {
        said << failure.where.file << ':' << failure.where.line << ':' << failure.where.column
             << ": " << failure.message << " [" << failure.code << "]\n";
    }
    EXPECT_EQ(said.str(), *expected);
}

TEST(ReadDesign, EveryFieldIsDocumented) {
    Design design;
    design.blocks.emplace_back().id = "ID";
    design.nets.push_back({"FROM", "TO", {}});
    design.dies.emplace_back().id = "ID";
    design.package.dies.emplace_back().die = "DIE";
    design.package.memory.emplace_back().id = "ID";
    design.system.emplace();
    design.edge.emplace();
    design.workload.emplace();
    design.functional.emplace();
    const auto page = read_text_file((source_folder() / "docs/design-file.md").string());
    ASSERT_TRUE(page.has_value());
    for (const auto& field : fields(std::as_const(design))) {
        EXPECT_NE(page->find("| `" + field.path + "` |"), std::string::npos) << field.path;
        EXPECT_NE(page->find("| " + std::string{field.info->help} + " |"), std::string::npos)
            << field.info->help;
    }
}

TEST(ReadDesign, EveryShippedDesignIsGood) {
    int count = 0;
    for (const auto& entry : fs::directory_iterator{source_folder() / "data/designs"}) {
        if (entry.path().extension() != ".toml") {
            continue;
        }
        const auto read = read_design(entry.path());
        EXPECT_TRUE(read.has_value())
            << entry.path() << ": " << (read ? "" : read.error().front().message);
        ++count;
    }
    EXPECT_GE(count, 12);
}

}  // namespace
}  // namespace wafercast
