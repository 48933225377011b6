// Where bad input ends: each unknown or missing part is named, with what to do.
#include <functional>
#include <gtest/gtest.h>

#include "core/kernels/read_kernel_constants.hpp"
#include "evaluate/evaluate.hpp"
#include "kernels/catalog_device.hpp"
#include "performance/kernel_device.hpp"
#include "shipped.hpp"

namespace wafercast {
namespace {

struct Fault {
    const char* name;
    std::function<void(Design&)> edit;
    const char* code;
    const char* says;
};

Failures problems_of(const Design& design) {
    const auto out = resolve(design, shipped::catalog(), shipped::models());
    return out ? Failures{} : out.error();
}

class EveryFault : public testing::TestWithParam<Fault> {};

TEST_P(EveryFault, IsNamedOnceWithItsPlace) {
    Design design = shipped::design("h100-sxm");
    ASSERT_TRUE(problems_of(design).empty());
    GetParam().edit(design);
    const Failures failures = problems_of(design);
    int found = 0;
    for (const Failure& failure : failures) {
        if (failure.code.starts_with(GetParam().code) &&
            failure.message.find(GetParam().says) != std::string::npos) {
            ++found;
        }
    }
    EXPECT_EQ(found, 1) << (failures.empty() ? "no failure" : failures.front().message);
}

INSTANTIATE_TEST_SUITE_P(
    Resolve, EveryFault,
    testing::Values(
        Fault{"Process", [](Design& d) { d.dies[0].process = "n99"; }, "catalog.unknown_",
              "dies.gpu.process"},
        Fault{"YieldModel", [](Design& d) { d.dies[0].yield_model = "negative-binomal"; },
              "design.unknown_yield_model", "did you mean 'negative-binomial'"},
        Fault{"NoYieldModel", [](Design& d) { d.dies[0].yield_model.clear(); }, "design.missing",
              "dies.gpu.yield_model is missing"},
        Fault{"Test", [](Design& d) { d.dies[0].test = "nowhere"; }, "catalog.unknown_",
              "dies.gpu.test"},
        Fault{"Nre", [](Design& d) { d.dies[0].nre = "nowhere"; }, "catalog.unknown_",
              "dies.gpu.nre"},
        Fault{"BlockKind", [](Design& d) { d.blocks[2].kind = "hbm9-phy"; }, "catalog.unknown_",
              "blocks.hbm-phy.kind"},
        Fault{"HomelessBlock", [](Design& d) { d.dies[0].blocks.pop_back(); },
              "design.homeless_block", "uncore"},
        Fault{"SoldExceedsCount", [](Design& d) { d.blocks[0].sold = Setting::number(200.0); },
              "design.sold_exceeds_count", "blocks.sm.sold"},
        Fault{"Technology", [](Design& d) { d.package.technology = "cowos-x"; }, "catalog.unknown_",
              "package.technology"},
        Fault{"PackagedDie",
              [](Design& d) { d.package.dies.push_back({.die = "cpu", .count = {}, .on = {}}); },
              "design.unknown_die", "'cpu'"},
        Fault{"RepeatedDie", [](Design& d) { d.package.dies.push_back(d.package.dies[0]); },
              "design.repeated_die", "package.dies.gpu"},
        Fault{"UnusedDie", [](Design& d) { d.package.dies.clear(); }, "design.unused_die", "'gpu'"},
        Fault{"StackedOnNothing", [](Design& d) { d.package.dies[0].on = "base"; },
              "design.unknown_die", "'base'"},
        Fault{"Memory", [](Design& d) { d.package.memory[0].stack = "hbm9"; }, "catalog.unknown_",
              "package.memory.hbm.stack"},
        Fault{"Fabric", [](Design& d) { d.device.fabric = "nowhere"; }, "catalog.unknown_",
              "device.fabric"},
        Fault{"Family", [](Design& d) { d.device.family = "nowhere"; }, "catalog.unknown_",
              "device.family"},
        Fault{"Vendor", [](Design& d) { d.device.vendor = "nowhere"; }, "catalog.unknown_",
              "device.vendor"},
        Fault{"Price", [](Design& d) { d.device.price = Setting::catalog("nowhere"); },
              "catalog.unknown_", "device.price"},
        Fault{"NoClock", [](Design& d) { d.device.clock = {}; }, "design.missing",
              "device.clock is missing"},
        Fault{"Links", [](Design& d) { d.system->links = "nowhere"; }, "catalog.unknown_",
              "system.links"},
        Fault{"Server", [](Design& d) { d.system->server.clear(); }, "design.missing",
              "system.server is missing"},
        Fault{"Facility", [](Design& d) { d.system->facility = "nowhere"; }, "catalog.unknown_",
              "system.facility"},
        Fault{"NoHome", [](Design& d) { d.system.reset(); }, "design.missing", "system is missing"},
        Fault{"TwoHomes", [](Design& d) { d.edge = shipped::design("watch-npu").edge; },
              "design.two_homes", "edge"},
        Fault{"Model", [](Design& d) { d.workload->model = "llama-3.1-71b"; }, "catalog.unknown_",
              "workload.model"},
        Fault{"Format", [](Design& d) { d.workload->kv_format = "fp7"; }, "design.unknown_format",
              "workload.precision.kv"},
        Fault{"NoInput", [](Design& d) { d.workload->input_tokens = {}; }, "design.missing",
              "workload.input_tokens is missing"},
        Fault{"Batching", [](Design& d) { d.serving.batching = "dynamic"; },
              "design.unknown_batching", "one of "},
        Fault{"NoMapping", [](Design& d) { d.serving.mapping.clear(); }, "design.missing",
              "serving.mapping is missing"},
        Fault{"NoYear", [](Design& d) { d.scenario.year = {}; }, "design.missing",
              "scenario.year is missing"},
        Fault{"Perspective", [](Design& d) { d.scenario.perspective = "seller"; },
              "design.unknown_perspective", "'seller'"},
        Fault{"NoVolume", [](Design& d) { d.scenario.volume = {}; }, "design.missing",
              "scenario.volume is missing"},
        Fault{"RefreshWithoutVolume",
              [](Design& d) {
                  d.dies[0].nre.clear();
                  d.scenario.volume = {};
                  d.scenario.refresh_nre = Setting::number(1e6);
              },
              "design.missing", "scenario.volume is missing"},
        Fault{"NoUtilisation", [](Design& d) { d.scenario.utilisation = {}; }, "design.missing",
              "scenario.utilisation is missing"},
        Fault{"NoElectricity", [](Design& d) { d.scenario.electricity = {}; }, "design.missing",
              "USD/kWh"},
        Fault{"OwnerWithoutPrice",
              [](Design& d) {
                  d.device.price = {};
                  d.device.vendor.clear();
              },
              "design.missing", "device.price"},
        Fault{"RenterWithoutRental",
              [](Design& d) {
                  d.scenario.perspective = "renter";
                  d.device.rental = {};
                  d.device.price = Setting::number(3e4);
              },
              "design.missing", "device.rental"},
        Fault{"ApiWithoutPosting",
              [](Design& d) {
                  d.scenario.perspective = "api";
                  d.workload->model = "llama-2-7b";
              },
              "design.missing", "scenario.api"},
        Fault{"Net",
              [](Design& d) {
                  d.nets.push_back(
                      {.from = "sm", .to = "ghost", .bandwidth = Setting::number(1e12)});
              },
              "design.unknown_block", "'ghost'"},
        Fault{"RestWithoutOutline",
              [](Design& d) {
                  d.dies[0].width = {};
                  d.dies[0].height = {};
                  d.calibration.dies.clear();
              },
              "design.rest_without_outline", "blocks.uncore.area"}),
    [](const auto& which) { return std::string{which.param.name}; });

TEST(Resolve, ReportsEveryProblemAtOnce) {
    Design design = shipped::design("h100-sxm");
    design.dies[0].process = "n99";
    design.package.memory[0].stack = "hbm9";
    design.workload->model = "nobody";
    design.scenario.utilisation = {};
    EXPECT_GE(problems_of(design).size(), 4u);
}

TEST(Resolve, NamesTheNearestEntry) {
    Design design = shipped::design("h100-sxm");
    design.workload->model = "llama-3.1-71b";
    const Failures failures = problems_of(design);
    ASSERT_FALSE(failures.empty());
    EXPECT_NE(failures.front().message.find("llama-3.1-70b"), std::string::npos)
        << failures.front().message;
}

TEST(Resolve, TestModelThatNobodyProvides) {
    Catalog catalog = shipped::catalog();
    const CatalogEntry* found = catalog.find("tests", "gpu-sort-final");
    ASSERT_NE(found, nullptr);
    CatalogEntry entry = *found;
    entry.texts["model"] = "oracle";
    catalog.add(entry);
    const auto out = resolve(shipped::design("h100-sxm"), catalog, shipped::models());
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().front().code, "catalog.unknown_test_model");
}

TEST(Resolve, EntryWithoutAFieldThatIsNeeded) {
    Catalog catalog = shipped::catalog();
    CatalogEntry entry = *catalog.find("facilities", "us-datacenter");
    entry.numbers.erase("pue");
    catalog.add(entry);
    const auto out = resolve(shipped::design("h100-sxm"), catalog, shipped::models());
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().front().code, "catalog.missing_field");
    EXPECT_NE(out.error().front().message.find("'pue'"), std::string::npos);
}

