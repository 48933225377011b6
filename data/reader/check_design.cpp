#include "reader/check_design.hpp"

#include <algorithm>
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
    Checks(const Design& design, const LocatePath& where) : design_{design}, where_{where} {}

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
    void missing(const std::string& what, const std::string& path) {
        problem("design.missing", "The design has no " + what + ".", path);
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
            missing("'title'", "title");
        }
        if (design_.blocks.empty()) {
            missing("[[blocks]]", "blocks");
        }
        if (design_.dies.empty()) {
            missing("[[dies]]", "dies");
        }
        for (const auto& block : design_.blocks) {
            const std::string at = "blocks." + block.id;
            if (block.kind.empty()) {
                missing(quote(at + ".kind"), at);
            }
            if (!block.count.is_set() && !block.capacity.is_set() && !block.area.is_set() &&
                !block.bandwidth.is_set() && !block.per_unit.area.is_set()) {
                problem("design.missing",
                        quote(at) +
                            " has no content; give it a 'count', a 'capacity', a 'bandwidth' or an "
                            "'area'.",
                        at);
            }
        }
        for (const auto& die : design_.dies) {
            if (die.process.empty()) {
                missing(quote("dies." + die.id + ".process"), "dies." + die.id);
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
            missing("'package.technology'", "package");
        }
        if (package.dies.empty()) {
            missing("'package.dies'", "package");
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
                missing(quote(at + ".count"), at);
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
                missing(quote(at + ".stack"), at);
            }
            if (!memory.count.is_set()) {
                missing(quote(at + ".count"), at);
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
                missing(quote(at + ".bandwidth"), at);
            }
        }
    }

    void sections() {
        if (design_.workload) {
            if (design_.workload->model.empty()) {
                missing("'workload.model'", "workload");
            }
            if (!design_.workload->input_tokens.is_set()) {
                missing("'workload.input_tokens'", "workload");
            }
            if (!design_.workload->output_tokens.is_set()) {
                missing("'workload.output_tokens'", "workload");
            }
        }
        if (design_.functional && design_.functional->model.empty()) {
            missing("'functional.model'", "functional");
        }
    }

    const Design& design_;
    const LocatePath& where_;
    Failures problems_;
};

}  // namespace

Failures check_design(const Design& design, const LocatePath& where) {
    return Checks{design, where}.run();
}

}  // namespace wafercast
