// The everyday die calculator, and one yield model at a time.
#include <cmath>
#include <gtest/gtest.h>

#include "cli/program.hpp"

namespace wafercast::cli_test {
namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

Json die(std::vector<std::string> more) {
    std::vector<std::string> arguments{"die", "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = run(arguments);
    EXPECT_TRUE(ran.code == 0 || ran.code == 1) << ran.err;
    return Json::parse(ran.out);
}

TEST(Die, TakesNumbersWithAndWithoutASpaceBeforeTheUnit) {
    const Json near =
        die({"--process", "n5", "--width", "25.4mm", "--height", "32mm", "--d0", "0.1/cm2"});
    const Json apart =
        die({"--process", "N5", "--width", "25.4 mm", "--height", "3.2 cm", "--d0", "0.1 /cm2"});
    EXPECT_EQ(near["dies_per_wafer"], apart["dies_per_wafer"]);
    EXPECT_NEAR(near["yield"]["value"].get<double>(), apart["yield"]["value"].get<double>(), 1e-12);
}

TEST(Die, NumbersFollowFromEachOther) {
    const Json json = die({"--process", "n5", "--width", "10mm", "--height", "12mm", "--d0",
                           "0.1/cm2", "--yield-model", "poisson", "--wafer-price", "17000USD"});
    EXPECT_NEAR(json["area_mm2"].get<double>(), 120.0, 1e-9);
    EXPECT_NEAR(json["expected_faults"].get<double>(), 0.12, 1e-12);
    EXPECT_NEAR(json["yield"]["value"].get<double>(), std::exp(-0.12), 1e-12);
    const double good = json["good_dies_per_wafer"].get<double>();
    EXPECT_NEAR(good, json["dies_per_wafer"].get<double>() * std::exp(-0.12), 1e-9);
    EXPECT_NEAR(json["cost_per_good_die_usd"]["value"].get<double>(), 17000.0 / good, 1e-9);
    EXPECT_EQ(json["wafer_price_usd"]["p10"], json["wafer_price_usd"]["p90"]);  // ours: no range
    EXPECT_LE(json["cost_per_good_die_usd"]["p10"], json["cost_per_good_die_usd"]["p90"]);
    EXPECT_EQ(json["full_exposures"].get<int>() <= json["exposures"].get<int>(), true);
}

TEST(Die, AreaAloneIsASquareAndWithASideTheOtherFollows) {
    EXPECT_NEAR(die({"--process", "n5", "--area", "400mm2"})["width_mm"].get<double>(), 20.0, 1e-9);
    EXPECT_NEAR(
        die({"--process", "n5", "--area", "400mm2", "--height", "25mm"})["width_mm"].get<double>(),
        16.0, 1e-9);
    EXPECT_EQ(
        run({"die", "--process", "n5", "--area", "400mm2", "--width", "2mm", "--height", "2mm"})
            .code,
        2);
}

TEST(Die, AgreesWithTheChainOnTheSameOutline) {
    const Ran eval =
        run({"eval", design("h100-sxm"), "--format", "json", "--samples", "0", "--no-functional"});
    const Json chain = eval.json()["dies"][0];
    const Json alone = die({"--process", "n4", "--width", "25.4mm", "--height", "32mm"});
    EXPECT_EQ(alone["dies_per_wafer"], chain["gross_dies_per_wafer"]);
    EXPECT_NEAR(alone["yield"]["value"].get<double>(), chain["yield"].get<double>(), 1e-9);
}

TEST(Die, OneThatFitsNothingHasNoYieldAndNoShareOfAField) {
    const Ran ran = run({"die", "--process", "n5", "--width", "400mm", "--height", "400mm"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.out.find("field 1"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("fits no field"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("none: no whole die on the wafer"), std::string::npos) << ran.out;
}

TEST(Die, AMapIntoAMissingFolderMakesNoFolder) {
    const auto folder = scratch("no-map") / "missing";
    const Ran ran =
        run({"die", "--process", "n5", "--area", "100mm2", "--map", (folder / "out.svg").string()});
    EXPECT_EQ(ran.code, 4);
    EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(Die, TheReticleLimitsTheShapeInBothOrientations) {
    const Ran ran = run({"die", "--process", "n5", "--width", "40mm", "--height", "15mm"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.out.find("reticle:"), std::string::npos);
    const Json json = die({"--process", "n5", "--width", "40mm", "--height", "15mm"});
    EXPECT_FALSE(json["feasible"].get<bool>());
    EXPECT_EQ(json["violations"][0]["constraint"], "reticle");
    EXPECT_NEAR(json["violations"][0]["value"].get<double>(), 40.1, 1e-9);
    EXPECT_EQ(run({"die", "--process", "n5", "--width", "32mm", "--height", "25.4mm"}).code, 0);
    EXPECT_EQ(run({"die", "--process", "n5", "--width", "27mm", "--height", "27mm"}).code, 1);
    EXPECT_EQ(run({"die", "--process", "n5", "--width", "290mm", "--height", "290mm"}).code, 1);
}

TEST(Die, TheMapDrawsExactlyTheCountedDies) {
    const auto file = scratch("map") / "wafer.svg";
    for (const char* side : {"8mm", "13.7mm", "25.4mm"}) {
        const Json json =
            die({"--process", "n5", "--width", side, "--height", "10.3mm", "--map", file.string()});
        const std::string svg = read_file(file);
        EXPECT_EQ(count_of(svg, "<rect class=\"whole\""), json["dies_per_wafer"]) << side;
        EXPECT_EQ(count_of(svg, "<rect class=\"partial\""), json["partial_dies"]) << side;
        EXPECT_EQ(count_of(svg, "<rect class=\"lost\""), json["lost_dies"]) << side;
        EXPECT_EQ(count_of(svg, "<rect class=\"shot\""), json["exposures"]) << side;
        EXPECT_EQ(count_of(svg, "id=\"notch\""), 1U);
        EXPECT_EQ(count_of(svg, "id=\"legend\""), 1U);
        EXPECT_EQ(svg.rfind("</svg>\n"), svg.size() - 7);
    }
}

TEST(Die, EveryProblemIsNamedAndNoMapIsWritten) {
    const auto file = scratch("bad-map") / "wafer.svg";
    const Ran ran =
        run({"die", "--process", "n99", "--width", "25.4", "--height=-3mm", "--alpha", "2 mm",
             "--yield-model", "best", "--test", "no-test", "--map", file.string()});
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_FALSE(std::filesystem::exists(file));
    for (const char* place :
         {"--process", "--width", "--height", "--alpha", "--yield-model", "--test"}) {
        EXPECT_NE(ran.err.find(std::string{place} + ":"), std::string::npos) << place << "\n"
                                                                             << ran.err;
    }
    EXPECT_NE(ran.err.find("mm"), std::string::npos);  // says which unit
    EXPECT_EQ(run({"die", "--width", "3mm", "--height", "3mm"}).code, 2);
    EXPECT_EQ(run({"die", "--process", "n5", "--width", "3mm"}).code, 2);
}

TEST(Yield, ListsEveryModelWithFormulaAndSource) {
    const Ran ran = run({"yield", "--list", "--format", "json"});
    EXPECT_EQ(ran.code, 0);
    const Json models = ran.json();
    EXPECT_EQ(models.size(), 7U);
    const std::string references = read_file(source_dir() / "docs" / "references.bib");
    for (const Json& model : models) {
        EXPECT_FALSE(model["formula"].get<std::string>().empty());
        EXPECT_NE(references.find("{" + model["citation"].get<std::string>() + ","),
                  std::string::npos)
            << model;
    }
}

TEST(Yield, MatchesTheWorkedExample) {
    const Ran ran = run({"yield", "--model", "negative-binomial", "--area", "400 mm2", "--d0",
                         "0.1 /cm2", "--alpha", "2", "--format", "json"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_NEAR(ran.json()["yields"][0]["yield"].get<double>(), 0.694444444444, 1e-11);
    const Ran all = run({"yield", "--area", "400mm2", "--d0", "0.1/cm2", "--format", "json"});
    EXPECT_EQ(all.json()["yields"].size(), 7U);
}

TEST(Yield, NamesEveryProblem) {
    const Ran ran = run({"yield", "--model", "poison", "--area", "400", "--d0", "0.1 mm"});
    EXPECT_EQ(ran.code, 2);
    for (const char* part : {"--model:", "poisson", "--area:", "--d0:"}) {
        EXPECT_NE(ran.err.find(part), std::string::npos) << part << "\n" << ran.err;
    }
    EXPECT_EQ(run({"yield"}).code, 2);
}

}  // namespace
}  // namespace wafercast::cli_test
