#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog.hpp"
#include "core/result.hpp"
#include "registry/model_set.hpp"
#include "validation/suite_report.hpp"

namespace wafercast {

/// What suites predict with. Expected values of a reference file are never among it.
struct ValidationInputs {
    const Catalog* catalog = nullptr;
    const ModelSet* models = nullptr;
    std::filesystem::path shipped;  ///< data folder: designs/ and validation/published_facts.csv
    /// Functional suites: a llama2.c checkpoint, the text, and a tokenizer (empty: the single
    /// tok*.bin beside the model).
    std::filesystem::path model, text, tokenizer;
    unsigned threads = 0;
    std::uint64_t seed = 1;
};

struct ValidationSuite {
    std::string_view name;
    std::string_view extension;  ///< of its file: ".csv" or ".json"
    bool built_in = false;       ///< a subset ships in data/validation/
    std::string_view what;       ///< one line
};

/// Every suite, in the order in which they run.
const std::vector<ValidationSuite>& validation_suites();

/// The suite that a file is for by its stem, a model's name in front of a functional suite's left
/// out; nullptr when there is none.
const ValidationSuite* suite_of_file(const std::filesystem::path& file);

const ValidationSuite* find_suite(std::string_view name);

/// Predicts every row that it can and compares. Problems of the file have their line.
Result<SuiteReport> run_validation(const ValidationSuite& suite, const std::filesystem::path& file,
                                   const ValidationInputs& inputs);

}  // namespace wafercast
