#pragma once

#include <string>

#include "evaluate/evaluation.hpp"

namespace wafercast::cli {

/// The evaluation as a page of text: headline, chain, trees, what binds, sources of what matters.
std::string evaluation_report(const Evaluation& evaluation);

/// "tensor 8 x pipeline 1 (experts over 8, attention in 8 groups)"
std::string mapping_words(const Mapping& mapping);

/// One header line and one row of every metric.
std::string evaluation_csv(const Evaluation& evaluation);

}  // namespace wafercast::cli
