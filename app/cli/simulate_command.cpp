#include "cli/simulate_command.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/evaluation_report.hpp"
#include "cli/progress.hpp"
#include "cli/quantity_options.hpp"

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "session/simulate.hpp"

namespace wafercast::cli {

namespace {

using Json = nlohmann::ordered_json;
namespace dim = dimension;
using enum TextTable::Align;

constexpr const char* kArrivalNames[] = {"poisson", "closed", "trace", "offline"};

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json statistics_json(const LatencyStatistics& statistics) {
    return {{"mean", statistics.mean},
            {"p50", statistics.p50},
            {"p90", statistics.p90},
            {"p99", statistics.p99}};
}

Json mapping_json(const Mapping& mapping) {
    return {{"tensor_parallel", mapping.tensor},
            {"pipeline_parallel", mapping.pipeline},
            {"expert_parallel", mapping.expert},
            {"data_parallel", mapping.data},
            {"context_parallel", mapping.context}};
}

Json simulation_json(const SimulatedServing& s) {
    const Simulation& sim = s.simulated;
    Json json{{"schema", "wafercast.simulation/1"},
              {"design", s.design},
              {"mapping", mapping_json(s.mapping)},
              {"accelerators", s.accelerators},
              {"arrivals", kArrivalNames[static_cast<int>(s.arrivals)]}};
    if (s.arrivals == Arrivals::Kind::kClosed) {
        json["concurrency"] = s.concurrency;
    } else if (s.arrivals != Arrivals::Kind::kOffline) {
        json["requests_per_second_offered"] = s.rate;
    }
    json["capacity_requests_per_second"] = number(s.capacity);
    json["plan"] = {{"prefill", kPrefillModeNames[static_cast<int>(s.plan.prefill)]},
                    {"budget_tokens", s.plan.budget},
                    {"kv_tokens", s.plan.kv_tokens},
                    {"prefix_cache_hit", s.plan.prefix_hit},
                    {"draft_tokens", s.plan.draft_tokens},
                    {"draft_acceptance", s.plan.acceptance},
                    {"prefill_instances", s.plan.prefill_engines},
                    {"decode_instances", s.plan.disaggregated() ? s.plan.decode_engines : 0}};
    json["simulated"] = {{"requests", sim.requests},
                         {"refused", sim.refused},
                         {"seconds", sim.seconds},
                         {"stopped", sim.stopped},
                         {"requests_per_second", sim.requests_per_s},
                         {"tokens_per_second", sim.tokens_per_second},
                         {"input_tokens_per_second", sim.input_tokens_per_second},
                         {"ttft_s", statistics_json(sim.ttft)},
                         {"tpot_s", statistics_json(sim.tpot)},
                         {"latency_s", statistics_json(sim.latency)},
                         {"queueing_s", statistics_json(sim.queueing)},
                         {"utilisation", sim.utilisation},
                         {"decoding", sim.decoding},
                         {"in_flight", sim.in_flight},
                         {"kv_use", sim.kv_use},
                         {"kv_peak", sim.kv_peak},
                         {"preemptions", sim.preemptions},
                         {"steps", sim.steps},
                         {"switching_power_w", sim.power}};
    json["closed_form"] = nullptr;
    if (s.closed_form) {
        const SteadyState& form = *s.closed_form;
        json["closed_form"] = {{"requests_per_second", number(form.requests_per_s)},
                               {"tokens_per_second", number(form.tokens_per_second)},
                               {"ttft_s", number(form.ttft)},
                               {"tpot_s", number(form.tpot)},
                               {"decoding", number(form.decoding)},
                               {"in_flight", number(form.in_flight)},
                               {"stable", form.stable}};
    }
    json["usd_per_mtok"] = number(s.usd_per_mtok);
    json["feasible"] = s.missed.empty();
    json["missed"] = s.missed;
    return json;
}

std::string load_text(const SimulatedServing& s) {
    switch (s.arrivals) {
        case Arrivals::Kind::kClosed:
            return format_count(s.concurrency) + " clients, each with one request in flight";
        case Arrivals::Kind::kOffline:
            return "all at once";
        case Arrivals::Kind::kTrace:
        case Arrivals::Kind::kPoisson:
            break;
    }
    return format_number(s.rate) + " requests/s, " + format_share(s.rate / s.capacity) +
           " of what the engines can serve";
}

void print_table(const SimulatedServing& s, CommandContext& context) {
    const Simulation& sim = s.simulated;
    context.out << s.design << "\n\n";
    TextTable set_up{{{""}, {""}}};
    set_up.add({"mapping",
                mapping_words(s.mapping) + ", " + format_count(s.accelerators) + " accelerators"});
    std::string mode = kPrefillModeNames[static_cast<int>(s.plan.prefill)];
    if (s.plan.disaggregated()) {
        mode = std::to_string(s.plan.prefill_engines) + " instances that prefill, " +
               std::to_string(s.plan.decode_engines) + " that decode";
    }
    set_up.add({"prefill", mode});
    set_up.add({"arrivals", load_text(s)});
    set_up.add({"measured", format_count(static_cast<double>(sim.requests)) + " requests in " +
                                format_quantity(sim.seconds, dim::time) + ", " +
                                format_count(static_cast<double>(sim.steps)) + " steps"});
    context.out << set_up.text() << '\n';

    TextTable rates{{{""}, {"simulated", kRight}, {"closed form", kRight}, {"off by", kRight}}};
    const SteadyState form = s.closed_form.value_or(SteadyState{});
    const auto add = [&](const char* what, double measured, double predicted, Dimension dimension) {
        const bool known = s.closed_form && std::isfinite(predicted);
        rates.add({what, format_quantity(measured, dimension),
                   known ? format_quantity(predicted, dimension) : "-",
                   known && measured > 0.0 ? format_share(predicted / measured - 1.0) : "-"});
    };
    add("output tokens", sim.tokens_per_second, form.tokens_per_second, dim::token / dim::time);
    add("mean TTFT", sim.ttft.mean, form.ttft, dim::time);
    add("mean TPOT", sim.tpot.mean, form.tpot, dim::time);
    rates.add({"sequences that decode", format_number(sim.decoding),
               s.closed_form ? format_number(form.decoding) : "-", ""});
    rates.add({"requests in flight", format_number(sim.in_flight),
               s.closed_form ? format_number(form.in_flight) : "-", ""});
    context.out << rates.text() << '\n';

    TextTable latencies{
        {{""}, {"mean", kRight}, {"p50", kRight}, {"p90", kRight}, {"p99", kRight}}};
    const auto row = [&](const char* what, const LatencyStatistics& statistics) {
        latencies.add({what, format_quantity(statistics.mean, dim::time),
                       format_quantity(statistics.p50, dim::time),
                       format_quantity(statistics.p90, dim::time),
                       format_quantity(statistics.p99, dim::time)});
    };
    row("TTFT", sim.ttft);
    row("TPOT", sim.tpot);
    row("latency", sim.latency);
    row("before prefill", sim.queueing);
    context.out << latencies.text() << '\n';

    TextTable rest{{{""}, {"", kRight}}};
    rest.add({"engines busy", format_share(sim.utilisation)});
    rest.add({"KV cache in use, mean and most",
              format_share(sim.kv_use) + ", " + format_share(sim.kv_peak)});
    rest.add({"preemptions", format_count(static_cast<double>(sim.preemptions))});
    rest.add({"cost at this load", std::isfinite(s.usd_per_mtok)
                                       ? format_money(s.usd_per_mtok) + "/Mtok, in and out"
                                       : "-"});
    context.out << rest.text();
    for (const std::string& why : s.missed) {
        context.out << "infeasible: " << why << '\n';
    }
}

void print_csv(const SimulatedServing& s, CommandContext& context) {
    const Simulation& sim = s.simulated;
    context.out << csv_row({"quantity", "mean", "p50", "p90", "p99", "closed_form"});
    const auto row = [&](const char* what, const LatencyStatistics& statistics, double form) {
        context.out << csv_row({what, json_number(statistics.mean), json_number(statistics.p50),
                                json_number(statistics.p90), json_number(statistics.p99),
                                form > 0.0 ? json_number(form) : ""});
    };
    const SteadyState form = s.closed_form.value_or(SteadyState{});
    row("ttft_s", sim.ttft, form.ttft);
    row("tpot_s", sim.tpot, form.tpot);
    row("latency_s", sim.latency, 0.0);
    row("queueing_s", sim.queueing, 0.0);
    const auto one = [&](const char* what, double value, double predicted) {
        context.out << csv_row(
            {what, json_number(value), "", "", "", predicted > 0.0 ? json_number(predicted) : ""});
    };
    one("tokens_per_second", sim.tokens_per_second, form.tokens_per_second);
    one("requests_per_second", sim.requests_per_s, form.requests_per_s);
    one("decoding", sim.decoding, form.decoding);
    one("utilisation", sim.utilisation, 0.0);
    one("kv_use", sim.kv_use, 0.0);
    one("preemptions", static_cast<double>(sim.preemptions), 0.0);
}

int print_frontier(const std::vector<FrontierPoint>& frontier, const LoadedDesign& loaded,
                   const std::string& format, CommandContext& context) {
    const bool feasible = std::any_of(frontier.begin(), frontier.end(),
                                      [](const FrontierPoint& point) { return point.feasible; });
    if (format == "json") {
        Json json{{"schema", "wafercast.frontier/1"},
                  {"design", loaded.design.title},
                  {"feasible", feasible},
                  {"points", Json::array()}};
        for (const FrontierPoint& p : frontier) {
            json["points"].push_back(
                {{"tpot_limit_s", p.tpot_limit},
                 {"feasible", p.feasible},
                 {"on_front", p.on_front},
                 {"tpot_s", number(p.tpot)},
                 {"ttft_s", number(p.ttft)},
                 {"tokens_per_second_per_user", number(p.tokens_per_second_per_user)},
                 {"tokens_per_second_per_accelerator", number(p.tokens_per_second_per_accelerator)},
                 {"usd_per_mtok", number(p.usd_per_mtok)},
                 {"joules_per_token", number(p.joules_per_token)},
                 {"accelerators", p.accelerators},
                 {"batch", number(p.batch)},
                 {"mapping", mapping_json(p.mapping)}});
        }
        context.out << json.dump(2) << '\n';
    } else if (format == "csv") {
        context.out << csv_row({"tpot_limit_s", "feasible", "on_front", "tpot_s", "ttft_s",
                                "tokens_per_second_per_user", "tokens_per_second_per_accelerator",
                                "usd_per_mtok", "joules_per_token", "accelerators", "batch"});
        for (const FrontierPoint& p : frontier) {
            context.out << csv_row({json_number(p.tpot_limit), p.feasible ? "1" : "0",
                                    p.on_front ? "1" : "0", json_number(p.tpot),
                                    json_number(p.ttft), json_number(p.tokens_per_second_per_user),
                                    json_number(p.tokens_per_second_per_accelerator),
                                    json_number(p.usd_per_mtok), json_number(p.joules_per_token),
                                    json_number(p.accelerators), json_number(p.batch)});
        }
    } else {
        TextTable table{{{"TPOT limit", kRight},
                         {"TPOT", kRight},
                         {"TTFT", kRight},
                         {"tok/s per user", kRight},
                         {"tok/s per accelerator", kRight},
                         {"cost", kRight},
                         {"batch", kRight},
                         {"mapping"},
                         {""}}};
        for (const FrontierPoint& p : frontier) {
            table.add(
                {format_quantity(p.tpot_limit, dim::time), format_quantity(p.tpot, dim::time),
                 format_quantity(p.ttft, dim::time), format_number(p.tokens_per_second_per_user),
                 format_number(p.tokens_per_second_per_accelerator),
                 std::isfinite(p.usd_per_mtok) ? format_money(p.usd_per_mtok) + "/Mtok" : "-",
                 format_number(p.batch), mapping_words(p.mapping), p.feasible ? "" : "infeasible"});
        }
        context.out << loaded.design.title << "\n\n" << table.text();
    }
    return feasible ? kFeasible : kInfeasible;
}

LengthDistribution::Kind kind_of(const std::string& lengths) {
    return lengths == "uniform"     ? LengthDistribution::Kind::kUniform
           : lengths == "lognormal" ? LengthDistribution::Kind::kLognormal
                                    : LengthDistribution::Kind::kFixed;
}

}  // namespace

int run_simulate(const SimulateArguments& arguments, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    QuantityOptions quantities;
    SimulateOptions options;
    options.rate = quantities.read("--rate", arguments.rate, dim::frequency);
    if (arguments.concurrency != 0.0) {
        options.concurrency = arguments.concurrency;
    }
    options.trace = arguments.trace;
    options.offline = arguments.offline;
    options.requests = arguments.requests;
    options.lengths = kind_of(arguments.lengths);
    options.spread = arguments.spread;
    options.seed = context.seed;
    const auto loaded = load_design(*session, arguments.design, arguments.sets);
    Failures problems = quantities.failures();
    if (!loaded) {
        problems.insert(problems.end(), loaded.error().begin(), loaded.error().end());
    }
    if (!problems.empty()) {
        return report(context, problems);
    }
    const InterruptGuard guard;
    options.stop = [] { return InterruptGuard::interrupted(); };
    if (arguments.frontier) {
        const auto frontier = latency_frontier(*session, *loaded, arguments.points, options.stop);
        if (!frontier) {
            return report(context, frontier.error());
        }
        const int code = print_frontier(*frontier, *loaded, arguments.format, context);
        return InterruptGuard::interrupted() ? static_cast<int>(kInterrupted) : code;
    }
    Result<SimulatedServing> result = SimulatedServing{};
    {
        ProgressLine line{context};
        options.progress = [&line](std::size_t finished, std::size_t total) {
            line.show(static_cast<double>(finished) / static_cast<double>(total),
                      format_count(static_cast<double>(finished)) + " of " +
                          format_count(static_cast<double>(total)) + " requests",
                      finished >= total);
        };
        result = simulate_design(*session, *loaded, options);
    }
    if (!result) {
        return report(context, result.error());
    }
    if (arguments.format == "json") {
        context.out << simulation_json(*result).dump(2) << '\n';
    } else if (arguments.format == "csv") {
        print_csv(*result, context);
        for (const std::string& why : result->missed) {
            context.err << why << '\n';
        }
    } else {
        print_table(*result, context);
    }
    if (result->simulated.stopped) {
        return kInterrupted;
    }
    return result->missed.empty() ? kFeasible : kInfeasible;
}

}  // namespace wafercast::cli
