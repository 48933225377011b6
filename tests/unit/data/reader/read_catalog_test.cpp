#include "reader/read_catalog.hpp"

#include <chrono>
#include <fstream>
#include <gtest/gtest.h>

#include "units/units.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;

/// A folder that is removed with the test.
class Folder {
public:
    Folder() {
        path_ = fs::temp_directory_path() /
                ("wafercast-catalog-" +
                 std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    fs::path write(const std::string& name, const std::string& text) const {
        const auto file = path_ / name;
        fs::create_directories(file.parent_path());
        std::ofstream{file} << text;
        return file;
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

constexpr std::string_view kVendor = "title = \"Maker\"\nsource = \"k\"\nconfidence = \"medium\"\n";

std::string vendor(const std::string& margin) {
    std::string text{kVendor};
    text.append("gross_margin = ").append(margin).append("\n");
    return text;
}

CatalogEntry vendor_entry(const std::string& margin) {
    const auto entries = read_catalog_text(vendor(margin), "maker.toml", "vendors");
    EXPECT_TRUE(entries.has_value()) << (entries ? "" : entries.error().front().message);
    return entries ? entries->front() : CatalogEntry{};
}

Failures vendor_failures(const std::string& margin) {
    const auto entries = read_catalog_text(vendor(margin), "maker.toml", "vendors");
    return entries ? Failures{} : entries.error();
}

TEST(ReadCatalog, StatedRangeIsKept) {
    const auto entry = vendor_entry(
        R"({ value = "60 %", low = "0.5", high = "0.7", source = "s", confidence = "high", as_of = "2025-06" })");
    const auto* number = entry.number("gross_margin");
    ASSERT_NE(number, nullptr);
    EXPECT_DOUBLE_EQ(number->points.front().value, 0.6);
    EXPECT_DOUBLE_EQ(number->points.front().low, 0.5);
    EXPECT_DOUBLE_EQ(number->points.front().high, 0.7);
    EXPECT_EQ(number->points.front().source, "s");
    EXPECT_EQ(number->points.front().as_of, "2025-06");
    EXPECT_FALSE(number->points.front().range_by_rule);
    EXPECT_EQ(number->text, "60 %");
}

TEST(ReadCatalog, PlainTextInheritsFromTheFile) {
    const auto entry = vendor_entry("\"0.6\"");
    const auto& point = entry.number("gross_margin")->points.front();
    EXPECT_EQ(point.source, "k");
    EXPECT_EQ(point.confidence, Confidence::kMedium);
    EXPECT_DOUBLE_EQ(point.low, 0.48);
    EXPECT_DOUBLE_EQ(point.high, 0.72);
    EXPECT_TRUE(point.range_by_rule);
}

TEST(ReadCatalog, RangeRuleOfEachConfidence) {
    const auto range = [](const std::string& confidence) {
        const auto entry = vendor_entry("{ value = \"0.6\", source = \"s\", confidence = \"" +
                                        confidence + "\", range = \"rule\" }");
        return entry.number("gross_margin")->points.front();
    };
    EXPECT_DOUBLE_EQ(range("high").low, 0.57);
    EXPECT_DOUBLE_EQ(range("high").high, 0.63);
    EXPECT_DOUBLE_EQ(range("low").low, 0.4);
    EXPECT_DOUBLE_EQ(range("low").high, 0.9);
    EXPECT_DOUBLE_EQ(
        vendor_entry(R"({ value = "0.9", source = "s", confidence = "low", range = "rule" })")
            .number("gross_margin")
            ->points.front()
            .high,
        1.0)
        << "a share's range ends at 1";
}

TEST(ReadCatalog, DatedPointsAscend) {
    const auto entry = vendor_entry(
        R"([{ value = "0.5", as_of = "2024", range = "rule" }, { value = "0.6", as_of = "2025-06", range = "rule" }])");
    const auto* number = entry.number("gross_margin");
    ASSERT_NE(number, nullptr);
    EXPECT_EQ(number->years, (std::vector<double>{2024.5, 2025.0 + 5.5 / 12.0}));
    const auto failures = vendor_failures(
        R"([{ value = "0.5", as_of = "2025", range = "rule" }, { value = "0.6", as_of = "2024", range = "rule" }])");
    ASSERT_EQ(failures.size(), 1U);
    EXPECT_EQ(failures.front().code, "catalog.order");
    EXPECT_EQ(failures.front().where, (SourceLocation{"maker.toml", 4, 93}));
}

struct Refused {
    std::string margin;
    std::string code;
};

TEST(ReadCatalog, RefusesWithOneReason) {
    const std::vector<Refused> cases{
        {"0.6", "catalog.bare_number"},
        {"60", "catalog.bare_number"},
        {"true", "catalog.form"},
        {"\"6 mm2\"", "catalog.dimension"},
        {"\"six\"", "catalog.number"},
        {"[]", "catalog.form"},
        {"{ low = \"0.5\" }", "catalog.form"},
        {R"({ value = "0.6", source = "s", confidence = "high" })", "catalog.range"},
        {R"({ value = "0.6", low = "0.5", source = "s", confidence = "high" })", "catalog.range"},
        {R"({ value = "0.6", low = "0.7", high = "0.8", source = "s", confidence = "high" })",
         "catalog.range"},
        {R"({ value = "0.6", low = "0.5", high = "0.7", source = "s", confidence = "standard" })",
         "catalog.range"},
        {R"({ value = "0.6", low = "0.5", high = "1.7", source = "s", confidence = "high" })",
         "catalog.range"},
        {R"({ value = "0.6", range = "rule", sauce = "s", confidence = "high" })",
         "catalog.unknown_key"},
        {R"({ value = "0.6", range = "rule", confidence = "sure" })", "catalog.confidence"},
        {R"({ value = "0.6", range = "rule", as_of = "last year" })", "catalog.date"},
    };
    for (const auto& [margin, code] : cases) {
        const auto failures = vendor_failures(margin);
        ASSERT_EQ(failures.size(), 1U)
            << margin << (failures.empty() ? "" : failures.back().message);
        EXPECT_EQ(failures.front().code, code) << margin << ": " << failures.front().message;
        EXPECT_EQ(failures.front().where.line, 4) << margin;
        EXPECT_GE(failures.front().where.column, 16) << margin;
    }
}

TEST(ReadCatalog, NamesTheUnitABareNumberNeeds) {
    const auto result = read_catalog_text(
        "title = \"x\"\nsource = \"k\"\nconfidence = \"definition\"\nprice = "
        "0.08\ncarbon_intensity = \"0.4 kg/kWh\"\n",
        "grid.toml", "electricity");
    ASSERT_FALSE(result.has_value());
    ASSERT_EQ(result.error().size(), 1U);
    EXPECT_NE(result.error().front().message.find("\"0.08 USD/kWh\""), std::string::npos)
        << result.error().front().message;
}

TEST(ReadCatalog, ReportsEveryProblemOfEveryFile) {
    const Folder folder;
    folder.write("vendors/a.toml", "title = \"a\"\nsource = \"k\"\nconfidence = \"high\"\n");
    folder.write(
        "vendors/b.toml",
        "id = \"c\"\ntitle = \"b\"\nsource = \"k\"\nconfidence = \"high\"\ngross_margin = 1\n");
    folder.write("vendors/broken.toml", "title = \"x\"\ngross_margin = = 3\n");
    folder.write("vendor/d.toml", "title = \"d\"\n");
    const auto result = read_catalog({folder.path()});
    ASSERT_FALSE(result.has_value());
    std::vector<std::string> codes;
    for (const auto& failure : result.error()) {
        codes.push_back(fs::path{failure.where.file}.filename().string() + " " + failure.code);
        EXPECT_GT(failure.where.line, 0) << failure.message;
    }
    EXPECT_EQ(codes,
              (std::vector<std::string>{"d.toml catalog.unknown_kind", "a.toml catalog.missing",
                                        "b.toml catalog.id", "b.toml catalog.bare_number",
                                        "broken.toml text.syntax"}));
}

TEST(ReadCatalog, LaterEntriesReplaceEarlierOnes) {
    const Folder first;
    const Folder second;
    first.write("vendors/maker.toml", vendor("\"0.6\""));
    first.write("vendors/other.toml", vendor("\"0.3\""));
    second.write("vendors/maker.toml", vendor("\"0.5\""));
    const auto file = second.write("extra.toml", "[catalog.vendors.other]\n" + vendor("\"0.2\""));
    const auto one =
        second.write("one.toml", "catalog = \"vendors\"\nid = \"third\"\n" + vendor("\"0.1\""));
    const auto catalog =
        read_catalog({first.path(), second.path() / "vendors" / "maker.toml", file, one});
    ASSERT_TRUE(catalog.has_value()) << catalog.error().front().message;
    EXPECT_DOUBLE_EQ(
        catalog->find("vendors", "maker")->number("gross_margin")->points.front().value, 0.5);
    EXPECT_DOUBLE_EQ(
        catalog->find("vendors", "other")->number("gross_margin")->points.front().value, 0.2);
    EXPECT_DOUBLE_EQ(
        catalog->find("vendors", "third")->number("gross_margin")->points.front().value, 0.1);
}

TEST(ReadCatalog, AliasOfTwoEntriesIsRefused) {
    const Folder folder;
    folder.write("vendors/a.toml", "aliases = [\"Green\"]\n" + vendor("\"0.6\""));
    folder.write("vendors/b.toml", "aliases = [\"green\"]\n" + vendor("\"0.6\""));
    const auto result = read_catalog({folder.path()});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().front().code, "catalog.alias");
}

TEST(ReadCatalog, SourcesMustBeReferences) {
    const Folder folder;
    const auto bib =
        folder.write("references.bib", "@article{k,\n title={a@b}}\n@misc{ other ,\n}\n");
    const auto keys = read_reference_keys(bib);
    ASSERT_TRUE(keys.has_value());
    EXPECT_EQ(*keys, (ReferenceKeys{"k", "other"}));
    CatalogReadOptions options;
    options.references = &*keys;
    EXPECT_TRUE(read_catalog_text(vendor("\"0.6\""), "maker.toml", "vendors", options).has_value());
    const auto refused =
        read_catalog_text(vendor(R"({ value = "0.6", range = "rule", source = "othr" })"),
                          "maker.toml", "vendors", options);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().front().code, "catalog.unknown_source");
    EXPECT_NE(refused.error().front().message.find("'other'"), std::string::npos);
}

TEST(ReadCatalog, UnknownFieldsAreKept) {
    const auto text =
        vendor("\"0.6\"") +
        "founded = \"1993 yr\"\nslogan = \"3D for all\"\n[extra]\nnote = \"n\"\nshare = \"20 %\"\n";
    const auto entries = read_catalog_text(text, "maker.toml", "vendors");
    ASSERT_TRUE(entries.has_value()) << entries.error().front().message;
    EXPECT_EQ(entries->front().text("slogan"), "3D for all");
    ASSERT_NE(entries->front().number("extra.share"), nullptr);
    EXPECT_DOUBLE_EQ(entries->front().number("extra.share")->points.front().value, 0.2);
    EXPECT_FALSE(
        read_catalog_text(vendor("\"0.6\"") + "width = \"3 mmm\"\n", "maker.toml", "vendors")
            .has_value());
}

TEST(ReadCatalog, MissingFileIsAFailure) {
    const auto result = read_catalog({"/nonexistent/file.toml"});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().front().code, "file.unreadable");
}

}  // namespace
}  // namespace wafercast
