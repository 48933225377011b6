#include "validation/accuracy_report.hpp"

#include <gtest/gtest.h>

namespace wafercast {
namespace {

CatalogEntry entry_of(const char* kind, const char* id, const char* field, const char* text) {
    CatalogEntry entry;
    entry.kind = kind;
    entry.id = id;
    entry.texts[field] = text;
    return entry;
}

Catalog small_catalog() {
    Catalog catalog;
    catalog.add(entry_of("families", "hopper", "fitted_on", "a100, h100"));
    catalog.add(entry_of("families", "blackwell", "stack", "any"));
    catalog.add(entry_of("accelerators", "h100", "family", "hopper"));
    catalog.add(entry_of("accelerators", "h200", "family", "hopper"));
    catalog.add(entry_of("accelerators", "b200", "family", "blackwell"));
    return catalog;
}

TEST(AccuracyReport, TellsFittedDevicesFromSiblingsAndNewFamilies) {
    const Catalog catalog = small_catalog();
    EXPECT_EQ(device_class(catalog, "h100"), DeviceClass::kFitted);
    EXPECT_EQ(device_class(catalog, "h200"), DeviceClass::kSibling);
    EXPECT_EQ(device_class(catalog, "b200"), DeviceClass::kNew);
    EXPECT_EQ(device_class(catalog, "abacus"), DeviceClass::kNone);
    EXPECT_LT(widening(DeviceClass::kFitted), widening(DeviceClass::kSibling));
    EXPECT_LT(widening(DeviceClass::kSibling), widening(DeviceClass::kNew));
}

TEST(AccuracyReport, SummarisesByHand) {
    const ValidationCase low{0, "t", "g", 10.0, 9.0, 8.0, 9.5, {}, {}};
    const ValidationCase high{1, "t", "g", 10.0, 13.0, 9.0, 14.0, {}, {}};
    const ErrorSummary s = summarise_cases({&low, &high});
    EXPECT_EQ(s.cases, 2U);
    EXPECT_NEAR(s.mean, 0.2, 1e-12);
    EXPECT_NEAR(s.median, 0.2, 1e-12);
    EXPECT_NEAR(s.bias, 0.1, 1e-12);
    EXPECT_NEAR(s.coverage, 0.5, 1e-12);
    EXPECT_EQ(summarise_cases({}).cases, 0U);
}

TEST(AccuracyReport, NamesWorstCasesRegimesAndWhatWasLeftOut) {
    SuiteReport suite;
    suite.suite = "measured_gemm";
    suite.cases = {{0, "latency_ms", "h100 bf16", 1.0, 1.05, 0.9, 1.2, "h100", "memory"},
                   {1, "latency_ms", "b200 bf16", 1.0, 1.5, 1.1, 1.9, "b200", "compute"}};
    suite.skipped = {{2, "no format"}};
    suite.excluded = {{3, "left out"}, {4, "left out"}};
    summarise(suite, 5);
    const std::string text = accuracy_report({suite}, small_catalog());
    EXPECT_NE(text.find("## measured_gemm"), std::string::npos);
    EXPECT_NE(text.find("| fitted | latency_ms | 1 | 5.0 | 5.0 | +5.0 | 100.0 | 8 |"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("| new family | latency_ms | 1 | 50.0 | 50.0 | +50.0 | 0.0 | 15 |"),
              std::string::npos);
    EXPECT_NE(text.find("| memory latency_ms | 1 |"), std::string::npos);
    EXPECT_NE(text.find("| 1 | b200 bf16 | latency_ms | 1 | 1.5 | +50.0 |"), std::string::npos);
    EXPECT_NE(text.find("- excluded: 2 rows, left out"), std::string::npos);
    EXPECT_NE(text.find("- skipped: 1 rows, no format"), std::string::npos);
    EXPECT_EQ(text, accuracy_report({suite}, small_catalog()));
}

}  // namespace
}  // namespace wafercast
