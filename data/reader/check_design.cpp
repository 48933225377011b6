#include "reader/check_design.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/catalog.hpp"
#include "core/design_fields.hpp"

namespace wafercast {
namespace {

std::string quote(std::string_view text) { return "'" + std::string{text} + "'"; }

template <class Parts>
std::vector<std::string> ids_of(const Parts& parts) {
    std::vector<std::string> ids;
    for (const auto& part : parts) {
        ids.push_back(part.id);
    }
    return ids;
}

class Checks {
public:
    Checks(const Design& design, const LocatePath& where, const WasWritten& written)
        : design_{design}, where_{where}, written_{written} {}

    Failures run() {
        parts();
        unique(ids_of(design_.blocks), "blocks");
        unique(ids_of(design_.dies), "dies");
        unique(ids_of(design_.package.memory), "package.memory");
        blocks_on_dies();
        packaged_dies();
        nets();
        sections();
        for (auto& problem : sold_problems(design_)) {
            problem.where = where_(problem.message.substr(0, problem.message.find(':')));
            problems_.push_back(std::move(problem));
        }
        return std::move(problems_);
    }

private:
    void problem(std::string code, std::string message, const std::string& path) {
        problems_.push_back({std::move(code), std::move(message), where_(path)});
    }
    void missing(const std::string& path, std::string_view shown = {}) {
        if (!written_(path)) {
            problem("design.missing",
                    "The design has no " + (shown.empty() ? quote(path) : std::string{shown}) + ".",
                    path);
        }
    }
    void unknown(std::string_view what, std::string_view id, const std::vector<std::string>& known,
                 const std::string& path) {
        const auto near = nearest(id, known);
        problem("design.unknown_id",
                "No " + std::string{what} + " " + quote(id) +
                    (near.empty() ? "." : "; did you mean " + quote(near) + "?"),
                path);
    }

    void parts() {
        if (design_.title.empty()) {
            missing("title");
        }
        if (design_.blocks.empty()) {
            missing("blocks", "[[blocks]]");
        }
        if (design_.dies.empty()) {
            missing("dies", "[[dies]]");
        }
        for (const auto& block : design_.blocks) {
            const std::string at = "blocks." + block.id;
            if (block.kind.empty()) {
                missing(at + ".kind");
            }
            constexpr std::array<std::string_view, 5> kContent{"count", "capacity", "bandwidth",
                                                               "area", "per_unit.area"};
            const bool content = block.count.is_set() || block.capacity.is_set() ||
                                 block.area.is_set() || block.bandwidth.is_set() ||
                                 block.per_unit.area.is_set();
            if (!content &&
                std::none_of(kContent.begin(), kContent.end(), [&](std::string_view key) {
                    return written_(at + "." + std::string{key});
                })) {
                problem("design.missing",
                        quote(at) +
                            " has no content; give it a 'count', a 'capacity', a 'bandwidth' or an "
                            "'area'.",
                        at);
            }
        }
        for (const auto& die : design_.dies) {
            if (die.process.empty()) {
                missing("dies." + die.id + ".process");
            }
        }
    }

    void unique(const std::vector<std::string>& ids, const std::string& list) {
        std::set<std::string> seen;
        std::set<std::string> reported;
        for (const auto& id : ids) {
            if (!seen.insert(id).second && reported.insert(id).second) {
                problem("design.duplicate_id",
                        "The id " + quote(id) + " stands twice in '" + list + "'.",
                        list + "." + id);
            }
        }
    }

    void blocks_on_dies() {
        const auto known = ids_of(design_.blocks);
        std::map<std::string, std::string> die_of;
        for (const auto& die : design_.dies) {
            const std::string at = "dies." + die.id + ".blocks";
            for (const auto& block : die.blocks) {
                if (std::find(known.begin(), known.end(), block) == known.end()) {
                    unknown("block", block, known, at);
                    continue;
                }
                const auto [first, added] = die_of.emplace(block, die.id);
                if (!added) {
                    problem("design.block_on_two_dies",
                            "The block " + quote(block) + " is on the die " + quote(first->second) +
                                (first->second == die.id ? " twice."
                                                         : " and on " + quote(die.id) + "."),
                            at);
                }
            }
        }
        for (const auto& id : known) {
            if (!die_of.contains(id)) {
                problem("design.block_on_no_die", "The block " + quote(id) + " is on no die.",
                        "blocks." + id);
            }
        }
    }

    void packaged_dies() {
        const auto& package = design_.package;
        if (package.technology.empty()) {
            missing("package.technology");
        }
        if (package.dies.empty()) {
            missing("package.dies");
            return;
        }
        const auto known = ids_of(design_.dies);
        std::set<std::string> placed;
        for (const auto& die : package.dies) {
            const std::string at = "package.dies." + die.die;
            if (std::find(known.begin(), known.end(), die.die) == known.end()) {
                unknown("die", die.die, known, at);
            }
            if (!placed.insert(die.die).second) {
                problem("design.duplicate_id",
                        "The die " + quote(die.die) + " stands twice in 'package.dies'.", at);
            }
            if (!die.on.empty() && (die.on == die.die ||
                                    std::find(known.begin(), known.end(), die.on) == known.end())) {
                unknown("other die", die.on, known, at + ".on");
            }
            if (!die.count.is_set()) {
                missing(at + ".count");
            }
        }
        for (const auto& id : known) {
            if (!placed.contains(id)) {
                problem("design.die_not_packaged",
                        "The die " + quote(id) + " is not in 'package.dies'.", "dies." + id);
            }
        }
        for (const auto& memory : package.memory) {
            const std::string at = "package.memory." + memory.id;
            if (memory.stack.empty()) {
                missing(at + ".stack");
            }
            if (!memory.count.is_set()) {
                missing(at + ".count");
            }
        }
    }

    void nets() {
        const auto known = ids_of(design_.blocks);
        std::set<std::pair<std::string, std::string>> seen;
        for (const auto& net : design_.nets) {
            const std::string at = "nets." + net.from + "." + net.to;
            for (const auto& end : {net.from, net.to}) {
                if (std::find(known.begin(), known.end(), end) == known.end()) {
                    unknown("block", end, known, at);
                }
            }
            if (!seen.insert({net.from, net.to}).second) {
                problem(
                    "design.duplicate_id",
                    "The net from " + quote(net.from) + " to " + quote(net.to) + " stands twice.",
                    at);
            }
            if (!net.bandwidth.is_set()) {
                missing(at + ".bandwidth");
            }
        }
    }

    void sections() {
        if (design_.workload) {
            if (design_.workload->model.empty()) {
                missing("workload.model");
            }
            if (!design_.workload->input_tokens.is_set()) {
                missing("workload.input_tokens");
            }
            if (!design_.workload->output_tokens.is_set()) {
                missing("workload.output_tokens");
            }
        }
        if (design_.functional && design_.functional->model.empty()) {
            missing("functional.model");
        }
    }

    const Design& design_;
    const LocatePath& where_;
    const WasWritten& written_;
    Failures problems_;
};

}  // namespace

Failures check_design(const Design& design, const LocatePath& where, const WasWritten& written) {
    return Checks{design, where, written}.run();
}

}  // namespace wafercast
