#pragma once

#include <string>

#include "validation/reference_table.hpp"
#include "validation/served_model.hpp"
#include "validation/suites.hpp"

namespace wafercast {

/// One run of LLM-Inference-Bench: a batch of equal prompts at once, all answers awaited.
struct BatchRun {
    std::size_t row = 0;
    std::string system, framework, model, format;
    double devices = 1.0, length = 0.0, batch = 1.0;
    std::string group;
};

/// What the run comes to.
struct BatchForecast {
    double latency = 0.0;     ///< [s]
    double throughput = 0.0;  ///< tokens of prompts and answers [1/s]
    double power = 0.0;       ///< of one device [W]
    std::string problem;
};

/// llama.cpp takes one sequence whatever its batch, which is how many tokens of the prompt it
/// evaluates at once; layers are spread over devices, and pieces of the prompt follow each other
/// through them. The others split every layer.
BatchForecast forecast_batch(const BatchRun& run, const StackedDevice& on,
                             const CatalogEntry& model);

/// The suites measured_llm_inference_bench (latency_s, throughput_tok_s) and
/// measured_llm_inference_bench_power (avg_power_W, J_per_token).
Result<SuiteReport> run_llm_inference_bench(const ReferenceTable& table,
                                            const ValidationInputs& inputs, bool power);

}  // namespace wafercast
