/// Reference tables of functional runs, predicted row by row: the functional suites of `validate`.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "functional/run.hpp"

namespace wafercast::functional {

/// One row of a reference table: column name to text.
using SuiteRow = std::map<std::string, std::string>;

/// One predicted figure of one row. Figures without noise have low = high = actual.
struct SuiteCase {
    std::size_t row = 0;  ///< 0-based data row
    std::string quantity;
    std::string group;
    double expected = 0.0;
    double actual = 0.0;
    double low = 0.0;
    double high = 0.0;
};

/// A row that is not predicted, and why. `excluded`: the reference itself leaves it out.
struct SuiteSkip {
    std::size_t row = 0;
    std::string reason;
    bool excluded = false;
};

struct SuiteOutcome {
    std::vector<SuiteCase> cases;
    std::vector<SuiteSkip> skipped;
};

/// What a suite runs on.
struct SuiteInputs {
    LoadedModel model;
    std::string text;      ///< for perplexity and quality
    unsigned threads = 0;  ///< never changes a figure
};

/// Names: functional_greedy, functional_logits, functional_perplexity, functional_quality_sweep.
[[nodiscard]] std::vector<std::string_view> suite_names();

/// The suite that a table's file stem belongs to ("stories260K_greedy_fp32" is functional_greedy),
/// or an empty text.
[[nodiscard]] std::string_view suite_of_stem(std::string_view stem);

/// Predicts every row that it can. Columns with expected values are read only to be compared:
///
/// - greedy: `prompt` -> n_prompt_tokens_incl_bos, min_top1_minus_top2_logit_gap,
///   position_of_min_gap, and token_ids as the count of leading tokens that agree
/// - logits: `prompt`, `position` -> logit0..logit7 after a greedy continuation
/// - perplexity: `engine`, `ctx`, `chunks`, `note` -> ppl; only rows of the strict reference
/// - quality sweep: `config` -> ppl, nll, mean_kl, max_kl, top1; fault and noise rows are excluded
///
/// Fails with `functional.unknown_suite`.
[[nodiscard]] Result<SuiteOutcome> run_suite(std::string_view suite,
                                             const std::vector<SuiteRow>& rows,
                                             const SuiteInputs& inputs);

}  // namespace wafercast::functional
