#include "cli/energy_command.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/quantity_options.hpp"

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "session/energy_profile.hpp"

namespace wafercast::cli {

namespace {

using Json = nlohmann::ordered_json;
namespace dim = dimension;
using enum TextTable::Align;

constexpr Dimension kJoulesPerToken = dim::energy / dim::token;

Json tree_json(const EnergyLine& line) {
    Json node{{"label", line.label}, {"joules", line.joules}, {"children", Json::array()}};
    for (const EnergyLine& child : line.children) {
        node["children"].push_back(tree_json(child));
    }
    return node;
}

void print_json(const EnergyProfile& p, CommandContext& context) {
    Json json{{"schema", "wafercast.energy/1"},   {"design", p.design},
              {"energy_tree", tree_json(p.tree)}, {"operations_per_token", p.operations_per_token},
              {"device_power_w", p.device_power}, {"power_limit_w", p.power_limit},
              {"static_power_w", p.static_power}, {"clock_factor", p.clock_factor}};
    json["limits"] = {{"joules_per_op", p.limits.achieved},
                      {"datapath_joules_per_op", p.limits.datapath},
                      {"ideal_cmos_joules_per_op", p.limits.ideal_cmos},
                      {"landauer_joules_per_op", p.limits.landauer},
                      {"above_landauer", p.limits.above_landauer()},
                      {"above_ideal_cmos", p.limits.above_ideal_cmos()}};
    json["prices"] = Json::array();
    for (const EnergyPrice& price : p.prices) {
        json["prices"].push_back({{"what", price.what}, {"joules", price.joules}});
    }
    json["batches"] = Json::array();
    for (const EnergyAtBatch& b : p.batches) {
        json["batches"].push_back({{"batch", b.batch},
                                   {"joules_per_token", b.energy.total()},
                                   {"device_joules_per_token", b.device_joules()},
                                   {"movement_share", movement_share(b.energy)},
                                   {"device_power_w", b.device_power},
                                   {"clock_factor", b.clock_factor},
                                   {"tokens_per_second", b.tokens_per_second}});
    }
    context.out << json.dump(2) << '\n';
}

void print_csv(const EnergyProfile& p, CommandContext& context) {
    context.out << csv_row({"in_flight", "joules_per_token", "device_joules_per_token",
                            "movement_share", "compute_j", "on_chip_j", "memory_j", "network_j",
                            "leakage_j", "host_j", "device_power_w", "clock_factor"});
    for (const EnergyAtBatch& b : p.batches) {
        std::vector<std::string> cells;
        for (const double value :
             {b.batch, b.energy.total(), b.device_joules(), movement_share(b.energy),
              b.energy.compute, b.energy.on_chip, b.energy.memory, b.energy.network,
              b.energy.leakage, b.energy.host, b.device_power, b.clock_factor}) {
            cells.push_back(json_number(value));
        }
        context.out << csv_row(cells);
    }
}

void print_table(const EnergyProfile& p, CommandContext& context) {
    context.out << p.design << "\n\n";
    TextTable tree{{{"energy of an output token"}, {"", kRight}, {"share", kRight}}};
    const auto joules = [](double value) {
        return value == 0.0 ? std::string{"0 J/token"} : format_quantity(value, kJoulesPerToken);
    };
    for (const EnergyLine& line : p.tree.children) {
        tree.add({line.label, joules(line.joules), format_share(line.joules / p.tree.joules)});
    }
    tree.add({"total", joules(p.tree.joules), ""});
    context.out << "At the scenario's utilisation, with the facility's share:\n"
                << tree.text() << '\n';

    TextTable prices{{{"what the device pays"}, {"", kRight}}};
    for (const EnergyPrice& price : p.prices) {
        prices.add({price.what, format_quantity(price.joules, dim::energy)});
    }
    prices.add({"static power", format_quantity(p.static_power, dim::power)});
    prices.add({"mean power of an accelerator", format_quantity(p.device_power, dim::power)});
    if (p.power_limit > 0.0) {
        prices.add({"its limit", format_quantity(p.power_limit, dim::power)});
        prices.add({"clock under the limit", format_share(p.clock_factor)});
    }
    context.out << prices.text() << '\n';

    TextTable limits{{{"energy of an operation"}, {"", kRight}, {"achieved is", kRight}}};
    auto against = [&](double bound) {
        return bound > 0.0 ? format_number(p.limits.achieved / bound) + " x" : std::string{"-"};
    };
    limits.add({"achieved, everything the accelerators draw",
                format_quantity(p.limits.achieved, dim::energy), ""});
    limits.add({"datapath alone", format_quantity(p.limits.datapath, dim::energy),
                against(p.limits.datapath)});
    limits.add({"ideal CMOS: the same gates at the least supply",
                format_quantity(p.limits.ideal_cmos, dim::energy), against(p.limits.ideal_cmos)});
    limits.add({"Landauer: one bit erased", format_quantity(p.limits.landauer, dim::energy),
                against(p.limits.landauer)});
    context.out << "At full load, without host and facility:\n" << limits.text() << '\n';

    TextTable batches{{{"in flight", kRight},
                       {"J/token", kRight},
                       {"J/token of accelerators", kRight},
                       {"moving data", kRight},
                       {"W per accelerator", kRight},
                       {"clock", kRight}}};
    for (const EnergyAtBatch& b : p.batches) {
        batches.add({format_number(b.batch), format_number(b.energy.total()),
                     format_number(b.device_joules()), format_share(movement_share(b.energy)),
                     format_number(b.device_power), format_share(b.clock_factor)});
    }
    context.out << "At full load, without the facility, latency limits left out of every row:\n"
                << batches.text()
                << "Moving data: on-chip, memory and network over these and compute.\n";
}

}  // namespace

int run_energy(const EnergyArguments& arguments, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    QuantityOptions options;
    const auto kelvin = options.read("--temperature", arguments.temperature, dim::temperature);
    const auto loaded = load_design(*session, arguments.design, arguments.sets);
    Failures problems = options.failures();
    if (!loaded) {
        problems.insert(problems.end(), loaded.error().begin(), loaded.error().end());
    }
    if (!problems.empty()) {
        return report(context, problems);
    }
    const auto profile = profile_energy(*session, *loaded, kelvin.value_or(0.0));
    if (!profile) {
        return report(context, profile.error());
    }
    if (arguments.format == "json") {
        print_json(*profile, context);
    } else if (arguments.format == "csv") {
        print_csv(*profile, context);
    } else {
        print_table(*profile, context);
    }
    for (const Violation& violation : profile->violations) {
        context.err << violation.constraint << ": " << violation.message << '\n';
    }
    return profile->violations.empty() ? kFeasible : kInfeasible;
}

}  // namespace wafercast::cli
