#include "core/kernels/latent_attention_constants.hpp"

#include <array>

#include "core/kernels/kernel_constants.hpp"

namespace wafercast {
namespace {

constexpr std::array kConstants{
    NamedConstant{"latent_attention.launch",
                  [](KernelConstants& k) -> double& { return k.latent_attention.launch; },
                  dimension::time, 0.2e-6, 50e-6, true, "time of one kernel of the chain"},
    NamedConstant{"latent_attention.prefill_kernels",
                  [](KernelConstants& k) -> double& { return k.latent_attention.prefill_kernels; },
                  dimension::none, 1.0, 20.0, false, "kernels in a prefill call"},
    NamedConstant{"latent_attention.decode_kernels",
                  [](KernelConstants& k) -> double& { return k.latent_attention.decode_kernels; },
                  dimension::none, 1.0, 20.0, false, "kernels in a decode call"},
    NamedConstant{"latent_attention.prefill_start",
                  [](KernelConstants& k) -> double& { return k.latent_attention.prefill_start; },
                  dimension::time, 0.05e-6, 50e-6, true,
                  "time of a tile of queries before and after its keys"},
    NamedConstant{"latent_attention.decode_start",
                  [](KernelConstants& k) -> double& { return k.latent_attention.decode_start; },
                  dimension::time, 0.05e-6, 50e-6, true,
                  "time of a sequence before and after its keys"},
    NamedConstant{"latent_attention.prefill_rate",
                  [](KernelConstants& k) -> double& { return k.latent_attention.prefill_rate; },
                  dimension::none, 0.01, 1.0, true,
                  "share of the peak rate while multiplying in prefill"},
    NamedConstant{"latent_attention.decode_rate",
                  [](KernelConstants& k) -> double& { return k.latent_attention.decode_rate; },
                  dimension::none, 0.01, 1.0, true,
                  "share of the peak rate while multiplying in decode"},
    NamedConstant{
        "latent_attention.decode_narrow_gain",
        [](KernelConstants& k) -> double& { return k.latent_attention.decode_narrow_gain; },
        dimension::none, 0.0, 1.0, false, "share of a narrower path's gain seen in decode"},
    NamedConstant{"latent_attention.exponentials",
                  [](KernelConstants& k) -> double& { return k.latent_attention.exponentials; },
                  dimension::none, 0.1, 4096.0, false, "exponentials per unit and cycle"},
    NamedConstant{
        "latent_attention.softmax_operations",
        [](KernelConstants& k) -> double& { return k.latent_attention.softmax_operations; },
        dimension::none, 0.5, 100.0, true, "operations of the vector lanes per score"},
    NamedConstant{"latent_attention.overlap",
                  [](KernelConstants& k) -> double& { return k.latent_attention.overlap; },
                  dimension::none, 0.0, 1.0, false,
                  "share of softmax that overlaps with multiplying"},
    NamedConstant{"latent_attention.prefill_memory",
                  [](KernelConstants& k) -> double& { return k.latent_attention.prefill_memory; },
                  dimension::none, 0.01, 1.0, true,
                  "achievable share of the memory bandwidth in prefill"},
    NamedConstant{"latent_attention.decode_memory",
                  [](KernelConstants& k) -> double& { return k.latent_attention.decode_memory; },
                  dimension::none, 0.01, 1.0, true,
                  "achievable share of the memory bandwidth in decode"},
    NamedConstant{"latent_attention.prefill_rows",
                  [](KernelConstants& k) -> double& { return k.latent_attention.prefill_rows; },
                  dimension::none, 1.0, 4096.0, false, "queries of a tile in prefill"},
    NamedConstant{"latent_attention.prefill_keys",
                  [](KernelConstants& k) -> double& { return k.latent_attention.prefill_keys; },
                  dimension::none, 1.0, 4096.0, false, "keys of a tile in prefill"},
    NamedConstant{"latent_attention.decode_rows",
                  [](KernelConstants& k) -> double& { return k.latent_attention.decode_rows; },
                  dimension::none, 1.0, 4096.0, false, "heads times queries of a tile in decode"},
    NamedConstant{"latent_attention.decode_keys",
                  [](KernelConstants& k) -> double& { return k.latent_attention.decode_keys; },
                  dimension::none, 1.0, 4096.0, false, "keys of a tile in decode"},
    NamedConstant{"latent_attention.most_splits",
                  [](KernelConstants& k) -> double& { return k.latent_attention.most_splits; },
                  dimension::none, 1.0, 1e6, false,
                  "parts that the keys of a sequence are split in at most"},
    NamedConstant{"latent_attention.join",
                  [](KernelConstants& k) -> double& { return k.latent_attention.join; },
                  dimension::time, 0.0, 50e-6, true, "time per doubling of the parts"},
    NamedConstant{"latent_attention.crowding",
                  [](KernelConstants& k) -> double& { return k.latent_attention.crowding; },
                  dimension::none, 1.0, 4.0, true, "slowdown of a unit by busy neighbours"},
    NamedConstant{"latent_attention.imbalance",
                  [](KernelConstants& k) -> double& { return k.latent_attention.imbalance; },
                  dimension::none, 1.0, 16.0, true,
                  "exponent that joins the mean and the longest load"},
    NamedConstant{
        "latent_attention.spread.launch_low",
        [](KernelConstants& k) -> double& { return k.latent_attention.spread.launch_low; },
        dimension::none, 0.05, 20.0, false, "P10 of measured over predicted, launch-bound"},
    NamedConstant{
        "latent_attention.spread.launch_high",
        [](KernelConstants& k) -> double& { return k.latent_attention.spread.launch_high; },
        dimension::none, 0.05, 20.0, false, "P90 of measured over predicted, launch-bound"},
    NamedConstant{
        "latent_attention.spread.memory_low",
        [](KernelConstants& k) -> double& { return k.latent_attention.spread.memory_low; },
        dimension::none, 0.05, 20.0, false, "P10 of measured over predicted, memory-bound"},
    NamedConstant{
        "latent_attention.spread.memory_high",
        [](KernelConstants& k) -> double& { return k.latent_attention.spread.memory_high; },
        dimension::none, 0.05, 20.0, false, "P90 of measured over predicted, memory-bound"},
    NamedConstant{
        "latent_attention.spread.compute_low",
        [](KernelConstants& k) -> double& { return k.latent_attention.spread.compute_low; },
        dimension::none, 0.05, 20.0, false, "P10 of measured over predicted, compute-bound"},
    NamedConstant{
        "latent_attention.spread.compute_high",
        [](KernelConstants& k) -> double& { return k.latent_attention.spread.compute_high; },
        dimension::none, 0.05, 20.0, false, "P90 of measured over predicted, compute-bound"},
};

}  // namespace

std::span<const NamedConstant> latent_attention_constants() { return kConstants; }

}  // namespace wafercast
