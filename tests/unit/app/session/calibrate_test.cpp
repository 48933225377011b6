#include "session/calibrate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

#include "kernels/catalog_device.hpp"
#include "kernels/collective.hpp"
#include "math/math.hpp"
#include "reader/read_catalog.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;

/// A session over the shipped catalog, and a folder of the test's own.
class Calibrate : public testing::Test {
protected:
    void SetUp() override {
        auto opened = Session::open({.catalog_overlays = {}, .user_overlay = false});
        ASSERT_TRUE(opened) << opened.error().front().message;
        session_ = std::move(*opened);
        folder_ = fs::path{testing::TempDir()} /
                  ("wafercast-calibrate-" +
                   std::string{testing::UnitTest::GetInstance()->current_test_info()->name()});
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    /// Hopper constants of a card whose host is half as fast again and whose exchange is slower.
    static KernelConstants truth(const Session& session) {
        auto constants = read_kernel_constants(*session.catalog(), "nvidia-hopper", "nccl");
        EXPECT_TRUE(constants);
        CollectiveConstants& c = constants->collective;
        c.launch *= 1.5;
        c.word_hop *= 1.3;
        c.pair_rate *= 0.85;
        return *constants;
    }

    /// Rows of that card on an H100's data sheet, with `noise` about the truth.
    fs::path rows(double noise, const std::string& extra = {}) const {
        constexpr std::array<std::pair<const char*, CollectiveKind>, 4> operations{
            {{"all_reduce", CollectiveKind::kAllReduce},
             {"all_gather", CollectiveKind::kAllGather},
             {"reduce_scatter", CollectiveKind::kReduceScatter},
             {"alltoall", CollectiveKind::kAllToAll}}};
        const KernelConstants constants = truth(*session_);
        auto device = catalog_device(*session_->catalog(), "h100-sxm");
        EXPECT_TRUE(device);
        device->constants = &constants;
        const fs::path path = folder_ / "measured_collectives.csv";
        std::ofstream out{path};
        out.precision(12);
        out << "system,backend,op_name,kernel_source,nccl_dtype,num_gpus,message_size_elements,"
               "latency_ms\n";
        std::uint64_t draw = 0;
        for (const auto& [name, kind] : operations) {
            for (const double ranks : {2.0, 4.0, 8.0}) {
                for (double elements = 512.0; elements < 3e8; elements *= 8.0) {
                    const double seconds =
                        collective_time(*device,
                                        {.kind = kind, .ranks = ranks, .bytes = 2.0 * elements})
                            .seconds;
                    out << "h100_sxm,nccl/2.27," << name << ",NCCL,half," << ranks << ','
                        << elements << ','
                        << seconds * 1e3 * (1.0 + noise * (2.0 * math::uniform(7, draw++) - 1.0))
                        << '\n';
                }
            }
        }
        out << extra;
        return path;
    }

    static double after(const KernelCalibration& found, const std::string& path) {
        for (const CalibratedConstant& constant : found.constants) {
            if (constant.path == path) {
                return constant.after;
            }
        }
        ADD_FAILURE() << "no constant " << path;
        return NAN;
    }

    std::unique_ptr<Session> session_;
    fs::path folder_;
};

TEST_F(Calibrate, RecoversTheConstantsThatRowsWereMadeWith) {
    const auto found = calibrate(*session_, {.data = rows(0.02), .threads = 2});
    ASSERT_TRUE(found) << found.error().front().message;
    const CollectiveConstants truly = truth(*session_).collective;
    EXPECT_NEAR(after(*found, "collective.launch") / truly.launch, 1.0, 0.03);
    EXPECT_NEAR(after(*found, "collective.word_hop") / truly.word_hop, 1.0, 0.05);
    EXPECT_NEAR(after(*found, "collective.pair_rate") / truly.pair_rate, 1.0, 0.03);
    EXPECT_NEAR(after(*found, "collective.block_rate") / truly.block_rate, 1.0, 0.03);
    EXPECT_GT(found->all.before, 0.10);
    EXPECT_LT(found->all.after, 0.015);
    EXPECT_LT(found->all.held_out, 0.02);
    EXPECT_GE(found->all.held_out, found->all.after);
    EXPECT_TRUE(found->cross_validated);
    // Noise of 2 % about the truth is what is left of the spread.
    EXPECT_GT(found->spread.launch_low, 0.96);
    EXPECT_LT(found->spread.launch_high, 1.04);
    EXPECT_EQ(found->like, "nvidia-hopper");
    EXPECT_EQ(found->family, "nvidia-hopper-calibrated");
}

TEST_F(Calibrate, LeavesAloneWhatNoRowAnswersTo) {
    const auto found = calibrate(*session_, {.data = rows(0.0), .folds = 0});
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->cross_validated);
    EXPECT_TRUE(std::isnan(found->all.held_out));
    for (const CalibratedConstant& constant : found->constants) {
        EXPECT_TRUE(constant.path.find("collective.") != std::string::npos) << constant.path;
        EXPECT_LT(constant.low, constant.after);
        EXPECT_GT(constant.high, constant.after);
    }
    const auto none = std::none_of(
        found->constants.begin(), found->constants.end(),
        [](const CalibratedConstant& c) { return c.path == "collective.direct_rate"; });
    EXPECT_TRUE(none);  // no row of a custom all-reduce
}

