#include <array>
#include <charconv>
#include <string>

#include "evaluate/evaluate.hpp"

namespace wafercast {

namespace {

struct ConstraintText {
    ConstraintUnit unit;
    const char* what;
    const char* remedy;
};

constexpr ConstraintText kTexts[kConstraintCount] = {
    {{"reticle", "mm", 1e-3},
     "die side with scribe exceeds the reticle field in both orientations",
     "split the die into chiplets or reshape it"},
    {{"interposer_area", "mm2", 1e-6},
     "interposer is larger than the technology makes",
     "use fewer or smaller dies, or a technology with a larger interposer"},
    {{"wafer_dies", "dies", 1.0}, "no whole die fits on the wafer", "make the die smaller"},
    {{"memory_capacity", "GB", 1e9},
     "the model and one sequence's KV cache do not fit in memory",
     "add memory or accelerators, or use a narrower weight format"},
    {{"ttft", "s", 1.0},
     "time to first token exceeds its limit",
     "use more tensor parallelism, a smaller batch, or a shorter prompt"},
    {{"tpot", "s", 1.0},
     "time per output token exceeds its limit",
     "use more tensor parallelism, faster memory, or a smaller batch"},
    {{"power", "W", 1.0},
     "power at the lowest clock exceeds the board limit",
     "raise the limit or remove units"},
    {{"clock", "GHz", 1e9},
     "clock is higher than the node reaches",
     "lower the clock or choose a faster node"},
    {{"shoreline", "mm", 1e-3},
     "PHYs need more die edge than there is",
     "use fewer links or stacks, or a larger die"},
    {{"not_converged", "iterations", 1.0},
     "a fixed point did not settle within its cap",
     "check the inputs for extremes; the numbers shown are the last iterate"},
    {{"no_mapping", "ranks", 1.0},
     "the model does not divide into so many ranks",
     "let experts divide serving.tensor_parallel, and use no more stages than layers"},
    {{"compute", "units", 1.0},
     "no sold compute unit has a datapath for the workload",
     "add or sell units, or state a per-unit rate"},
    {{"memory_phy", "stacks", 1.0},
     "there are more memory stacks than the sold PHYs serve",
     "add or sell memory PHYs, or use fewer stacks"},
    {{"link", "accelerators", 1.0},
     "no link joins the accelerators that share the model",
     "name system.links and system.scale_out, sell link PHYs, or fit the model in fewer"},
    {{"supply", "V", 1.0},
     "the supply does not exceed the transistors' threshold",
     "raise device.vdd"},
    {{"fine_pitch", "stacks", 1.0},
     "HBM stacks need an interposer, a bridge or fan-out wiring, which the package has not",
     "choose such a package.technology, or memory that sits on the board"},
    {{"pin_rate", "Gb/s", 1e9 / 8.0},
     "pins are driven faster than the stack is rated for",
     "lower the pin_rate or choose a faster stack"},
    {{"server_slots", "accelerators", 1.0},
     "the server has no room for so many accelerators",
     "lower system.accelerators_per_server or choose a larger system.server"},
};

/// Six digits, with a point whatever the locale.
std::string short_number(double value) {
    std::array<char, 32> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6);
    return {text.data(), end.ptr};
}

}  // namespace

const ConstraintUnit& constraint_unit(ConstraintId constraint) {
    return kTexts[static_cast<std::size_t>(constraint)].unit;
}

Violation describe(const FlatViolation& violation, const ResolvedDesign& design) {
    const ConstraintText& text = kTexts[static_cast<std::size_t>(violation.constraint)];
    const ConstraintUnit& unit = text.unit;
    const double value = violation.value / unit.unit_in_base;
    const double limit = violation.limit / unit.unit_in_base;
    const std::string numbers =
        short_number(value) + " " + unit.unit + " against " + short_number(limit) + " " + unit.unit;
    std::string subject;
    if (violation.subject >= 0 &&
        static_cast<std::size_t>(violation.subject) < design->dies.size()) {
        subject = "die '" + design->dies[static_cast<std::size_t>(violation.subject)].id + "': ";
    }
    return {.constraint = unit.name,
            .value = value,
            .limit = limit,
            .unit = unit.unit,
            .message = subject + text.what + " (" + numbers + "); " + text.remedy + "."};
}

}  // namespace wafercast