TEST(Resolve, KernelConstantsFollowTheFamilyAndTheStack) {
    const auto constants = [](const shipped::Edits& edits) {
        return shipped::resolved(shipped::design("h100-sxm", edits))->device.kernels;
    };
    const auto& catalog = shipped::catalog();
    EXPECT_EQ(constants({}), *read_kernel_constants(catalog, "nvidia-hopper", ""));
    EXPECT_EQ(constants({{"serving.stack", "trtllm"}}),
              *read_kernel_constants(catalog, "nvidia-hopper", "trtllm"));
    EXPECT_NE(constants({{"serving.stack", "trtllm"}}), constants({}));
    // What no driver launches takes a share of the times of the family it is like.
    const KernelConstants generic = *read_kernel_constants(catalog, "generic", "");
    const KernelConstants groq = *read_kernel_constants(catalog, "groq-lpu", "");
    const double share =
        catalog.find("families", "groq-lpu")->number("fixed_time")->points[0].value;
    EXPECT_DOUBLE_EQ(groq.gemm.launch, share * generic.gemm.launch);
    EXPECT_DOUBLE_EQ(groq.gemm.rate, generic.gemm.rate);
}

TEST(Resolve, EverySectionOfKernelsHasAnErrorOfItsOwn) {
    const ResolvedDesign d = shipped::resolved("h100-sxm");
    for (std::size_t i = 0; i < kKernelSectionCount; ++i) {
        const ScalarOrigin& origin = d->origins[d->device.time_factor[i].index];
        EXPECT_EQ(origin.path,
                  "families.nvidia-hopper." + std::string{kKernelSectionNames[i]} + ".time_error");
        EXPECT_EQ(origin.value, 1.0);
        EXPECT_LT(origin.low, 1.0) << origin.path;
        EXPECT_GT(origin.high, 1.0) << origin.path;
    }
}

