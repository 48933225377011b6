#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string>

#include "kernels/collective.hpp"
#include "kernels/gemm.hpp"
#include "kernels/pointwise.hpp"
#include "validation/kernel_suite.hpp"

namespace wafercast {
namespace {

using Predict = std::function<KernelTime(const KernelDevice&)>;

/// The rows' stack: operators that the host issues one at a time, and waits for.
constexpr std::string_view kStack = "llmcompass";

/// "M=64;N=12288" and "decode b=8 kv=3072" as numbers by name; a word without '=' is a name of 1.
std::map<std::string, double> numbers_of(const std::string& shape) {
    std::map<std::string, double> numbers;
    std::size_t at = 0;
    while (at < shape.size()) {
        const std::size_t end = std::min(shape.find_first_of("; ", at), shape.size());
        const std::size_t equals = shape.find('=', at);
        double value = 1.0;
        std::size_t name_end = end;
        if (equals < end) {
            std::from_chars(shape.data() + equals + 1, shape.data() + end, value);
            name_end = equals;
        }
        if (name_end > at) {
            numbers[shape.substr(at, name_end - at)] = value;
        }
        at = end + 1;
    }
    return numbers;
}

/// What an operator does, for rows that state a rate and not a time.
struct Amount {
    double flops = 0.0, bytes = 0.0, elements = 0.0;
};

struct Operation {
    Predict predict;
    Amount amount;
};

/// Kernels one after the other.
void add(KernelTime& sum, const KernelTime& part) {
    sum.seconds += part.seconds;
    sum.launch += part.launch;
    sum.compute += part.compute;
    sum.memory += part.memory;
    sum.bytes += part.bytes;
    sum.flops += part.flops;
}

Operation matmul(double batches, double m, double n, double k, NumberFormat format) {
    const GemmShape shape{.m = m,
                          .n = n,
                          .k = k,
                          .weights = format,
                          .inputs = format,
                          .batches = batches,
                          .weights_cold = false};
    return {[shape](const KernelDevice& device) {
                KernelTime time = gemm_time(device, shape);
                const double call = device.constants->pointwise.matmul_call;
                time.seconds += call;
                time.launch += call;
                return time;
            },
            {.flops = 2.0 * batches * m * n * k}};
}

Operation pointwise(PointwiseKind kind, double rows, double width, NumberFormat format) {
    const PointwiseShape shape{.kind = kind,
                               .rows = rows,
                               .width = width,
                               .bytes_in = bytes_per_element(format),
                               .bytes_out = bytes_per_element(format)};
    return {[shape](const KernelDevice& device) { return pointwise_time(device, shape); },
            {.bytes = rows * width * (shape.bytes_in + shape.bytes_out), .elements = rows * width}};
}

Operation all_reduce(double bytes, double ranks) {
    const CollectiveShape shape{.kind = CollectiveKind::kAllReduce, .ranks = ranks, .bytes = bytes};
    return {[shape](const KernelDevice& device) { return collective_time(device, shape); },
            {.bytes = bytes}};
}

/// Operators of a GPT-3 layer: d wide, h heads, split over TP devices; `s` new tokens of each of
/// `b` sequences, or one behind `kv` tokens.
std::map<std::string, Operation> layer_of(std::map<std::string, double>& shape,
                                          NumberFormat format) {
    const bool decode = shape.contains("decode");
    const double sequences = shape["b"], wide = shape["d"], devices = shape["TP"];
    const double heads = shape["h"] / devices, depth = wide / shape["h"];
    const double queries = decode ? 1.0 : shape["s"], keys = decode ? shape["kv"] : shape["s"];
    const double tokens = sequences * queries, share = wide / devices;
    const double pairs = sequences * heads;
    const double bytes = tokens * wide * bytes_per_element(format);
    return {
        {"Q_proj", matmul(1.0, tokens, share, wide, format)},
        {"K_proj", matmul(1.0, tokens, share, wide, format)},
        {"V_proj", matmul(1.0, tokens, share, wide, format)},
        {"Q_mul_K", matmul(pairs, queries, keys, depth, format)},
        {"A_mul_V", matmul(pairs, queries, depth, keys, format)},
        {"Wo_proj", matmul(1.0, tokens, wide, share, format)},
        {"W1_proj", matmul(1.0, tokens, 4.0 * share, wide, format)},
        {"W2_proj", matmul(1.0, tokens, wide, 4.0 * share, format)},
        {"Softmax", pointwise(PointwiseKind::kSoftmax, pairs * queries, keys, format)},
        {"LayerNorm_MHA", pointwise(PointwiseKind::kNorm, tokens, wide, format)},
        {"LayerNorm_FFN", pointwise(PointwiseKind::kNorm, tokens, wide, format)},
        {"GeLU", pointwise(PointwiseKind::kActivation, tokens, 4.0 * share, format)},
        {"AllReduce_MHA", all_reduce(bytes, devices)},
        {"AllReduce_FFN", all_reduce(bytes, devices)},
    };
}

std::optional<Operation> layer_operation(const std::string& part,
                                         std::map<std::string, double>& shape,
                                         NumberFormat format) {
    auto layer = layer_of(shape, format);
    if (part == "TOTAL") {
        return Operation{[layer](const KernelDevice& device) {
                             KernelTime sum;
                             for (const auto& [name, operation] : layer) {
                                 add(sum, operation.predict(device));
                             }
                             return sum;
                         },
                         {}};
    }
    const auto found = layer.find(part);
    return found == layer.end() ? std::nullopt : std::optional{found->second};
}

std::optional<Operation> operation_of(const std::string& op, const std::string& text,
                                      NumberFormat format) {
    auto shape = numbers_of(text);
    const double rows = shape.contains("M") ? shape["M"] : 1.0;
    if (op == "matmul" || op == "gemm") {
        return matmul(1.0, rows, shape["N"], shape["K"], format);
    }
    if (op == "softmax") {
        return pointwise(PointwiseKind::kSoftmax, rows, shape["N"], format);
    }
    if (op == "layernorm") {
        return pointwise(PointwiseKind::kNorm, rows, shape["N"], format);
    }
    if (op == "gelu") {
        return pointwise(PointwiseKind::kActivation, rows, shape["N"], format);
    }
    if (op == "allreduce") {
        return all_reduce(shape["bytes"], shape["n"]);
    }
    constexpr std::string_view layer = "gpt3_layer:";
    return op.starts_with(layer) ? layer_operation(op.substr(layer.size()), shape, format)
                                 : std::nullopt;
}

/// Sizes must be whole and above zero, and those there that the operator needs.
void check_shape(const RowReader& row) {
    const auto shape = numbers_of(row.text("shape"));
    for (const auto& [name, value] : shape) {
        if (!(value >= 1.0) || value > 1e12 || value != std::floor(value)) {
            row.fail("shape", name + " is no whole number of at least 1 and at most 1e12.");
        }
    }
    const std::string op = row.text("op");
    std::vector<std::string> needed{"N"};
    if (op == "matmul" || op == "gemm") {
        needed = {"N", "K"};
    } else if (op == "allreduce") {
        needed = {"bytes", "n"};
    } else if (op.starts_with("gpt3_layer:")) {
        needed = {"b", "d", "h", "TP", shape.contains("decode") ? "kv" : "s"};
    }
    for (const std::string& name : needed) {
        if (!shape.contains(name)) {
            row.fail("shape", "'" + row.text("shape") + "' states no " + name + ".");
        }
    }
}

/// Seconds of a measured value; 0 where the unit is not known.
double seconds_of(double value, const std::string& unit, const Amount& amount) {
    struct Unit {
        std::string_view name;
        double seconds, Amount::*per;
    };
    constexpr std::array units{Unit{"s", 1.0, nullptr},
                               Unit{"ms", 1e-3, nullptr},
                               Unit{"us", 1e-6, nullptr},
                               Unit{"tflops", 1e-12, &Amount::flops},
                               Unit{"tflop/s", 1e-12, &Amount::flops},
                               Unit{"gb/s", 1e-9, &Amount::bytes},
                               Unit{"gelem/s", 1e-9, &Amount::elements}};
    for (const Unit& u : units) {
        if (lower(unit) == u.name) {
            return u.per == nullptr ? value * u.seconds : amount.*u.per * u.seconds / value;
        }
    }
    return 0.0;
}

}  // namespace

Result<KernelRows> read_llmcompass_rows(const ReferenceTable& table) {
    Failures problems =
        missing_columns(table, {"hardware", "op", "shape", "dtype", "value", "unit"});
    if (!problems.empty()) {
        return problems;
    }
    KernelRows read;
    read.quantity = "latency_ms";
    read.spread = [](const KernelConstants& c) -> const KernelSpread& {
        return c.pointwise.spread;
    };
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const RowReader row{table, table.rows[i], problems};
        const auto format = measured_format(row.text("dtype"));
        if (!format) {
            read.skipped.push_back({i, "no format '" + row.text("dtype") + "'"});
            continue;
        }
        const auto operation = operation_of(row.text("op"), row.text("shape"), *format);
        if (!operation) {
            read.skipped.push_back({i, "no operator '" + row.text("op") + "'"});
            continue;
        }
        check_shape(row);
        const double seconds =
            seconds_of(row.above_zero("value"), row.text("unit"), operation->amount);
        if (seconds <= 0.0) {
            read.skipped.push_back({i, "no unit '" + row.text("unit") + "'"});
            continue;
        }
        const std::string op = row.text("op");
        read.rows.push_back({i, row.text("hardware"), std::string{kStack},
                             row.text("hardware") + " " + op.substr(0, op.find(':')), seconds, 0.0,
                             operation->predict});
    }
    if (!problems.empty()) {
        return problems;
    }
    return read;
}

}  // namespace wafercast
