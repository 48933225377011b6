#include "reader/read_study.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

#include "units/units.hpp"

namespace wafercast {
namespace {

TEST(ReadStudy, ReadsEveryPart) {
    const auto study = read_study_text(R"(design = "../designs/a.toml"
[[variables]]
path = "blocks.sm.count"
range = [72, 96]
step = 8
[[variables]]
path = "dies.gpu.process"
values = ["n7", "n5"]
[[variables]]
path = "dies.gpu.width"
range = ["10 mm", "30 mm"]
count = 3
[[objectives]]
metric = "token_economics.usd_per_mtok"
sense = "min"
[[constraints]]
metric = "device.power_w"
max = "1 kW"
[method]
name = "NSGA2"
seed = 7
budget = 1000
options = { population = 64 }
[set]
scenario.year = 2028
"device.clock" = "1 GHz"
)",
                                       "s.toml");
    ASSERT_TRUE(study.has_value()) << study.error().front().message;
    ASSERT_EQ(study->variables.size(), 3U);
    EXPECT_EQ(study_points(study->variables[0]),
              (std::vector<std::string>{"72", "80", "88", "96"}));
    EXPECT_EQ(study_points(study->variables[1]), (std::vector<std::string>{"n7", "n5"}));
    EXPECT_EQ(study_points(study->variables[2]),
              (std::vector<std::string>{"10 mm", "20 mm", "30 mm"}));
    EXPECT_FALSE(study->objectives.at(0).maximise);
    EXPECT_EQ(study->constraints.at(0).maximum->value, 1000.0);
    EXPECT_EQ(study->constraints.at(0).maximum->dimension, dimension::power);
    EXPECT_EQ(study->method.name, "nsga2");
    EXPECT_EQ(study->method.seed, 7U);
    EXPECT_EQ(study->method.budget, 1000U);
    EXPECT_EQ(study->method.options.at("population"), "64");
    EXPECT_EQ(study->sets, (std::vector<std::pair<std::string, std::string>>{
                               {"scenario.year", "2028"}, {"device.clock", "1 GHz"}}));
}

TEST(ReadStudy, LogarithmicPointsKeepTheirRatio) {
    StudyVariable variable;
    variable.low = "1";
    variable.high = "100";
    variable.count = 3;
    variable.logarithmic = true;
    const auto points = study_points(variable);
    ASSERT_EQ(points.size(), 3U);
    EXPECT_EQ(points[0], "1");
    EXPECT_NEAR(std::strtod(points[1].c_str(), nullptr), 10.0, 1e-12);
    EXPECT_EQ(points[2], "100");
}

TEST(ReadStudy, ReportsEveryProblem) {
    const auto study = read_study_text(R"(desing = "a.toml"
[[variables]]
path = "a.b"
range = [3, 1]
[[variables]]
path = "a.b"
range = ["1 mm", "2 mm"]
step = "1 s"
[[variables]]
values = []
[[objectives]]
metric = "m"
sense = "least"
[[constraints]]
metric = "m"
[method]
seed = -1
)",
                                       "s.toml");
    ASSERT_FALSE(study.has_value());
    std::vector<std::string> said;
    for (const auto& failure : study.error()) {
        said.push_back(std::to_string(failure.where.line) + " " + failure.code);
    }
    EXPECT_EQ(said,
              (std::vector<std::string>{
                  "1 study.unknown_key", "1 study.missing", "4 study.range", "6 study.duplicate",
                  "8 study.wrong_dimension", "9 study.missing", "10 study.form", "13 study.form",
                  "14 study.missing", "16 study.missing", "17 study.bad_number"}));
}

TEST(ReadStudy, RefusesAStepOfTooManyPoints) {
    const auto study = read_study_text(
        "design = \"a.toml\"\n[[variables]]\npath = \"a.b\"\nrange = [0, 1]\nstep = 1e-8\n",
        "s.toml");
    ASSERT_FALSE(study.has_value());
    EXPECT_EQ(study.error().front().code, "study.too_large");
}

TEST(ReadStudy, ShippedStudyFindsItsDesign) {
    const std::filesystem::path source{std::getenv("WAFERCAST_SOURCE_DIR")};
    const auto study = read_study(source / "data/studies/h100-what-if.toml");
    ASSERT_TRUE(study.has_value()) << study.error().front().message;
    EXPECT_TRUE(std::filesystem::exists(study->design)) << study->design;
}

}  // namespace
}  // namespace wafercast