// The device that a shipped design's content makes is the one that its data sheet describes.
TEST(Resolve, ContentMakesTheDeviceOfTheDataSheet) {
    for (const char* name : {"a100-sxm", "h100-sxm", "h200-sxm", "b200-sxm"}) {
        SCOPED_TRACE(name);
        const ResolvedDesign d = shipped::resolved(name);
        const DeviceRating rating = evaluate(d, shipped::context()).device;
        const KernelDevice made =
            kernel_device(d, rating, network_of(d, rating), rating.tier_count - 1);
        const KernelDevice sheet = *catalog_device(shipped::catalog(), name);
        // Published figures of one device differ by so much between sheets.
        const auto near = [](double a, double b) { EXPECT_NEAR(a, b, 0.08 * b); };
        EXPECT_EQ(made.units, sheet.units);
        EXPECT_EQ(made.kind, sheet.kind);
        near(made.clock, sheet.clock);
        near(made.max_clock, sheet.max_clock);
        for (const auto format : {NumberFormat::kBf16, NumberFormat::kFp8, NumberFormat::kFp4}) {
            near(made.peak[index(format)], sheet.peak[index(format)] > 0.0
                                               ? sheet.peak[index(format)]
                                               : made.peak[index(format)]);
        }
        near(made.vector_rate, sheet.vector_rate);
        near(made.memory_bandwidth, sheet.memory_bandwidth);
        near(made.cache_bytes, sheet.cache_bytes);
        near(made.unit_bytes, sheet.unit_bytes);
        near(made.power_limit, sheet.power_limit);
        near(made.link_bandwidth, sheet.link_bandwidth);
        EXPECT_EQ(made.in_network_reduction, sheet.in_network_reduction);
        EXPECT_EQ(made.dies, sheet.dies);
        EXPECT_EQ(made.devices_per_server, sheet.devices_per_server);
    }
}

TEST(Resolve, ServerLifeOfTheServerComesBeforeTheFacilitys) {
    const ResolvedDesign d = shipped::resolved("h100-sxm");
    EXPECT_EQ(d->origins[d->system.server_life.index].path, "servers.hgx-h100.life");
    Catalog catalog = shipped::catalog();
    CatalogEntry entry = *catalog.find("servers", "hgx-h100");
    entry.numbers.erase("life");
    catalog.add(entry);
    const auto out = resolve(shipped::design("h100-sxm"), catalog, shipped::models());
    ASSERT_TRUE(out);
    EXPECT_EQ((*out)->origins[(*out)->system.server_life.index].path,
              "facilities.us-datacenter.server_life");
}

}  // namespace
}  // namespace wafercast
