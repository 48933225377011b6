#pragma once

#include "validation/suites.hpp"

namespace wafercast {

/// `validation_core`: a JSON array of cases, each with an id, its inputs and what was published.
/// An id decides how a case is predicted; `expect` is read only to be compared. A case that asks
/// for a shipped accelerator runs its design with the case's inputs laid over it.
Result<SuiteReport> run_core_suite(const std::filesystem::path& file,
                                   const ValidationInputs& inputs);

}  // namespace wafercast
