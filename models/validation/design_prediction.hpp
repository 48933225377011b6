#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/evaluate.hpp"
#include "validation/suites.hpp"

namespace wafercast {

/// A value with its P10 and P90 over the draws of the design's uncertain inputs.
struct PredictedValue {
    double value = 0.0, low = 0.0, high = 0.0;
};

/// A shipped design, changed by what a reference row states, evaluated with its draws.
class DesignPrediction {
public:
    /// @param stem  of the design file, "h100-sxm" @param edits  as `--set` takes them
    static Result<DesignPrediction> make(
        const std::string& stem, const std::vector<std::pair<std::string, std::string>>& edits,
        const ValidationInputs& inputs);

    [[nodiscard]] const Metrics& metrics() const { return metrics_; }
    [[nodiscard]] PredictedValue read(const std::function<double(const Metrics&)>& figure) const;

private:
    Metrics metrics_;
    std::vector<Metrics> samples_;
};

}  // namespace wafercast
