#include "session/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/design_fields.hpp"
#include "format/format_number.hpp"
#include "serving/instance_cost.hpp"
#include "session/read_trace.hpp"

namespace wafercast {
namespace {

constexpr double kSecondsPerHour = 3600.0;
constexpr double kLoosestLimit = 10.0;   ///< [s] a token
constexpr double kTightestLimit = 1e-5;  ///< [s] a token
constexpr double kAgreement = 1.02;      ///< of a limit: the closed form that keeps it is as near
constexpr double kCloseEnough = 1.01;    ///< of the shortest limit

Failure option_failure(std::string option, std::string message) {
    return {.code = "simulate.option",
            .message = std::move(message),
            .where = {.file = std::move(option), .line = 0, .column = 0}};
}

Failures check(const SimulateOptions& options) {
    Failures failures;
    const int ways = (options.rate ? 1 : 0) + (options.concurrency ? 1 : 0) +
                     (options.trace.empty() ? 0 : 1) + (options.offline ? 1 : 0);
    if (ways > 1) {
        failures.push_back(option_failure(
            "arrivals", "give one of --rate, --concurrency, --trace and --offline."));
    }
    if (options.rate && !(*options.rate > 0.0)) {
        failures.push_back(option_failure("--rate", "must be above zero."));
    }
    if (options.concurrency && (!(*options.concurrency >= 1.0) ||
                                *options.concurrency != std::floor(*options.concurrency))) {
        failures.push_back(option_failure("--concurrency", "must be a whole number, 1 or more."));
    }
    if (options.requests < 1) {
        failures.push_back(option_failure("--requests", "must be 1 or more."));
    }
    return failures;
}

/// Clients that the evaluated full load stands for.
double clients_of(const Serving& serving, double output) {
    const double requests = serving.tokens_per_second / output;
    const double there = requests * (serving.ttft_s + (output - 1.0) * serving.tpot_s);
    return std::max(std::round(there), 1.0);
}

/// Cost of a million tokens, in and out, at the rates that were measured.
double cost_of(const Metrics& metrics, const ResolvedDesign& resolved, double tokens_per_second) {
    const auto perspective = static_cast<std::size_t>(resolved->scenario.perspective);
    const double hourly = metrics.economics.hourly[perspective].total();
    if (!(tokens_per_second > 0.0) || !(hourly > 0.0)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return hourly / (tokens_per_second * kSecondsPerHour) * 1e6;
}

void note_missed(const Evaluation& evaluation, SimulatedServing& result) {
    for (const Violation& violation : evaluation.violations) {
        result.missed.push_back(violation.message);
    }
    const auto limit = [&](const char* what, double value, const std::optional<double>& most) {
        if (most && value > kAgreement * *most) {
            result.missed.push_back(
                std::string{"mean "} + what + " " + format_quantity(value, dimension::time) +
                " is over its limit, " + format_quantity(*most, dimension::time));
        }
    };
    limit("TTFT", result.simulated.ttft.mean, result.ttft_limit);
    limit("TPOT", result.simulated.tpot.mean, result.tpot_limit);
    if (result.arrivals == Arrivals::Kind::kPoisson && result.rate > result.capacity) {
        result.missed.push_back("requests come at " + format_number(result.rate) +
                                " /s, the engines serve " + format_number(result.capacity) +
                                " /s at most");
    }
    if (result.simulated.refused > 0) {
        result.missed.push_back(format_count(static_cast<double>(result.simulated.refused)) +
                                " requests are too long for the KV cache");
    }
}

}  // namespace

Result<SimulatedServing> simulate_design(const Session& session, const LoadedDesign& loaded,
                                         const SimulateOptions& options) {
    Failures failures = check(options);
    std::vector<TraceRequest> trace;
    if (!options.trace.empty()) {
        auto read = read_trace(options.trace);
        if (read) {
            trace = std::move(read).value();
        } else {
            failures.insert(failures.end(), read.error().begin(), read.error().end());
        }
    }
    auto prepared = session.prepare(loaded);
    if (!prepared) {
        failures.insert(failures.end(), prepared.error().begin(), prepared.error().end());
    } else if (!prepared->resolved->workload.present) {
        failures.push_back(option_failure(loaded.path.string(),
                                          "this design has no workload; simulate serves one."));
    }
    if (!failures.empty()) {
        return failures;
    }
    const ResolvedDesign& resolved = prepared->resolved;
    const Evaluation evaluation = explain(resolved, prepared->context);
    const Metrics& metrics = evaluation.metrics;
    if (metrics.serving.accelerators <= 0.0) {
        SimulatedServing nothing;
        nothing.design = loaded.design.title;
        note_missed(evaluation, nothing);
        return nothing;
    }
    const InstanceCost cost{resolved, metrics.device, metrics.serving.mapping, prepared->context,
                            metrics.serving.kv_tier};

    SimulatedServing result;
    result.design = loaded.design.title;
    result.mapping = metrics.serving.mapping;
    result.plan = plan_of(cost.instance(), prepared->context);
    const double engines =
        result.plan.disaggregated() ? result.plan.prefill_engines + result.plan.decode_engines : 1;
    result.accelerators = engines * cost.instance().devices();
    const ResolvedScenario& scenario = resolved->scenario;
    if (scenario.ttft_limit.is_set()) {
        result.ttft_limit = resolved[scenario.ttft_limit];
    }
    if (scenario.tpot_limit.is_set()) {
        result.tpot_limit = resolved[scenario.tpot_limit];
    }

    SimulationOptions run;
    run.plan = result.plan;
    run.requests = options.requests;
    run.seed = options.seed;
    run.input = {
        .kind = options.lengths, .mean = cost.instance().input_tokens(), .spread = options.spread};
    run.output = {
        .kind = options.lengths, .mean = cost.instance().output_tokens(), .spread = options.spread};
    if (options.rate) {
        run.arrivals.kind = Arrivals::Kind::kPoisson;
        run.arrivals.rate = *options.rate;
    } else if (!trace.empty()) {
        run.arrivals.kind = Arrivals::Kind::kTrace;
        run.arrivals.trace = trace;
        run.warm_up = 0.0;
    } else if (options.offline) {
        run.arrivals.kind = Arrivals::Kind::kOffline;
    } else {
        run.arrivals.kind = Arrivals::Kind::kClosed;
        run.arrivals.concurrency = options.concurrency.value_or(
            clients_of(metrics.serving, cost.instance().output_tokens()));
        run.requests =
            std::max(run.requests, static_cast<std::size_t>(10.0 * run.arrivals.concurrency));
    }
    std::stop_source source;
    run.stop = source.get_token();
    const std::size_t total = trace.empty() ? run.requests : trace.size();
    run.progress = [&](std::size_t finished) {
        if (options.progress) {
            options.progress(finished, total);
        }
        if (options.stop && options.stop()) {
            source.request_stop();
        }
    };
    result.arrivals = run.arrivals.kind;
    result.simulated = simulate_serving(cost, run);

    const LengthMix mix = trace.empty() ? length_mix(run.input, run.output) : length_mix(trace);
    const SteadyStates states{cost, result.plan, mix};
    result.capacity = states.capacity();
    if (result.arrivals == Arrivals::Kind::kClosed) {
        result.concurrency = run.arrivals.concurrency;
        result.closed_form = states.closed(result.concurrency);
    } else if (result.arrivals != Arrivals::Kind::kOffline) {
        const double span = trace.empty() ? 0.0 : trace.back().arrival;
        result.rate = trace.empty() ? run.arrivals.rate
                      : span > 0.0  ? static_cast<double>(trace.size() - 1) / span
                                    : 0.0;
        if (result.rate > 0.0) {
            result.closed_form = states.open(result.rate);
        }
    }
    result.usd_per_mtok =
        cost_of(metrics, resolved,
                result.simulated.tokens_per_second + result.simulated.input_tokens_per_second);
    note_missed(evaluation, result);
    return result;
}

Result<std::vector<FrontierPoint>> latency_frontier(const Session& session,
                                                    const LoadedDesign& loaded, int points,
                                                    const std::function<bool()>& stop) {
    LoadedDesign limited = loaded;
    const auto set = set_field(limited.design, "scenario.limits.tpot", "10 s");
    if (!set) {
        return set.error();
    }
    auto prepared = session.prepare(limited);
    if (!prepared) {
        return prepared.error();
    }
    ResolvedDesign& resolved = prepared->resolved;
    if (!resolved->workload.present) {
        return Failure{"simulate.option", "this design has no workload; simulate serves one."};
    }
    const auto at_limit = [&](double limit) {
        resolved.scalars[resolved->scenario.tpot_limit.index] = limit;
        const Metrics metrics = evaluate(resolved, prepared->context);
        const Serving& serving = metrics.serving;
        const TokenEconomics& tokens = metrics.economics.tokens;
        return FrontierPoint{
            .tpot_limit = limit,
            .feasible = metrics.feasible(),
            .mapping = serving.mapping,
            .accelerators = serving.accelerators,
            .batch = serving.batch,
            .tpot = serving.tpot_s,
            .ttft = serving.ttft_s,
            .tokens_per_second_per_accelerator =
                serving.accelerators > 0.0 ? serving.tokens_per_second / serving.accelerators : 0.0,
            .tokens_per_second_per_user = serving.tpot_s > 0.0 ? 1.0 / serving.tpot_s : 0.0,
            .usd_per_mtok = tokens.usd_per_mtok,
            .joules_per_token = tokens.joules_per_token};
    };
    std::vector<FrontierPoint> frontier;
    const FrontierPoint loose = at_limit(kLoosestLimit);
    if (!loose.feasible) {
        frontier.push_back(loose);
        return frontier;
    }
    double low = kTightestLimit, high = std::max(loose.tpot, 2.0 * kTightestLimit);
    while (high / low > kCloseEnough && !(stop && stop())) {
        const double middle = std::sqrt(low * high);
        (at_limit(middle).feasible ? high : low) = middle;
    }
    const double shortest = high;
    const double longest = std::max(loose.tpot * kCloseEnough, shortest);
    for (int i = 0; i < points && !(stop && stop()); ++i) {
        const double part = points > 1 ? static_cast<double>(i) / (points - 1) : 1.0;
        frontier.push_back(at_limit(shortest * std::pow(longest / shortest, part)));
    }
    for (FrontierPoint& point : frontier) {
        point.on_front =
            point.feasible &&
            std::none_of(frontier.begin(), frontier.end(), [&](const FrontierPoint& other) {
                const bool no_worse =
                    other.tpot <= point.tpot && other.usd_per_mtok <= point.usd_per_mtok;
                const bool better =
                    other.tpot < point.tpot || other.usd_per_mtok < point.usd_per_mtok;
                return other.feasible && no_worse && better;
            });
    }
    return frontier;
}

}  // namespace wafercast
