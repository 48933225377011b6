// What must hold of the designs that ship: they are the devices they name.
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <set>

#include "../engine/evaluate/shipped.hpp"
#include "core/transformer.hpp"

namespace wafercast {
namespace {

Sourced<double> published(const std::string& device, const char* field) {
    const CatalogEntry* entry = shipped::catalog().find("accelerators", device);
    EXPECT_NE(entry, nullptr) << device;
    const SourcedNumber* number = entry == nullptr ? nullptr : entry->number(field);
    return number == nullptr ? Sourced<double>{} : number->points.back();
}

struct Device {
    const char* design;
    const char* accelerator;
};

class EveryDevice : public testing::TestWithParam<Device> {};

/// What follows from content is what the vendor publishes, within 2 % of its range.
TEST_P(EveryDevice, HasItsPublishedRates) {
    const auto [name, device] = GetParam();
    const Evaluation e = shipped::explained(name);
    const DeviceRating& rating = e.metrics.device;
    int compared = 0;
    const auto near = [&](double ours, const char* field) {
        const Sourced<double> theirs = published(device, field);
        if (theirs.value > 0.0) {
            EXPECT_GE(ours, 0.98 * theirs.low) << field;
            EXPECT_LE(ours, 1.02 * theirs.high) << field;
            ++compared;
        }
    };
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        if (rating.peak[f] > 0.0) {
            near(rating.peak[f], ("peak." + std::string{kNumberFormatNames[f]}).c_str());
        }
    }
    near(rating.power, "tdp");
    near(rating.link_bytes_per_s, "link_bandwidth");
    if (e.die_names.size() == 1) {
        near(e.metrics.layout.dies[0].area, "die_area");
        near(e.die_counts[0], "compute_dies");
    }
    const MemoryTier& nearest = rating.tiers[0];
    if (nearest.kind == MemoryTier::Kind::kStack) {
        near(rating.memory_bytes_per_s, "memory_bandwidth");
        near(rating.compute_units, "compute_units");
        // A vendor's GB of stacked memory is a GiB, and part of the stacks may be kept back: 3 of
        // 144 on H200, 12 of 192 on B200.
        const double sold = published(device, "memory_capacity").value * (1073741824.0 / 1e9);
        EXPECT_GE(rating.memory_bytes, 0.98 * sold);
        EXPECT_LE(rating.memory_bytes, 1.07 * sold);
    } else if (nearest.kind == MemoryTier::Kind::kSram) {
        near(rating.memory_bytes, "memory_capacity");
        near(rating.memory_bytes_per_s, "memory_bandwidth");
    }
    EXPECT_GE(compared, 4);
}

INSTANTIATE_TEST_SUITE_P(
    Shipped, EveryDevice,
    testing::Values(Device{"a100-sxm", "a100-sxm"}, Device{"h100-sxm", "h100-sxm"},
                    Device{"h200-sxm", "h200-sxm"}, Device{"b200-sxm", "b200-sxm"},
                    Device{"mi300x", "mi300x"}, Device{"groq-lpu", "groq-lpu-v1"},
                    Device{"cerebras-wse-3", "wse-3"}, Device{"taalas-hc1", "taalas-hc1"}),
    [](const auto& which) {
        std::string name = which.param.design;
        std::erase(name, '-');
        return name;
    });

TEST(ShippedDesigns, MeasuredDevicesAreNotLabelledAndProbesAre) {
    for (const std::string& name : shipped::design_names()) {
        const Design design = shipped::design(name);
        const bool probe = name == "groq-lpu" || name == "cerebras-wse-3" || name == "taalas-hc1" ||
                           name == "watch-npu";
        const bool made_up = name.starts_with("quad");
        EXPECT_EQ(design.status, probe ? "unvalidated" : made_up ? "made up" : "") << name;
    }
}

TEST(ShippedDesigns, TheSameDeviceServesBothModels) {
    for (const char* name : {"a100-sxm", "h100-sxm", "h200-sxm", "b200-sxm", "mi300x"}) {
        const Design first = shipped::design(name);
        Design second = shipped::design(std::string{name} + "-llama-2-70b");
        ASSERT_TRUE(second.workload);
        EXPECT_EQ(second.workload->model, "llama-2-70b");
        second.title = first.title;
        second.workload->model = first.workload->model;
        EXPECT_EQ(first, second) << name;
    }
}

TEST(ShippedDesigns, PeersOfTheQuadHaveEqualContent) {
    const Metrics four = shipped::explained("quad").metrics;
    const Metrics one = shipped::explained("quad-monolith").metrics;
    EXPECT_EQ(four.device.peak, one.device.peak);
    EXPECT_DOUBLE_EQ(four.device.memory_bytes, one.device.memory_bytes);
}

TEST(ShippedCatalogModels, ParametersFromTheShapeMatchThePublishedCount) {
    int checked = 0;
    for (const CatalogEntry* entry : shipped::catalog().entries("models")) {
        const SourcedNumber* total = entry->number("total_parameters");
        ASSERT_NE(total, nullptr) << entry->id;
        Design design = shipped::design("h100-sxm");
        design.workload->model = entry->id;
        const auto resolved = resolve(design, shipped::catalog(), shipped::models());
        ASSERT_TRUE(resolved) << entry->id << ": " << resolved.error().front().message;
        const ParameterCount count = count_parameters((*resolved)->workload.model);
        const double error = count.total / total->points.back().value - 1.0;
        EXPECT_LT(std::abs(error), 0.03) << entry->id << " " << error * 100.0 << " %";
        ++checked;
    }
    EXPECT_GE(checked, 47);
}

TEST(References, HaveEverySourceThatModelsCite) {
    std::ifstream file{shipped::source() / "docs" / "references.bib"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::set<std::string> keys;
    const std::regex entry{R"(@\w+\{([^,\s]+))"};
    for (auto it = std::sregex_iterator{text.begin(), text.end(), entry};
         it != std::sregex_iterator{}; ++it) {
        keys.insert((*it)[1]);
    }
    ASSERT_GT(keys.size(), 20u);
    const auto check = [&](const auto& registry) {
        EXPECT_FALSE(registry.all().empty());
        for (const auto* model : registry.all()) {
            EXPECT_TRUE(keys.contains(std::string{model->citation}))
                << model->id << " cites '" << model->citation << "'";
        }
    };
    check(shipped::models().yield);
    check(shipped::models().test);
    check(shipped::models().package);
    check(shipped::models().batching);
}

/// `@cite key` of headers and of docs.
TEST(References, HaveEverySourceThatCommentsAndDocsCite) {
    std::ifstream file{shipped::source() / "docs" / "references.bib"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const std::regex cite{R"(@cite\s+([A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]))"};
    int found = 0;
    for (const char* folder : {"engine", "models", "docs"}) {
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator{shipped::source() / folder}) {
            const auto extension = entry.path().extension();
            if (extension != ".hpp" && extension != ".md") {
                continue;
            }
            std::ifstream in{entry.path()};
            const std::string words{std::istreambuf_iterator<char>{in}, {}};
            for (auto it = std::sregex_iterator{words.begin(), words.end(), cite};
                 it != std::sregex_iterator{}; ++it) {
                EXPECT_NE(text.find("{" + (*it)[1].str() + ","), std::string::npos)
                    << entry.path() << " cites '" << (*it)[1] << "'";
                ++found;
            }
        }
    }
    EXPECT_GT(found, 10);
}

}  // namespace
}  // namespace wafercast
