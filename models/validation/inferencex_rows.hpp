#pragma once

#include <optional>
#include <string>

#include "validation/reference_table.hpp"
#include "validation/served_model.hpp"
#include "validation/suites.hpp"

namespace wafercast {

/// One measured serving point: a model on devices of one kind under a stack, a fixed number of
/// clients, prompts and answers of about one length.
struct ServingPoint {
    std::size_t row = 0;
    std::string system, stack, model, linear, experts;
    double input = 0.0, output = 0.0;  ///< [token]
    bool varied = false;               ///< lengths are drawn from 80 % of these to all
    double concurrency = 0.0;
    Sharding sharding;  ///< together, or of prefill engines
    int prefill_engines = 0, decode_engines = 1;
    Sharding decode_sharding;
    bool engines_stated = true;     ///< with pools: how many engines there are
    double ttft = 0.0, tpot = 0.0;  ///< measured [s]
    std::string group;
    /// The engine's settings: a benchmark's own, or what an engine starts with.
    [[nodiscard]] std::string engine() const { return varied ? stack : stack + "-stock"; }
};

struct ServingPoints {
    std::vector<ServingPoint> points;
    std::vector<SkippedRow> skipped, excluded;
};

/// Rows of measured_inferencex_e2e.
Result<ServingPoints> read_serving_points(const ReferenceTable& table, const Catalog& catalog);

/// The devices behind a row's widths. Where the file writes the product of tensor and expert widths
/// of one group of devices into a cell, the group is meant.
struct StatedWidths {
    double tensor = 1.0, data = 1.0, expert_tensor = 1.0, expert = 1.0;
};
Sharding stated_sharding(StatedWidths widths);

/// The device of a point with its engine's constants; the stack's where the engine has none.
StackedDevice& device_of(StackedDevices& devices, const Catalog& catalog,
                         const ServingPoint& point);

/// A point whose row says nothing of the number of its engines, completed as operators would:
/// attention split by heads or by sequences, whichever is faster; as many decode engines as bring a
/// token within kTokenTime; as many prefill engines as keep up with them.
ServingPoint with_engines(ServingPoint point, const StackedDevice& on, const CatalogEntry& model);
inline constexpr double kTokenTime = 0.06;  ///< [s]

/// What serving a point comes to.
struct ServingForecast {
    double ttft = 0.0, tpot = 0.0;  ///< mean [s]
    std::string problem;            ///< why there is none
};

/// Steps of a point's engine or engines.
class PointModel : public StepCost {
public:
    PointModel(const ServingPoint& point, const StackedDevice& on, const CatalogEntry& model);
    [[nodiscard]] StepTime time(const StepLoad& load) const override;
    [[nodiscard]] const ServedModel& decode() const { return decode_ ? *decode_ : together_; }
    [[nodiscard]] const ServedModel& prefill() const { return together_; }

private:
    ServedModel together_;
    std::optional<ServedModel> decode_;
};

/// Runs the clients in the simulator, from their common start to the last answer.
ServingForecast forecast_point(const ServingPoint& point, const PointModel& model);

/// The suite measured_inferencex_e2e: quantities ttft and tpot.
Result<SuiteReport> run_inferencex_suite(const ReferenceTable& table,
                                         const ValidationInputs& inputs);

}  // namespace wafercast
