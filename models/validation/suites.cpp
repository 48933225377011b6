#include "validation/suites.hpp"

#include <algorithm>

#include "functional/suites.hpp"
#include "validation/core_suite.hpp"
#include "validation/inferencex_rows.hpp"
#include "validation/kernel_suite.hpp"
#include "validation/llm_inference_bench.hpp"
#include "validation/table_suites.hpp"
#include "validation/validation_perf.hpp"

namespace wafercast {

const std::vector<ValidationSuite>& validation_suites() {
    static const std::vector<ValidationSuite> suites{
        {"yield_models", ".csv", true, "yield of a die by model, against a public calculator"},
        {"dieperwafer_reticle_maps", ".csv", true, "placed dies and shots, against the same"},
        {"validation_core", ".json", true, "published outcomes from silicon to $/Mtok"},
        {"measured_gemm", ".csv", false, "matrix multiplications on accelerators"},
        {"measured_gemm_trtllm", ".csv", false, "the same under TensorRT-LLM"},
        {"measured_attention_decode", ".csv", true, "attention of decode steps"},
        {"measured_attention_prefill", ".csv", true, "attention of prefill"},
        {"measured_mla_decode", ".csv", true, "latent attention of decode steps"},
        {"measured_mla_prefill", ".csv", true, "latent attention of prefill"},
        {"measured_moe", ".csv", false, "routed experts"},
        {"measured_collectives", ".csv", true, "collectives between accelerators"},
        {"measured_llmcompass_ops", ".csv", true, "operators that LLMCompass was checked on"},
        {"measured_inferencex_e2e", ".csv", true, "serving points: first token, time a token"},
        {"measured_llm_inference_bench", ".csv", true, "batches on four serving frameworks"},
        {"measured_llm_inference_bench_power", ".csv", false, "power and energy of such batches"},
        {"validation_perf", ".csv", false, "published throughput and latency of systems"},
        {"functional_greedy", ".csv", false, "greedy tokens in strict fp32"},
        {"functional_logits", ".csv", false, "logits in strict fp32"},
        {"functional_perplexity", ".csv", false, "perplexity of a text"},
        {"functional_quality_sweep", ".csv", false, "quality in narrow number formats"},
        {"functional_fault_seed_spread", ".csv", false, "quality under injected faults"},
    };
    return suites;
}

const ValidationSuite* find_suite(std::string_view name) {
    const auto& suites = validation_suites();
    const auto found = std::find_if(suites.begin(), suites.end(), [&](const ValidationSuite& s) {
        return s.name == lower(name);
    });
    return found == suites.end() ? nullptr : &*found;
}

const ValidationSuite* suite_of_file(const std::filesystem::path& file) {
    std::string stem = file.stem().string();
    if (const ValidationSuite* suite = find_suite(stem)) {
        return suite;
    }
    if (stem.ends_with("fault_seed_spread")) {
        return find_suite("functional_fault_seed_spread");
    }
    return find_suite(functional::suite_of_stem(stem));
}

Result<SuiteReport> run_validation(const ValidationSuite& suite, const std::filesystem::path& file,
                                   const ValidationInputs& inputs) {
    const auto run = [&]() -> Result<SuiteReport> {
        if (suite.name == "validation_core") {
            return run_core_suite(file, inputs);
        }
        Failures ragged;
        const auto table = read_reference_table(file, &ragged);
        if (!table) {
            return table.error();
        }
        if (!ragged.empty()) {
            const ReadKernelRows read = kernel_rows_reader(suite.name);
            const auto rows = read == nullptr ? Result<KernelRows>{KernelRows{}} : read(*table);
            return with_ragged(std::move(ragged), rows ? Failures{} : rows.error());
        }
        if (suite.name == "yield_models") {
            return run_yield_models(*table, inputs);
        }
        if (suite.name == "dieperwafer_reticle_maps") {
            return run_reticle_maps(*table, inputs);
        }
        if (suite.name == "measured_inferencex_e2e") {
            return run_inferencex_suite(*table, inputs);
        }
        if (suite.name == "measured_llm_inference_bench") {
            return run_llm_inference_bench(*table, inputs, false);
        }
        if (suite.name == "measured_llm_inference_bench_power") {
            return run_llm_inference_bench(*table, inputs, true);
        }
        if (suite.name == "validation_perf") {
            return run_validation_perf(*table, inputs);
        }
        if (kernel_rows_reader(suite.name) != nullptr) {
            return run_kernel_suite(suite.name, *table, inputs);
        }
        return run_functional_suite(suite.name, *table, inputs);
    };
    auto report = run();
    if (report) {
        report->suite = suite.name;
        report->file = file.string();
    }
    return report;
}

}  // namespace wafercast
