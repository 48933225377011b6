#include "serving/simulate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <queue>

#include "math/math.hpp"

namespace wafercast {
namespace {

constexpr int kNone = -1;
constexpr std::size_t kWheel = 4096;  ///< decode steps that events are kept apart for
constexpr double kBoundless = 1e13;   ///< pages
constexpr std::size_t kProgressEvery = 1024;

enum class Stream : std::uint64_t { kArrival = 1, kInput, kOutput, kStagger, kDraft, kThought };

struct Sequence {
    double arrival = 0.0;
    double input = 1.0;
    double output = 1.0;
    double produced = 0.0;      ///< tokens made before the present run of decode steps
    double prefill_left = 0.0;  ///< tokens
    double prefill_done = 0.0;  ///< tokens in the cache, of the prompt (and of what is recomputed)
    double blocks = 0.0;
    double rate = 1.0;       ///< tokens per decode step, mean of this sequence's draws
    double admitted = -1.0;  ///< first time [s]
    double first_token = -1.0;
    std::int64_t joined = 0;     ///< decode step of the engine before its first
    std::int64_t last_step = 0;  ///< decode step that brings its last token
    std::int64_t due = 0;        ///< decode step of its next event
    std::uint32_t run = 0;       ///< runs of decode steps so far: events of old ones are void
    int previous = kNone, next = kNone;  ///< in order of admission, on its engine
    bool measured = false;
    bool decodes = false;
    bool in_transit = false;  ///< prefilled, its first token not yet out
};

struct WheelEvent {
    int sequence;
    std::uint32_t run;
};

/// A page is full or a sequence ends at the decode step of the bucket, or later in a bucket passed
/// again.
using Wheel = std::vector<std::vector<WheelEvent>>;

/// A piece of a prompt in the step at hand.
struct Piece {
    int sequence;
    double tokens;
    bool dropped = false;  ///< its sequence was thrown out in this step
};

struct Engine {
    bool takes_prompts = true;
    bool decodes = true;
    bool busy = false;
    double step_start = 0.0;
    StepTime step;
    bool step_decodes = false;
    std::vector<Piece> pieces;
    std::deque<int> waiting;          ///< not admitted
    std::deque<int> prefilling;       ///< admitted, with prompt tokens left (chunked)
    double waiting_tokens = 0.0;      ///< prompt tokens not done, for routing
    int first = kNone, last = kNone;  ///< admitted, in order
    double admitted = 0.0;
    double decoding = 0.0;
    std::int64_t decode_steps = 0;
    double context_base = 0.0;  ///< sum over decoding sequences of context - rate x steps
    double rates = 0.0;         ///< sum of their tokens per step
    double free_blocks = 0.0;
    double link_free = 0.0;  ///< [s] when its link has sent what it has to send
    Wheel wheel;
};

struct Event {
    enum class Kind { kArrival, kNext, kStepEnd, kResult, kDeliver };
    double time;
    std::uint64_t order;
    Kind kind;
    int index;   ///< sequence or engine
    int engine;  ///< of kResult and kDeliver
    bool operator>(const Event& other) const {
        return time != other.time ? time > other.time : order > other.order;
    }
};

LatencyStatistics statistics_of(std::vector<double>& values) {
    LatencyStatistics statistics;
    if (values.empty()) {
        return statistics;
    }
    double sum = 0.0;
    for (const double value : values) {
        sum += value;
    }
    statistics.mean = sum / static_cast<double>(values.size());
    std::sort(values.begin(), values.end());
    const auto at = [&](double share) {
        const double place = share * static_cast<double>(values.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const std::size_t above = std::min(below + 1, values.size() - 1);
        const double part = place - static_cast<double>(below);
        return values[below] + part * (values[above] - values[below]);
    };
    statistics.p50 = at(0.5);
    statistics.p90 = at(0.9);
    statistics.p99 = at(0.99);
    return statistics;
}

/// Integrals over the measured window.
struct Meter {
    bool open = false;
    double start = 0.0, end = 0.0;
    double last = 0.0;
    double decoding = 0.0, in_flight = 0.0, kv = 0.0;  ///< integrals
    double busy = 0.0, tokens = 0.0, input = 0.0, joules = 0.0, decode_time = 0.0;
    double decode_steps = 0.0;
    std::size_t finished = 0;
};

class Simulator {
public:
    Simulator(const StepCost& cost, const SimulationOptions& options)
        : cost_{cost}, options_{options}, plan_{options.plan} {
        set_up_engines();
        set_up_requests();
    }

    Simulation run() {
        begin();
        while (!events_.empty() && !done()) {
            if (options_.stop.stop_requested()) {
                result_.stopped = true;
                break;
            }
            const Event event = events_.top();
            events_.pop();
            advance(event.time);
            handle(event);
            start_engines();
        }
        return summary();
    }

private:
    // ---- set-up

    void set_up_engines() {
        const int prefill = plan_.prefill_engines;
        const int decode = plan_.disaggregated() ? std::max(plan_.decode_engines, 1) : 1;
        total_blocks_ = std::floor(plan_.kv_tokens / plan_.block_tokens);
        for (int i = 0; i < prefill + decode; ++i) {
            Engine engine;
            engine.takes_prompts = !plan_.disaggregated() || i < prefill;
            engine.decodes = !plan_.disaggregated() || i >= prefill;
            // Pages of a prefill engine are free again once they are sent: not counted.
            engine.free_blocks = engine.decodes ? total_blocks_ : kBoundless;
            if (engine.decodes) {
                engine.wheel.resize(kWheel);
            }
            engines_.push_back(std::move(engine));
        }
        decode_engines_ = decode;
        chunked_ = plan_.prefill == PrefillMode::kChunked;
    }

    [[nodiscard]] double draw(Stream stream, std::uint64_t counter) const {
        const std::uint64_t key =
            options_.seed * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(stream);
        return math::uniform(key, counter);
    }

    void set_up_requests() {
        const Arrivals& arrivals = options_.arrivals;
        const bool trace = arrivals.kind == Arrivals::Kind::kTrace;
        const std::size_t count = trace ? arrivals.trace.size() : options_.requests;
        sequences_.resize(count);
        double time = 0.0;
        for (std::size_t i = 0; i < count; ++i) {
            Sequence& sequence = sequences_[i];
            if (trace) {
                sequence.arrival = arrivals.trace[i].arrival;
                sequence.input = arrivals.trace[i].input;
                sequence.output = arrivals.trace[i].output;
                continue;
            }
            sequence.input = options_.input.quantile(draw(Stream::kInput, i));
            sequence.output = options_.output.quantile(draw(Stream::kOutput, i));
            if (arrivals.kind == Arrivals::Kind::kPoisson) {
                time -= math::log(draw(Stream::kArrival, i)) / arrivals.rate;
                sequence.arrival = time;
            }
        }
        first_measured_ = static_cast<std::size_t>(options_.warm_up * static_cast<double>(count));
    }

    void begin() {
        const Arrivals& arrivals = options_.arrivals;
        if (arrivals.kind == Arrivals::Kind::kClosed) {
            const auto clients = static_cast<std::size_t>(std::max(arrivals.concurrency, 1.0));
            first_measured_ = options_.whole ? 0
                                             : std::max(first_measured_,
                                                        std::min(clients, sequences_.size() / 2));
            for (std::size_t i = 0; i < std::min(clients, sequences_.size()); ++i) {
                if (options_.staggered) {
                    Sequence& sequence = sequences_[i];
                    const double left = draw(Stream::kStagger, i) * sequence.output;
                    sequence.output = std::max(std::ceil(left), 1.0);
                }
                send_next(0.0);
            }
        } else if (arrivals.kind == Arrivals::Kind::kOffline) {
            first_measured_ = 0;
            while (next_ < sequences_.size()) {
                send_next(0.0);
            }
        } else {
            push(sequences_.empty() ? 0.0 : sequences_[0].arrival, Event::Kind::kArrival, 0, kNone);
        }
        if (first_measured_ == 0) {
            open_meter(0.0);
        }
        start_engines();
    }

    // ---- events

    void push(double time, Event::Kind kind, int index, int engine) {
        events_.push({time, order_++, kind, index, engine});
    }

    void advance(double time) {
        if (meter_.open) {
            const double span = time - meter_.last;
            double decoding = 0.0;
            double used = 0.0;
            for (const Engine& engine : engines_) {
                if (engine.decodes) {
                    decoding += engine.decoding;
                    used += total_blocks_ - engine.free_blocks;
                }
            }
            meter_.decoding += span * decoding;
            meter_.in_flight += span * in_flight_;
            meter_.kv += span * used;
            result_.kv_peak = std::max(result_.kv_peak, used / (total_blocks_ * decode_engines_));
            meter_.last = time;
        }
        now_ = time;
    }

    void handle(const Event& event) {
        switch (event.kind) {
            case Event::Kind::kArrival:
                arrive(event.index);
                if (++next_ < sequences_.size()) {
                    push(sequences_[next_].arrival, Event::Kind::kArrival, static_cast<int>(next_),
                         kNone);
                } else if (meter_.open) {
                    close_meter();
                }
                break;
            case Event::Kind::kNext:
                thinking_ -= std::min<std::size_t>(thinking_, 1);
                if (next_ < sequences_.size()) {
                    send_next(now_);
                }
                break;
            case Event::Kind::kStepEnd:
                end_step(event.index);
                break;
            case Event::Kind::kResult:
                prompt_done(event.index, event.engine);
                break;
            case Event::Kind::kDeliver:
                deliver(event.index);
                break;
        }
    }

    [[nodiscard]] bool done() const {
        return finished_ >= sequences_.size() || (closed_loop() && meter_.end > 0.0);
    }

    [[nodiscard]] bool closed_loop() const {
        return options_.arrivals.kind == Arrivals::Kind::kClosed;
    }
    [[nodiscard]] bool open_loop() const {
        return options_.arrivals.kind == Arrivals::Kind::kPoisson ||
               options_.arrivals.kind == Arrivals::Kind::kTrace;
    }

    Sequence& at(int i) { return sequences_[static_cast<std::size_t>(i)]; }

    void send_after_thought() {
        if (options_.think <= 0.0) {
            send_next(now_);
            return;
        }
        const double u = draw(Stream::kThought, next_ + thinking_);
        ++thinking_;
        push(now_ - options_.think * math::log(u), Event::Kind::kNext, kNone, kNone);
    }

    void send_next(double time) {
        const int index = static_cast<int>(next_++);
        at(index).arrival = time;
        arrive(index);
    }

    void arrive(int index) {
        Sequence& sequence = at(index);
        if (open_loop() && static_cast<std::size_t>(index) == first_measured_) {
            open_meter(now_);
        }
        sequence.measured = static_cast<std::size_t>(index) >= first_measured_;
        in_flight_ += 1.0;
        if (meter_.open) {
            meter_.input += sequence.input;
        }
        if (blocks_for(sequence.input + sequence.output) > total_blocks_) {
            refuse();
            return;
        }
        enqueue(index, false);
    }

    void refuse() {
        ++result_.refused;
        in_flight_ -= 1.0;
        ++finished_;
        if (closed_loop()) {
            ++thinking_;
            push(now_, Event::Kind::kNext, kNone, kNone);
        }
    }

    /// To the prefill engine with the fewest prompt tokens before it.
    void enqueue(int index, bool in_front) {
        Engine* best = nullptr;
        for (Engine& engine : engines_) {
            if (engine.takes_prompts &&
                (best == nullptr || engine.waiting_tokens < best->waiting_tokens)) {
                best = &engine;
            }
        }
        Sequence& sequence = at(index);
        const double all = sequence.input + sequence.produced;
        sequence.prefill_left = fresh_tokens(plan_, sequence.input) + sequence.produced;
        sequence.prefill_done = all - sequence.prefill_left;
        best->waiting_tokens += sequence.prefill_left;
        if (in_front) {
            best->waiting.push_front(index);
        } else {
            best->waiting.push_back(index);
        }
    }

    // ---- admission and pages

    [[nodiscard]] double blocks_for(double tokens) const {
        return std::ceil(tokens / plan_.block_tokens);
    }

    [[nodiscard]] double blocks_on_admission(const Sequence& sequence) const {
        return blocks_for(plan_.admission == Admission::kReserved
                              ? sequence.input + sequence.output
                              : sequence.input + sequence.produced + 1.0);
    }

    bool admit(Engine& engine, int index) {
        Sequence& sequence = at(index);
        const double blocks = blocks_on_admission(sequence);
        const double kept = engine.admitted > 0.0 ? plan_.watermark * total_blocks_ : 0.0;
        if (engine.admitted >= plan_.most_sequences || engine.free_blocks - blocks < kept) {
            return false;
        }
        engine.free_blocks -= blocks;
        engine.admitted += 1.0;
        sequence.blocks = blocks;
        sequence.previous = engine.last;
        sequence.next = kNone;
        (engine.last == kNone ? engine.first : at(engine.last).next) = index;
        engine.last = index;
        if (sequence.admitted < 0.0) {
            sequence.admitted = now_;
        }
        return true;
    }

    void release(Engine& engine, int index) {
        Sequence& sequence = at(index);
        engine.free_blocks += sequence.blocks;
        engine.admitted -= 1.0;
        sequence.blocks = 0.0;
        (sequence.previous == kNone ? engine.first : at(sequence.previous).next) = sequence.next;
        (sequence.next == kNone ? engine.last : at(sequence.next).previous) = sequence.previous;
    }

    // ---- steps

    void start_engines() {
        for (std::size_t i = 0; i < engines_.size(); ++i) {
            if (!engines_[i].busy) {
                begin_step(static_cast<int>(i));
            }
        }
    }

    void take(Engine& engine, int index, double tokens, double& total, double& pairs) {
        Sequence& sequence = at(index);
        total += tokens;
        pairs += tokens * (sequence.prefill_done + 0.5 * (tokens + 1.0));
        sequence.prefill_done += tokens;
        sequence.prefill_left -= tokens;
        engine.pieces.push_back({index, tokens});
    }

    /// Whole prompts, at least one, as many as the budget takes.
    void gather_prompts(Engine& engine, double& total, double& pairs) {
        while (!engine.waiting.empty()) {
            const int index = engine.waiting.front();
            const double tokens = at(index).prefill_left;
            if ((total > 0.0 && total + tokens > plan_.budget) || !admit(engine, index)) {
                break;
            }
            engine.waiting.pop_front();
            take(engine, index, tokens, total, pairs);
        }
    }

    /// Pieces of prompts up to what decoding leaves of the budget.
    void gather_pieces(Engine& engine, double& total, double& pairs) {
        double left = plan_.budget - engine.decoding * plan_.width();
        while (left >= 1.0) {
            if (engine.prefilling.empty()) {
                if (engine.waiting.empty() || !admit(engine, engine.waiting.front())) {
                    break;
                }
                engine.prefilling.push_back(engine.waiting.front());
                engine.waiting.pop_front();
            }
            const int index = engine.prefilling.front();
            const double tokens = std::min(left, at(index).prefill_left);
            take(engine, index, tokens, total, pairs);
            left -= tokens;
            if (at(index).prefill_left > 0.0) {
                break;
            }
            engine.prefilling.pop_front();
        }
    }

    /// Sequences whose KV has come join when there is room.
    void admit_delivered(Engine& engine) {
        while (!engine.waiting.empty() && admit(engine, engine.waiting.front())) {
            const int index = engine.waiting.front();
            engine.waiting.pop_front();
            join(engine, index);
        }
    }

    void begin_step(int which) {
        Engine& engine = engines_[static_cast<std::size_t>(which)];
        StepLoad load;
        double pairs = 0.0;
        engine.pieces.clear();
        if (!engine.takes_prompts) {
            admit_delivered(engine);
        } else if (chunked_ && engine.decodes) {
            gather_pieces(engine, load.prefill_tokens, pairs);
        } else {
            gather_prompts(engine, load.prefill_tokens, pairs);
        }
        const bool prompts = load.prefill_tokens > 0.0;
        engine.step_decodes = engine.decoding > 0.0 && (!prompts || chunked_);
        if (!prompts && !engine.step_decodes) {
            return;
        }
        if (prompts) {
            load.prefill_context = pairs / load.prefill_tokens;
        }
        if (engine.step_decodes) {
            load.sequences = engine.decoding;
            load.context =
                (engine.context_base + engine.rates * static_cast<double>(engine.decode_steps)) /
                engine.decoding;
        }
        engine.step = step_time(cost_, plan_, load);
        engine.step_start = now_;
        engine.busy = true;
        ++result_.steps;
        push(now_ + engine.step.seconds, Event::Kind::kStepEnd, which, kNone);
    }

    void end_step(int which) {
        Engine& engine = engines_[static_cast<std::size_t>(which)];
        engine.busy = false;
        if (meter_.open) {
            meter_.busy += now_ - std::max(engine.step_start, meter_.start);
            meter_.joules += engine.step.joules;
        }
        if (engine.step_decodes) {
            decode_step(engine);
        }
        const double result =
            engine.step_start + std::max(engine.step.latency, engine.step.seconds);
        for (const Piece& piece : engine.pieces) {
            engine.waiting_tokens -= piece.tokens;
            if (piece.dropped || at(piece.sequence).prefill_left > 0.0) {
                continue;
            }
            if (result > now_) {
                at(piece.sequence).in_transit = true;
                push(result, Event::Kind::kResult, piece.sequence, which);
            } else {
                prompt_done(piece.sequence, which);
            }
        }
    }

    void decode_step(Engine& engine) {
        ++engine.decode_steps;
        if (meter_.open) {
            meter_.tokens += engine.rates;
            meter_.decode_steps += 1.0;
            meter_.decode_time += engine.step.seconds;
        }
        auto& bucket = engine.wheel[static_cast<std::size_t>(engine.decode_steps) % kWheel];
        due_.swap(bucket);
        for (const WheelEvent& event : due_) {
            Sequence& sequence = at(event.sequence);
            if (!sequence.decodes || sequence.run != event.run) {
                continue;
            }
            if (sequence.due > engine.decode_steps) {
                schedule(engine, event.sequence);
            } else if (engine.decode_steps >= sequence.last_step) {
                stop_decoding(engine, event.sequence);
                release(engine, event.sequence);
                finish(event.sequence);
            } else {
                need_page(engine, event.sequence);
            }
        }
        due_.clear();
    }

    // ---- a sequence's life

    /// The first token is out (or, after recomputing, the next one).
    void prompt_done(int index, int which) {
        Engine& engine = engines_[static_cast<std::size_t>(which)];
        Sequence& sequence = at(index);
        sequence.in_transit = false;
        sequence.produced += 1.0;
        if (meter_.open) {
            meter_.tokens += 1.0;
        }
        if (sequence.first_token < 0.0) {
            sequence.first_token = now_;
        }
        if (sequence.produced >= sequence.output) {
            release(engine, index);
            finish(index);
        } else if (engine.decodes) {
            join(engine, index);
        } else {
            release(engine, index);
            const double sending = plan_.transfer_per_token * (sequence.input + sequence.produced);
            engine.link_free = std::max(engine.link_free, now_) + sending;
            push(engine.link_free + plan_.transfer_latency, Event::Kind::kDeliver, index, kNone);
        }
    }

    /// To the decode engine with the fewest sequences.
    void deliver(int index) {
        Engine* best = nullptr;
        double fewest = 0.0;
        for (Engine& engine : engines_) {
            if (!engine.decodes) {
                continue;
            }
            const double there = engine.admitted + static_cast<double>(engine.waiting.size());
            if (best == nullptr || there < fewest) {
                best = &engine;
                fewest = there;
            }
        }
        best->waiting.push_back(index);
    }

    /// Decode steps that `tokens` take this sequence.
    double steps_of(int index, double tokens) {
        const int drafted = static_cast<int>(plan_.draft_tokens);
        if (drafted == 0 || plan_.acceptance <= 0.0) {
            return tokens;
        }
        const double log_acceptance = plan_.acceptance < 1.0 ? math::log(plan_.acceptance) : 0.0;
        double made = 0.0;
        double steps = 0.0;
        // Counters of a request's steps: no request has 2^24 of them.
        const std::uint64_t base = static_cast<std::uint64_t>(index) << 24U;
        const std::uint64_t offset = std::uint64_t{at(index).run} << 20U;
        while (made < tokens) {
            const double u =
                draw(Stream::kDraft, base + offset + static_cast<std::uint64_t>(steps));
            // Accepted run: geometric, cut at what was drafted.
            const double run = log_acceptance < 0.0 ? std::floor(math::log(u) / log_acceptance)
                                                    : static_cast<double>(drafted);
            made += 1.0 + std::min(run, static_cast<double>(drafted));
            steps += 1.0;
        }
        return steps;
    }

    void join(Engine& engine, int index) {
        Sequence& sequence = at(index);
        const double left = sequence.output - sequence.produced;
        ++sequence.run;
        const double steps = steps_of(index, left);
        sequence.rate = left / steps;
        sequence.joined = engine.decode_steps;
        sequence.last_step = engine.decode_steps + static_cast<std::int64_t>(steps);
        sequence.decodes = true;
        engine.decoding += 1.0;
        engine.rates += sequence.rate;
        // In its first step a sequence attends to what it has and to the new token's own.
        engine.context_base += sequence.input + sequence.produced -
                               sequence.rate * static_cast<double>(sequence.joined);
        next_event(sequence);
        schedule(engine, index);
    }

    /// When its pages are full, or at its end.
    void next_event(Sequence& sequence) const {
        sequence.due = sequence.last_step;
        if (plan_.admission == Admission::kReserved) {
            return;
        }
        const double room =
            sequence.blocks * plan_.block_tokens - sequence.input - sequence.produced;
        const auto full =
            sequence.joined + static_cast<std::int64_t>(std::ceil(room / sequence.rate));
        sequence.due = std::min(sequence.last_step, std::max(full, sequence.joined + 1));
    }

    void schedule(Engine& engine, int index) {
        const Sequence& sequence = at(index);
        const std::int64_t ahead = sequence.due - engine.decode_steps;
        const std::int64_t bounded =
            std::min<std::int64_t>(ahead, static_cast<std::int64_t>(kWheel) - 1);
        const auto step =
            static_cast<std::size_t>(engine.decode_steps + std::max<std::int64_t>(bounded, 1));
        engine.wheel[step % kWheel].push_back({index, sequence.run});
    }

    void need_page(Engine& engine, int index) {
        while (engine.free_blocks < 1.0) {
            int victim = engine.last;
            while (at(victim).in_transit) {
                victim = at(victim).previous;
            }
            preempt(engine, victim);
            if (victim == index) {
                return;
            }
        }
        Sequence& sequence = at(index);
        engine.free_blocks -= 1.0;
        sequence.blocks += 1.0;
        next_event(sequence);
        schedule(engine, index);
    }

    void stop_decoding(Engine& engine, int index) {
        Sequence& sequence = at(index);
        const double made =
            sequence.rate * static_cast<double>(engine.decode_steps - sequence.joined);
        engine.context_base -= sequence.input + sequence.produced -
                               sequence.rate * static_cast<double>(sequence.joined);
        engine.rates -= sequence.rate;
        engine.decoding -= 1.0;
        if (engine.decoding < 0.5) {  // no rounding is carried on
            engine.context_base = engine.rates = 0.0;
        }
        sequence.decodes = false;
        sequence.produced += std::floor(made + 1e-6);
    }

    /// Out with the sequence admitted last; it is prefilled anew before others.
    void preempt(Engine& engine, int index) {
        ++result_.preemptions;
        Sequence& sequence = at(index);
        if (sequence.decodes) {
            stop_decoding(engine, index);
        } else {
            const auto place = std::find(engine.prefilling.begin(), engine.prefilling.end(), index);
            if (place != engine.prefilling.end()) {
                engine.prefilling.erase(place);
                engine.waiting_tokens -= sequence.prefill_left;
            } else {
                for (Piece& piece : engine.pieces) {
                    piece.dropped |= piece.sequence == index;
                }
            }
        }
        release(engine, index);
        enqueue(index, true);
    }

    void finish(int index) {
        Sequence& sequence = at(index);
        if (sequence.measured && (meter_.open || !closed_loop())) {
            ttft_.push_back(sequence.first_token - sequence.arrival);
            latency_.push_back(now_ - sequence.arrival);
            queueing_.push_back(sequence.admitted - sequence.arrival);
            if (sequence.output > 1.0) {
                tpot_.push_back((now_ - sequence.first_token) / (sequence.output - 1.0));
            }
        }
        if (meter_.open) {
            ++meter_.finished;
        }
        leave(index);
    }

    void leave(int /*index*/) {
        in_flight_ -= 1.0;
        ++finished_;
        if (options_.progress && finished_ % kProgressEvery == 0) {
            options_.progress(finished_);
        }
        if (!closed_loop()) {
            if (finished_ == sequences_.size() && meter_.open) {
                close_meter();
            }
            return;
        }
        if (!meter_.open && meter_.end == 0.0 && finished_ == first_measured_) {
            open_meter(now_);
        }
        if (next_ + thinking_ < sequences_.size()) {
            send_after_thought();
        } else if (meter_.open && (!options_.whole || finished_ == sequences_.size())) {
            close_meter();
        }
    }

    // ---- measuring

    void open_meter(double time) {
        meter_.open = true;
        meter_.start = meter_.last = time;
    }

    void close_meter() {
        meter_.open = false;
        meter_.end = now_;
    }

    Simulation summary() {
        if (meter_.open) {
            close_meter();
        }
        Simulation& r = result_;
        r.requests = latency_.size();
        r.seconds = meter_.end - meter_.start;
        if (r.seconds > 0.0) {
            const auto engines = static_cast<double>(engines_.size());
            r.requests_per_s = static_cast<double>(meter_.finished) / r.seconds;
            r.tokens_per_second = meter_.tokens / r.seconds;
            r.input_tokens_per_second = meter_.input / r.seconds;
            r.decoding = meter_.decoding / r.seconds;
            r.in_flight = meter_.in_flight / r.seconds;
            r.kv_use = meter_.kv / r.seconds / (total_blocks_ * decode_engines_);
            r.utilisation = meter_.busy / r.seconds / engines;
            r.power = meter_.joules / r.seconds;
        }
        r.mean_step = meter_.decode_steps > 0.0 ? meter_.decode_time / meter_.decode_steps : 0.0;
        r.ttft = statistics_of(ttft_);
        r.tpot = statistics_of(tpot_);
        r.latency = statistics_of(latency_);
        r.queueing = statistics_of(queueing_);
        return r;
    }

    const StepCost& cost_;
    const SimulationOptions& options_;
    const ServingPlan plan_;
    bool chunked_ = false;
    int decode_engines_ = 1;
    std::size_t thinking_ = 0;  ///< clients between an answer and their next request
    double total_blocks_ = 0.0;
    std::vector<Engine> engines_;
    std::vector<Sequence> sequences_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::vector<WheelEvent> due_;
    std::uint64_t order_ = 0;
    std::size_t next_ = 0;  ///< request to arrive next
    std::size_t finished_ = 0;
    std::size_t first_measured_ = 0;
    double now_ = 0.0;
    double in_flight_ = 0.0;
    Meter meter_;
    Simulation result_;
    std::vector<double> ttft_, tpot_, latency_, queueing_;
};

}  // namespace

Simulation simulate_serving(const StepCost& cost, const SimulationOptions& options) {
    return Simulator{cost, options}.run();
}

}  // namespace wafercast
