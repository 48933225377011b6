#include "serving/steady_state.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "math/math.hpp"

namespace wafercast {
namespace {

constexpr int kPrompts = 12;  ///< prompts that stand for a distribution
constexpr int kBisections = 60;
constexpr int kRounds = 40;
constexpr double kNegligible = 1e-7;  ///< of a probability
constexpr double kAlmostFull = 0.999;
constexpr double kRecursion = 64.0;  ///< clients that are added one by one
constexpr double kMostStates = 2e5;  ///< sequences followed in a birth-death process

/// Largest x in [0, high] with f(x) <= 0, f rising.
template <class F>
double root(double high, F&& f) {
    if (f(high) <= 0.0) {
        return high;
    }
    double low = 0.0;
    for (int i = 0; i < kBisections; ++i) {
        const double middle = 0.5 * (low + high);
        (f(middle) <= 0.0 ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

/// Calls use(count, probability) for a binomial count of `trials` at `chance`.
template <class Use>
void over_binomial(double trials, double chance, Use&& use) {
    const double most = std::floor(trials);
    if (chance >= 1.0) {
        use(most, 1.0);
        return;
    }
    double probability = math::exp(trials * math::log1p(-chance));
    if (probability < 1e-280) {  // around the mean, where there is something
        const double mean = trials * chance;
        const double spread = 8.0 * std::sqrt(mean * (1.0 - chance)) + 8.0;
        const double odds = math::log(chance) - math::log1p(-chance);
        const double first = std::max(std::floor(mean - spread), 0.0);
        const auto choose = [&](double count) {
            return math::log_gamma(most + 1.0) - math::log_gamma(count + 1.0) -
                   math::log_gamma(most - count + 1.0);
        };
        probability = math::exp(choose(first) + first * odds + most * math::log1p(-chance));
        for (double count = first; count <= std::min(most, mean + spread); count += 1.0) {
            use(count, probability);
            probability *= (most - count) / (count + 1.0) * chance / (1.0 - chance);
        }
        return;
    }
    double left = 1.0;
    for (double count = 0.0; count <= most && left > kNegligible; count += 1.0) {
        use(count, probability);
        left -= probability;
        probability *= (trials - count) / (count + 1.0) * chance / (1.0 - chance);
    }
}

template <class Use>
void over_poisson(double mean, Use&& use) {
    const double spread = 8.0 * std::sqrt(mean) + 12.0;
    const double first = std::max(std::floor(mean - spread), 0.0);
    double probability =
        first > 0.0 ? math::exp(first * math::log(mean) - mean - math::log_gamma(first + 1.0))
                    : math::exp(-mean);
    for (double count = first; count <= mean + spread; count += 1.0) {
        use(count, probability);
        probability *= mean / (count + 1.0);
    }
}

/// Of the wait at one server, that is left where requests choose the emptiest of several.
/// @cite sakasegawa-1977
double servers_factor(double busy, double servers, double prompts) {
    if (servers <= 1.0) {
        return 1.0;
    }
    // A pass of many prompts ends no earlier for being one of several.
    return math::pow(busy, std::sqrt(2.0 * (servers + 1.0)) - 2.0) *
           math::pow(servers, -1.0 / prompts);
}

/// Stationary state of k sequences that come at a rate and leave at k / (S T(k)).
struct Population {
    double decoding = 0.0;
    double waiting = 0.0;
    double busy = 0.0;  ///< probability that anything decodes
    bool stable = true;
};

}  // namespace

SteadyStates::SteadyStates(const StepCost& cost, const ServingPlan& plan, const LengthMix& mix)
    : cost_{cost}, plan_{plan}, mix_{mix} {
    double squares = 0.0;
    double share = 0.0;
    Prompt bucket;
    for (const LengthPoint& point : mix.prompts) {
        const double fresh = fresh_tokens(plan, point.input);
        const double pairs = fresh * (point.input - fresh + 0.5 * (fresh + 1.0));
        fresh_ += point.weight * fresh;
        pairs_ += point.weight * pairs;
        squares += point.weight * fresh * fresh;
        bucket.fresh += point.weight * fresh;
        bucket.pairs += point.weight * pairs;
        bucket.weight += point.weight;
        share += point.weight;
        if (bucket.weight >= 1.0 / kPrompts || share >= 1.0 - kNegligible) {
            bucket.fresh /= bucket.weight;
            bucket.pairs /= bucket.weight;
            prompts_.push_back(bucket);
            bucket = {};
        }
    }
    const double mean_pass = pass(1.0).seconds;
    for (const Prompt& prompt : prompts_) {
        StepLoad load{.prefill_tokens = prompt.fresh,
                      .prefill_context = prompt.pairs / prompt.fresh};
        const double off = cost_.time(load).seconds / mean_pass - 1.0;
        pass_variation_ += prompt.weight * off * off;
    }
    const StepGain gain = step_gain(plan);
    double per_token = 0.0;
    for (const LengthPoint& point : mix.answers) {
        const double steps = steps_for(gain, point.output - 1.0);
        steps_ += point.weight * steps;
        per_token += steps > 0.0 ? point.weight * steps / (point.output - 1.0) : 0.0;
    }
    if (mix.decoding_share > 0.0) {
        steps_ /= mix.decoding_share;
        per_token_ = per_token / mix.decoding_share;
        context_ = (mix.input_steps + 0.5 * (mix.steps_squared + mix.steps)) / mix.steps;
    }
    double step_squares = 0.0;
    for (const LengthPoint& point : mix.answers) {
        const double steps = steps_for(gain, point.output - 1.0);
        step_squares += point.weight * (steps - steps_) * (steps - steps_);
    }
    steps_variance_ = step_squares + steps_ * (gain.square / (gain.mean * gain.mean) - 1.0);
    // Whole prompts in a pass: a lattice count for equal ones, else the renewal count.
    const double variation = std::max(squares / (fresh_ * fresh_) - 1.0, 0.0);
    variation_ = variation;
    const double packed = variation < 1e-9 ? std::floor(plan.budget / fresh_)
                                           : plan.budget / fresh_ + 0.5 * (variation - 1.0);
    together_ = std::max(std::floor(packed + 0.5), 1.0);

    // A running request holds pages for its context, or for all it will have.
    const double page = 0.5 * (plan.block_tokens - 1.0);
    const bool reserved = plan.admission == Admission::kReserved;
    double inputs = 0.0, outputs = 0.0;
    for (const LengthPoint& point : mix.prompts) {
        inputs += point.weight * point.input * point.input;
    }
    for (const LengthPoint& point : mix.answers) {
        outputs += point.weight * point.output * point.output;
    }
    double resident = mix.input + 1.0 + page;
    if (mix.steps > 0.0) {
        const double whole = (mix.input_steps + mix.steps_squared + mix.steps) / mix.steps;
        resident = page + (reserved ? whole : context_);
    }
    const double spread = inputs - mix.input * mix.input +
                          (reserved ? outputs - mix.output * mix.output
                                    : outputs / 3.0 - 0.25 * mix.output * mix.output);
    // The next one in line is kept out by half of itself.
    const double kept =
        plan.watermark * plan.kv_tokens + 0.5 * (resident + std::max(spread, 0.0) / resident);
    slots_ = std::min(plan.most_sequences,
                      std::max(std::floor((plan.kv_tokens - kept) / resident), 1.0));
    slot_deviation_ = std::sqrt(slots_ * std::max(spread, 0.0)) / resident;
    if (plan.prefill == PrefillMode::kChunked && !plan.disaggregated()) {
        // Prompts need a piece of the budget beside those that decode.
        slots_ = std::min(slots_, std::max(std::floor((plan.budget - 1.0) / plan.width()), 1.0));
    }
}

double SteadyStates::decode_seconds(double sequences) const {
    return mixed_seconds(sequences, 0.0);
}

double SteadyStates::mixed_seconds(double sequences, double tokens) const {
    StepLoad load{.prefill_tokens = tokens, .sequences = sequences, .context = context_};
    load.prefill_context = tokens > 0.0 ? pairs_ / fresh_ : 0.0;
    return step_time(cost_, plan_, load).seconds;
}

/// Of `clients`, those whose KV there is room for: lengths vary, and so does how many fit.
///
///     E min(N, M) = N - d (phi(z) + z Phi(z)),  z = (N - slots)/d,  d = slots^1/2 v
double SteadyStates::admitted(double clients) const {
    const double most = std::min(clients, slots_);
    if (slots_ >= plan_.most_sequences || slot_deviation_ <= 0.0) {
        return most;
    }
    const double z = (clients - slots_) / slot_deviation_;
    const double density = math::exp(-0.5 * z * z) / std::sqrt(2.0 * 3.14159265358979323846);
    const double fits = clients - slot_deviation_ * (density + z * math::normal_cdf(z));
    return std::clamp(fits, 1.0, most);
}

/// One pass of prompts, mean over their lengths.
StepTime SteadyStates::pass(double prompts) const {
    StepTime sum;
    for (const Prompt& prompt : prompts_) {
        const double others = std::max(prompts - 1.0, 0.0);
        const double own = std::min(prompts, 1.0);
        StepLoad load;
        load.prefill_tokens = others * fresh_ + own * prompt.fresh;
        load.prefill_context = (others * pairs_ + own * prompt.pairs) / load.prefill_tokens;
        const StepTime time = cost_.time(load);
        sum.seconds += prompt.weight * time.seconds;
        sum.latency += prompt.weight * std::max(time.latency, time.seconds);
    }
    return sum;
}

/// Passes that whole prompts take, one after another.
double SteadyStates::passes(double prompts) const {
    if (prompts <= 0.0) {
        return 0.0;
    }
    const double full = std::floor(prompts / together_);
    const double left = prompts - full * together_;
    return (full > 0.0 ? full * pass(together_).seconds : 0.0) +
           (left > 0.0 ? pass(left).seconds : 0.0);
}

/// Mean time of the passes that follow a decode step before the next: of the prompts that came
/// during it, of those that came meanwhile, and so on; no more than there is `room` for.
double SteadyStates::passes_after_step(double step, double rate, double room) const {
    const auto mean_passes = [&](double seconds, double left) {
        double sum = 0.0;
        over_poisson(rate * seconds, [&](double count, double probability) {
            sum += probability * passes(std::min(count, left));
        });
        return sum;
    };
    double sum = 0.0;
    over_poisson(rate * step, [&](double count, double probability) {
        double left = room;
        const double first = std::min(count, left);
        if (first < 0.5 || probability < kNegligible) {
            return;
        }
        double last = passes(first);
        double all = last;
        left -= first;
        for (int i = 0; i < kRounds && last > 1e-3 * all && left > 0.0; ++i) {
            const double came = rate * last;
            const double next = mean_passes(last, left);
            const double ratio = next / last;
            if (i >= 3 || next < 1e-2 * all) {
                // The rest falls geometrically, or goes on until there is no room.
                const double rest = ratio < kAlmostFull ? came / (1.0 - ratio) : left;
                all += next * std::min(rest, left) / came;
                break;
            }
            left -= came;
            last = next;
            all += last;
        }
        sum += probability * all;
    });
    return sum;
}

/// Pieces of prompts in steps to which `per_step` prompts come on average. Prompts that come alone
/// leave a partial last piece; behind a queue the next prompt fills it.
SteadyStates::Pieces SteadyStates::pieces(double per_step, double piece) const {
    Pieces pieces;
    const double load = per_step * fresh_;
    const double full_load = std::min(load / piece, 1.0);
    double bursts = 0.0;
    double partial = 0.0, partial_tokens = 0.0;
    over_poisson(per_step, [&](double count, double probability) {
        if (count < 0.5 || probability < kNegligible) {
            return;
        }
        for (const Prompt& prompt : prompts_) {
            const double tokens = prompt.fresh + (count - 1.0) * fresh_;
            const double left = tokens - piece * std::floor(tokens / piece);
            bursts += probability * prompt.weight;
            if (left > 0.0) {
                partial += probability * prompt.weight;
                partial_tokens += probability * prompt.weight * left;
            }
        }
    });
    if (bursts <= 0.0) {
        return pieces;
    }
    pieces.partial = partial * (1.0 - full_load);
    pieces.partial_tokens = partial > 0.0 ? partial_tokens / partial : 0.0;
    const double rest = load - pieces.partial * pieces.partial_tokens;
    pieces.full = std::clamp(rest / piece, 0.0, 1.0);
    pieces.partial = std::min(pieces.partial, 1.0 - pieces.full);
    return pieces;
}

/// Passes of prompts that come at `rate` to one engine, those that wait together in one pass. A
/// pass in progress delays who comes; a queue grows only when full passes do not keep up.
///
///     j = clamp(rate T(j), 1, J),  W = busy (1 + v) T(j) / 2 / (1 - (rate T(J) / J)^J)
SteadyStates::PassQueue SteadyStates::pass_queue(double rate) const {
    PassQueue queue;
    // The pass that brings as many prompts as it takes: T is nearly a line, so a secant.
    double prompts = 1.0;
    StepTime time = pass(1.0);
    if (together_ > 1.0 && rate * time.seconds > 1.0) {
        prompts = 1.0 + root(together_ - 1.0, [&](double more) {
                      return 1.0 + more - rate * pass(1.0 + more).seconds;
                  });
        time = pass(prompts);
    }
    queue.prompts = prompts;
    queue.seconds = time.seconds;
    queue.latency = time.latency;
    queue.each = time.seconds / prompts;
    queue.busy = std::min(rate * queue.each, 1.0);
    queue.use = rate * pass(together_).seconds / together_;
    queue.residual = 0.5 * queue.busy * (1.0 + variation_ / prompts) * time.seconds;
    queue.growth = math::pow(std::min(queue.use, 1.0), together_);
    return queue;
}

SteadyState SteadyStates::closed(double clients) const {
    const double n = std::max(clients, 1.0);
    if (plan_.disaggregated()) {
        return closed_pools(n);
    }
    return plan_.prefill == PrefillMode::kChunked && mix_.steps > 0.0 ? closed_chunked(n)
                                                                      : closed_separate(n);
}

SteadyState SteadyStates::closed_separate(double clients) const {
    SteadyState state;
    state.sequences_limit = slots_;
    const double n = admitted(clients);
    if (mix_.steps <= 0.0) {  // one token a request: prompts only
        const double prompts = std::min(n, together_);
        const StepTime time = pass(prompts);
        state.requests_per_s = prompts / time.seconds;
        state.in_flight = clients;
        state.ttft = clients / state.requests_per_s;
        state.prefill_share = 1.0;
        state.tokens_per_second = state.requests_per_s;
        return state;
    }
    const double chance = std::min(1.0 / steps_, 1.0);
    const double prompts_each = 1.0 / mix_.decoding_share;
    const StepTime alone = pass(1.0);
    double decoding = n;
    for (int round = 0; round < 4; ++round) {
        const double step = decode_seconds(std::max(decoding, 1.0));
        double all = 0.0, others = 0.0, done = 0.0, tail = 0.0, finished = 0.0;
        over_binomial(n, chance, [&](double count, double probability) {
            all += probability * prompts_each * passes(count);
        });
        over_binomial(n - 1.0, chance, [&](double count, double probability) {
            others += probability * prompts_each * passes(count);
        });
        // Of the prompts that a step's end brings, in passes one after another.
        over_binomial(n - 1.0, chance, [&](double count, double probability) {
            const double prompts = count + 1.0;
            const double total = passes(prompts);
            const double full = std::floor(prompts / together_);
            const double left = prompts - full * together_;
            const double first = full > 0.0 ? pass(together_).seconds : 0.0;
            const double mean =
                (full * together_ * first * 0.5 * (full + 1.0) + left * total) / prompts;
            done += probability * mean;
            tail += probability * (total - mean);
            finished += probability;
        });
        done /= finished;
        tail /= finished;
        // With pipeline stages a prompt is out later than its pass makes room.
        const double transit = alone.latency - alone.seconds;
        const double cycle = step + all;
        state.requests_per_s = n / (steps_ * cycle + transit) / mix_.decoding_share;
        decoding = n * steps_ * cycle / (steps_ * cycle + transit);
        state.mean_step = cycle;
        const double short_of = mix_.inverse_steps;
        state.tpot =
            step * per_token_ + others * std::max(per_token_ - short_of, 0.0) + tail * short_of;
        const double waiting = std::max(clients - n, 0.0) / state.requests_per_s;
        state.ttft = waiting + done + transit;
        state.prefill_share = all / cycle;
    }
    state.decoding = decoding;
    state.in_flight = clients;
    state.tokens_per_second = state.requests_per_s * mix_.output;
    return state;
}

SteadyState SteadyStates::closed_chunked(double clients) const {
    SteadyState state;
    state.sequences_limit = slots_;
    const double n = admitted(clients);
    struct Chain {
        double per_step = 0.0;  ///< prompts
        double decoding = 0.0;
        double piece = 1.0;
        double ttft_steps = 0.0;
    };
    // Prompts visit the prefill queue, then decode for S steps; time in steps.
    const auto solve = [&](double customers) {
        Chain chain;
        if (customers <= 0.0) {
            chain.piece = std::max(plan_.budget - plan_.width(), 1.0);
            return chain;
        }
        const double others = (customers - 1.0) / customers;
        const double decode_steps = steps_ * mix_.decoding_share;
        const auto visit = [&](double per_step) {
            chain.per_step = per_step;
            chain.decoding = std::min(per_step * decode_steps, customers);
            chain.piece = std::max(plan_.budget - chain.decoding * plan_.width(), 1.0);
            double work = 0.0, square = 0.0, whole = 0.0;
            for (const Prompt& prompt : prompts_) {
                const double steps = prompt.fresh / chain.piece;
                work += prompt.weight * steps;
                square += prompt.weight * steps * steps;
                whole += prompt.weight * std::ceil(steps);
            }
            const double use = std::min(per_step * work, 1.0);
            const double seen = std::min(others * use, kAlmostFull);
            // Clients whose decoding lasts equally long come back in turn.
            const double spacing = (decode_steps + work) / customers;
            const double jitter = steps_variance_ / (spacing * spacing);
            const double random = jitter / (1.0 + jitter);
            const double spread = 0.5 * (square / work - work + random * work);
            const double wait = seen * spread / (1.0 - seen);
            const double packed = random * use;
            const double own = (1.0 - packed) * whole + packed * std::max(work + 0.5, 1.0);
            // First tokens as if clients came at random: those that come in turn today do not
            // always.
            const double most_wait = seen * 0.5 * square / work / (1.0 - seen);
            chain.ttft_steps = std::max(wait, std::min(most_wait, customers * work)) + own;
            return per_step * (wait + own + decode_steps) - customers;
        };
        double most = customers / (1.0 + decode_steps);
        // The queue cannot pass more than its pieces hold.
        most = std::min(
            most, root(most, [&](double x) {
                const double piece = std::max(
                    plan_.budget - std::min(x * decode_steps, customers) * plan_.width(), 1.0);
                return x * fresh_ - piece;
            }));
        visit(root(most, visit));
        chain.decoding = std::min(chain.decoding, customers);
        return chain;
    };
    /// Mean step where `tagged` more sequences decode in every step.
    const auto mean_of = [&](const Chain& chain, double customers, double tagged) {
        const Pieces shares = pieces(chain.per_step, chain.piece);
        const double with = shares.full + shares.partial;
        const double without = std::max(1.0 - with, 0.0);
        const double idle = without > 0.0 ? decode_seconds(std::max(customers + tagged, 1.0)) : 0.0;
        double beside = chain.decoding;
        if (with > 1e-9) {
            beside = std::clamp((chain.decoding - without * customers) / with, 0.0, customers);
        }
        beside += tagged;
        return without * idle + shares.full * mixed_seconds(beside, chain.piece) +
               (shares.partial > 0.0 ? shares.partial * mixed_seconds(beside, shares.partial_tokens)
                                     : 0.0);
    };
    const Chain chain = solve(n);
    const Chain others = solve(n - 1.0);
    const double step = mean_of(chain, n, 0.0);
    const double seen = mean_of(others, n - 1.0, 1.0);
    state.mean_step = step;
    state.requests_per_s = chain.per_step / step;
    state.decoding = chain.decoding;
    state.in_flight = clients;
    state.tpot = seen * per_token_;
    state.ttft = chain.ttft_steps * step + std::max(clients - n, 0.0) / state.requests_per_s;
    state.prefill_share = 1.0 - decode_seconds(std::max(chain.decoding, 1.0)) / step;
    state.tokens_per_second = state.requests_per_s * mix_.output;
    return state;
}

/// Mean-value analysis: who comes to a pool of n clients sees it with n - 1.
SteadyState SteadyStates::closed_pools(double clients) const {
    SteadyState state;
    state.sequences_limit = slots_;
    const double engines = plan_.decode_engines;
    const double prefill = plan_.prefill_engines;
    const double sending = plan_.transfer_per_token * (mix_.input + 1.0);
    const double decode_steps = steps_ * mix_.decoding_share;
    struct Visit {
        double wait = 0.0, pass = 0.0, transfer = 0.0, joining = 0.0, step = 0.0, together = 1.0;
    };
    // What a request meets where others pass at `rate`, `decoding` of them there, and wait `waits`.
    const auto visit = [&](double rate, double decoding, double waits) {
        Visit meets;
        const PassQueue queue = pass_queue(rate / prefill);
        meets.wait = servers_factor(queue.busy, prefill, queue.prompts) * queue.residual +
                     queue.growth * waits;
        meets.pass = queue.latency;
        meets.together = queue.prompts;
        state.prefill_share = queue.busy;
        const double link = std::min(rate * sending / prefill, kAlmostFull);
        // Prompts of a pass are sent one after another.
        const double before = 0.5 * (queue.prompts - 1.0) + 0.5 * link / (1.0 - link);
        meets.transfer = mix_.decoding_share * (sending * (1.0 + before) + plan_.transfer_latency);
        // On the emptiest engine, itself counted.
        const double there = (decoding + 1.0) / engines;
        meets.step = decode_seconds(std::clamp(there, 1.0, slots_));
        meets.joining = 0.5 * std::min(decoding / engines, 1.0) * meets.step * mix_.decoding_share;
        return meets;
    };
    const double full_pass = pass(together_).seconds;
    const double most = prefill * together_ / full_pass;
    const double decodes =
        decode_steps > 0.0 ? engines * slots_ / (decode_steps * decode_seconds(slots_)) : most;
    const double bound = std::min(most, decodes);
    Visit meets;
    double rate = 0.0;
    if (clients <= kRecursion && together_ <= 1.0) {
        double decoding = 0.0;
        for (double n = 1.0; n <= clients; n += 1.0) {
            meets = visit(rate, decoding, meets.wait);
            const double decode = decode_steps * meets.step;
            const double cycle = meets.wait + meets.pass + meets.transfer + meets.joining + decode;
            rate = std::min(n / cycle, bound);
            decoding = rate * decode;
        }
        state.decoding = decoding;
    } else {
        const double others = (clients - 1.0) / clients;
        rate = root(bound, [&](double x) {
            double decoding = x * decode_steps * decode_seconds(1.0);
            for (int i = 0; i < 4 * kRounds; ++i) {
                const double on_engine = std::clamp(decoding / engines, 1.0, slots_);
                const double next =
                    std::min(x * decode_steps * decode_seconds(on_engine), 2.0 * clients);
                const bool settled = std::abs(next - decoding) < 1e-6 * next;
                decoding = next;
                if (settled) {
                    break;
                }
            }
            meets = visit(others * x, others * decoding, 0.0);
            const double growth = std::min(pass_queue(others * x / prefill).growth, kAlmostFull);
            meets.wait /= 1.0 - growth;
            state.decoding = decoding;
            return x * (meets.wait + meets.pass + meets.transfer + meets.joining) + decoding -
                   clients;
        });
    }
    state.requests_per_s = rate;
    state.in_flight = clients;
    // What neither pool holds waits for the one that is full.
    const double elsewhere = rate * (meets.pass + meets.transfer + meets.joining) + state.decoding;
    const double waiting = std::max(clients - elsewhere, 0.0) / rate;
    const bool by_prefill = most <= decodes;
    state.ttft = meets.pass + (by_prefill || rate < bound ? waiting : meets.wait);
    const double room = by_prefill || rate < bound ? 0.0 : std::max(waiting - meets.wait, 0.0);
    // Prompts of a pass decode together: a sequence sees more of them than the mean over time.
    const double there = state.decoding / engines;
    const double batch = meets.together / engines;
    const double variation =
        mix_.steps > 0.0 ? mix_.steps_squared / (mix_.steps * mix_.steps) : 1.0;
    if (batch > there && there > 0.0) {
        const double burst = std::min(there + batch * batch / (12.0 * there), batch / variation);
        meets.step = std::max(meets.step, decode_seconds(std::clamp(burst, 1.0, slots_)));
    }
    state.mean_step = meets.step;
    state.tpot = meets.step * per_token_;
    if (mix_.decoding_share > 0.0) {
        state.tpot +=
            ((meets.transfer + meets.joining) / mix_.decoding_share + room) * mix_.inverse_steps;
    }
    state.tokens_per_second = rate * mix_.output;
    return state;
}

/// The chain of an engine on which `sequences` decode and prompts come at `rate`: of pieces beside
/// decoding, or of passes between decode steps.
PieceChain SteadyStates::chain(double sequences, double rate) const {
    PieceChain::Sizes sizes;
    if (plan_.prefill == PrefillMode::kSeparate) {  // whole prompts
        sizes.unit = fresh_;
        sizes.most = static_cast<int>(std::min(together_, 64.0));
        sizes.prompt = {1.0};
        sizes.variation = pass_variation_;
        return {std::move(sizes),
                [&](double tokens) {
                    return tokens > 0.0 ? pass(tokens / fresh_).seconds : decode_seconds(sequences);
                },
                rate};
    }
    const double piece = std::max(plan_.budget - sequences * plan_.width(), 1.0);
    if (fresh_ > piece) {
        sizes.most = std::clamp(static_cast<int>(std::floor(12.0 * piece / fresh_)), 1, 4);
        sizes.unit = piece / sizes.most;
    } else {
        const double parts = piece < 4.0 * fresh_ ? 4.0 : piece < 16.0 * fresh_ ? 2.0 : 1.0;
        sizes.unit = fresh_ / parts;
        sizes.most = std::clamp(static_cast<int>(std::floor(piece / sizes.unit)), 1, 64);
    }
    sizes.prompt_units = 0.0;
    for (const Prompt& prompt : prompts_) {
        const double units = std::clamp(std::floor(prompt.fresh / sizes.unit + 0.5), 1.0, 256.0);
        const auto place = static_cast<std::size_t>(units);
        sizes.prompt.resize(std::max(sizes.prompt.size(), place), 0.0);
        sizes.prompt[place - 1] += prompt.weight;
        sizes.prompt_units += prompt.weight * units;
    }
    const double rounded = fresh_ / (sizes.unit * sizes.prompt_units);
    return {std::move(sizes), [&](double tokens) { return mixed_seconds(sequences, tokens); },
            rate * rounded};
}

/// Mean time from one decode step to the next with `sequences` on an engine and prompts at `rate`.
double SteadyStates::stretched_step(double sequences, double rate) const {
    const double step = decode_seconds(sequences);
    const double room = slots_ - sequences;
    if (plan_.disaggregated() || room <= 0.0) {
        return step;
    }
    if (plan_.prefill == PrefillMode::kSeparate) {
        if (together_ <= 1.0) {
            return step + passes_after_step(step, rate, room);
        }
        const PieceChain gaps = chain(sequences, rate);
        const double passing = gaps.mean() / std::max(gaps.empty(), 1e-6) - step;
        return step + std::min(passing, pass_queue(rate).each * room);
    }
    return chain(sequences, rate).mean();
}

/// What steps take longer because prompts that are prefilled in a row join together: a sequence
/// decodes beside its batch, which the mean over time does not show.
///
///     dT = T(k + (f - 1) / (1 + v)) - T(k), more of them for it,  f = m / (1 - m)^2 + 1 / (1 - m)
///
/// f the size of a prompt's family in passes (m children each), v the variation of decode steps.
double SteadyStates::crowding(double sequences, double rate) const {
    const double at = std::clamp(sequences + 1.0, 1.0, std::max(slots_ - 1.0, 1.0));
    const double step = stretched_step(at, rate);
    const double more = 1.0 - decode_seconds(at) / step;
    const double family = more / ((1.0 - more) * (1.0 - more)) + 1.0 / (1.0 - more);
    const double overlap = 1.0 / (1.0 + steps_variance_ / std::max(steps_ * steps_, 1.0));
    const double beside = std::min(overlap * (family - 1.0), std::max(slots_ - 1.0 - at, 0.0));
    if (beside < 1e-3) {
        return 0.0;
    }
    const double longer = std::max(stretched_step(at + beside, rate) - step, 0.0);
    const double feedback = rate * mix_.decoding_share * steps_ * longer / beside;
    return longer / (1.0 - std::min(feedback, 0.8));
}

SteadyState SteadyStates::open(double rate) const {
    SteadyState state;
    state.sequences_limit = slots_;
    state.requests_per_s = rate;
    state.tokens_per_second = rate * mix_.output;
    const double engines = plan_.disaggregated() ? plan_.decode_engines : 1.0;
    const double arriving = rate * mix_.decoding_share;
    const double places = slots_ * engines;

    // Steps at a few populations, straight lines between.
    std::vector<double> counts, seconds;
    for (double count = 1.0;; count = std::max(count + 1.0, std::floor(count * 1.25))) {
        count = std::min(count, slots_);
        counts.push_back(count);
        seconds.push_back(stretched_step(count, rate));
        if (count >= slots_ || count * engines > kMostStates) {
            break;
        }
        // Far beyond what the rate can keep there.
        if (count > 64.0 && arriving / engines * steps_ * seconds.back() < 0.25 * count) {
            break;
        }
    }
    std::size_t place = 0;
    const auto step_at = [&](double count) {
        while (place + 2 < counts.size() && counts[place + 1] < count) {
            ++place;
        }
        if (counts.size() < 2) {
            return seconds[0];
        }
        const double part = (count - counts[place]) / (counts[place + 1] - counts[place]);
        return seconds[place] + part * (seconds[place + 1] - seconds[place]);
    };
    Population population;
    double weight = 1.0, sum = 1.0, decoding = 0.0, waiting = 0.0, served = 0.0;
    double steps_seconds = 0.0;
    double ratio = 0.0;
    const double last = std::min(places, std::max(counts.back() * engines, engines));
    for (double k = 1.0; arriving > 0.0 && k <= last; k += 1.0) {
        const double on_engine = std::max(k / engines, 1.0);
        const double step = step_at(on_engine);
        ratio = arriving * steps_ * step / k;
        weight *= ratio;
        sum += weight;
        decoding += weight * k;
        served += weight;
        steps_seconds += weight * k * step;
        if (weight > 1e200) {  // only ratios matter
            for (double* part : {&sum, &decoding, &served, &weight, &steps_seconds}) {
                *part *= 1e-200;
            }
        }
        if (ratio < 0.9 && weight < 1e-12 * sum) {
            break;
        }
    }
    if (ratio >= kAlmostFull) {
        state.stable = false;
    } else if (last >= places && ratio > 0.0) {  // beyond the slots all wait
        // A place that comes free is filled at once: as many prompts as sequences end.
        double step = decode_seconds(slots_);
        if (!plan_.disaggregated()) {
            const double prompts = slots_ / (steps_ * mix_.decoding_share);
            step += plan_.prefill == PrefillMode::kSeparate
                        ? (prompts > 1.0 ? passes(prompts) : prompts * pass(1.0).seconds)
                        : std::max(mixed_seconds(slots_, prompts * fresh_) - step, 0.0);
        }
        ratio = arriving * steps_ * step / last;
        state.stable = ratio < kAlmostFull;
        ratio = std::min(ratio, kAlmostFull);
        const double tail = weight * ratio / (1.0 - ratio);
        sum += tail;
        decoding += tail * last;
        served += tail;
        steps_seconds += tail * last * step;
        waiting = weight * ratio / ((1.0 - ratio) * (1.0 - ratio));
    }

    population.decoding = decoding / sum;
    // Of the wait for a place, what the variation of steps makes of it.
    const double steadiness = 0.5 * (1.0 + steps_variance_ / std::max(steps_ * steps_, 1.0));
    population.waiting = waiting / sum * std::min(steadiness, 1.0);
    population.busy = served / sum;
    state.decoding = population.decoding;
    state.mean_step = decoding > 0.0 ? steps_seconds / decoding : 0.0;

    // Prefill: wait and what is left behind.
    double trailing = 0.0;
    double crowd = 0.0;       ///< [s] a step
    double extra_each = 0.0;  ///< [s] a token
    double between = 0.0;
    const double queued = rate > 0.0 ? population.waiting / rate : 0.0;
    if (plan_.disaggregated()) {
        const double prefill = plan_.prefill_engines;
        const PassQueue queue = pass_queue(rate / prefill);
        state.stable = state.stable && queue.use < 1.0;
        const double growth = std::min(queue.growth, kAlmostFull);
        const double wait =
            servers_factor(queue.busy, prefill, queue.prompts) * queue.residual / (1.0 - growth);
        state.ttft = wait + queue.latency;
        state.prefill_share = queue.busy;
        const double sending = plan_.transfer_per_token * (mix_.input + 1.0);
        const double link = std::min(rate * sending / prefill, kAlmostFull);
        const double busy = std::min(population.decoding / engines, 1.0);
        const double step =
            decode_seconds(std::min(std::max(population.decoding / engines, 1.0), slots_));
        between = sending * (1.0 + 0.5 * (queue.prompts - 1.0) + 0.5 * link / (1.0 - link)) +
                  plan_.transfer_latency + 0.5 * busy * step + population.waiting / arriving;
    } else if (plan_.prefill == PrefillMode::kSeparate) {
        const PassQueue queue = pass_queue(rate);
        const double step = decode_seconds(std::max(population.decoding, 1.0));
        const double growth = std::min(queue.growth, kAlmostFull);
        state.stable = state.stable && queue.use < 1.0;
        const double wait =
            (queue.residual + 0.5 * population.busy * (1.0 - queue.busy) * step) / (1.0 - growth);
        state.ttft = queued + wait + queue.latency;
        state.prefill_share = queue.busy;
        // Who came during the pass, or found no room in it, is prefilled before the next step.
        if (together_ > 1.0) {
            const PieceChain gaps = chain(std::max(population.decoding, 1.0), rate);
            const PieceChain::Stay stay = gaps.prompt_stay();
            state.ttft = queued + stay.seconds + queue.latency - queue.seconds;
            const double room = std::max(slots_ - population.decoding, 0.0);
            trailing = std::min(gaps.cleared(stay.behind), queue.each * room);
        } else {
            const double room = std::max(slots_ - 1.0 - population.decoding, 0.0);
            trailing = std::min(rate * (queue.seconds + wait) * queue.each /
                                    (1.0 - std::min(queue.busy, kAlmostFull)),
                                queue.each * room);
        }
        crowd = crowding(population.decoding, rate);
        // None follow a request's last step.
        const double at = std::min(std::max(population.decoding, 1.0), slots_ - 1.0);
        if (at >= 1.0) {
            trailing -= stretched_step(at, rate) - decode_seconds(at);
        }
    } else {
        const double decoding_now = std::max(population.decoding, 1.0);
        const double piece = std::max(plan_.budget - decoding_now * plan_.width(), 1.0);
        const double full = mixed_seconds(decoding_now, piece);
        const double use = rate * fresh_ / piece * full;
        state.stable = state.stable && use < 1.0;
        state.prefill_share = std::min(use, 1.0);
        const PieceChain chunks = chain(decoding_now, rate);
        const PieceChain::Stay stay = chunks.prompt_stay();
        state.ttft = queued + stay.seconds;
        const std::vector<double> extra = chunks.extra_behind(stay.behind);
        for (const LengthPoint& answer : mix_.answers) {
            const double tokens = answer.output - 1.0;
            if (tokens > 0.0) {
                const auto steps = static_cast<std::size_t>(steps_for(step_gain(plan_), tokens));
                extra_each += answer.weight / mix_.decoding_share / tokens *
                              extra[std::clamp<std::size_t>(steps, 1, extra.size()) - 1];
            }
        }
    }
    if (mix_.decoding_share > 0.0 && arriving > 0.0 && steps_ > 0.0) {
        const double step = population.decoding / (arriving * steps_) + crowd;
        state.tpot = step * per_token_ + (trailing + between) * mix_.inverse_steps + extra_each;
        state.decoding += arriving * (trailing + crowd * steps_);
    }
    state.in_flight = rate * state.ttft + state.decoding + arriving * between;
    return state;
}

double SteadyStates::capacity() const {
    if (plan_.disaggregated()) {
        const double prefill = plan_.prefill_engines * together_ / pass(together_).seconds;
        const double decode = mix_.steps > 0.0
                                  ? plan_.decode_engines * slots_ /
                                        (steps_ * mix_.decoding_share * decode_seconds(slots_))
                                  : prefill;
        return std::min(prefill, decode);
    }
    return closed(slots_).requests_per_s;
}

}  // namespace wafercast