TEST_F(Calibrate, SameRowsGiveTheSameTextOnAnyNumberOfThreads) {
    const fs::path data = rows(0.02);
    const auto one = calibrate(*session_, {.data = data, .folds = 3, .threads = 1});
    const auto four = calibrate(*session_, {.data = data, .folds = 3, .threads = 4});
    ASSERT_TRUE(one);
    ASSERT_TRUE(four);
    EXPECT_EQ(one->overlay, four->overlay);
}

TEST_F(Calibrate, OneMeasuredLaunchMovesEveryLatencyAlike) {
    const fs::path data = folder_ / "measured_collectives.csv";
    auto base = read_kernel_constants(*session_->catalog(), "nvidia-hopper", "nccl");
    auto device = catalog_device(*session_->catalog(), "h100-sxm");
    device->constants = &*base;
    const CollectiveShape shape{.kind = CollectiveKind::kAllReduce, .ranks = 2, .bytes = 512};
    std::ofstream{data} << "backend,op_name,kernel_source,nccl_dtype,num_gpus,"
                           "message_size_elements,latency_ms\n"
                        << "nccl/2.27,all_reduce,NCCL,half,2,256,"
                        << 1.6e3 * collective_time(*device, shape).seconds << '\n';
    const auto found =
        calibrate(*session_, {.data = data, .device = "h100-sxm", .launch_only = true, .seed = 3});
    ASSERT_TRUE(found) << found.error().front().message;
    EXPECT_LT(found->all.after, 0.02);
    for (const CalibratedConstant& constant : found->constants) {
        EXPECT_EQ(constant.dimension, dimension::time) << constant.path;
        EXPECT_NEAR(constant.after / constant.before, 1.55, 0.12) << constant.path;
    }
    // Stacks that were not measured follow: their kernels start on the same host.
    const auto entries = read_catalog_text(found->overlay, "overlay", "");
    ASSERT_TRUE(entries);
    Catalog with = *session_->catalog();
    for (const CatalogEntry& entry : *entries) {
        with.add(entry);
    }
    const auto before = read_kernel_constants(with, "nvidia-hopper", "vllm");
    const auto now = read_kernel_constants(with, found->family, "vllm");
    ASSERT_TRUE(now);
    EXPECT_NEAR(now->collective.direct_launch / before->collective.direct_launch, 1.55, 0.12);
    EXPECT_DOUBLE_EQ(now->collective.block_rate, before->collective.block_rate);
    EXPECT_EQ(with.find("accelerators", "h100-sxm")->text("family"), found->family);
}

TEST_F(Calibrate, EveryProblemIsNamedWithItsPlace) {
    const fs::path data = rows(0.0,
                               "warp9,nccl/2.27,all_reduce,NCCL,half,2,256,0.01\n"
                               "h100_sxm,nccl/2.27,all_reduce,NCCL,half,2,256,-1\n");
    const auto found = calibrate(*session_, {.data = data, .family = "generic", .like = "no-such"});
    ASSERT_FALSE(found);
    std::string all;
    for (const Failure& failure : found.error()) {
        all += failure.where.file + ":" + std::to_string(failure.where.line) + ": " +
               failure.message + "\n";
    }
    EXPECT_NE(all.find("warp9"), std::string::npos) << all;
    EXPECT_NE(all.find("measured_collectives.csv:"), std::string::npos) << all;
    EXPECT_NE(all.find("above zero"), std::string::npos) << all;
    EXPECT_NE(all.find("no-such"), std::string::npos) << all;
    EXPECT_NE(all.find("'generic' is in the catalog"), std::string::npos) << all;
}

TEST_F(Calibrate, StopsWithoutAResult) {
    const auto found =
        calibrate(*session_, {.data = rows(0.02), .threads = 2, .stop = [] { return true; }});
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->stopped);
    EXPECT_TRUE(found->overlay.empty());
}

}  // namespace
}  // namespace wafercast
