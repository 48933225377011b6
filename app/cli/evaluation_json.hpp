#pragma once

#include <string>

#include "evaluate/evaluation.hpp"

namespace wafercast::cli {

/// The evaluation as `wafercast.evaluation/1` JSON. Numbers that do not exist (no workload, no
/// price known) are null, never NaN.
std::string evaluation_json(const Evaluation& evaluation);

}  // namespace wafercast::cli
