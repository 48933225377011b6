#include "functional/quality.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <thread>

#include "functional/interpreter.hpp"
#include "math/math.hpp"

namespace wafercast::functional {
namespace {

/// What one scored token contributes.
struct TokenScore {
    double nll = 0.0;
    double kl = 0.0;
    bool same_best = false;
};

struct WindowScores {
    std::vector<double> reference_nll;
    std::vector<std::vector<TokenScore>> candidates;  // [candidate][token]
    std::vector<Traffic> traffic;
};

/// log(softmax) in double.
void log_probabilities(std::span<const float> logits, std::vector<double>& out,
                       std::vector<double>& exponentials) {
    double largest = -std::numeric_limits<double>::infinity();
    for (const float v : logits) largest = std::max(largest, double{v});
    double sum = 0.0;
    out.resize(logits.size());
    for (std::size_t i = 0; i < logits.size(); ++i) out[i] = double{logits[i]} - largest;
    exponentials.resize(out.size());
    math::exp(out.data(), exponentials.data(), out.size());
    for (const double e : exponentials) sum += e;
    const double offset = math::log(sum);
    for (double& v : out) v -= offset;
}

TokenScore compare(std::span<const double> reference, std::span<const double> probability,
                   std::span<const double> candidate, std::size_t target, bool same_best) {
    TokenScore score{-candidate[target], 0.0, same_best};
    for (std::size_t i = 0; i < reference.size(); ++i) {
        // a token the reference holds for impossible adds nothing
        if (probability[i] > 0.0) score.kl += probability[i] * (reference[i] - candidate[i]);
    }
    return score;
}

/// Runs all models over one window in step, block by block.
class WindowRunner {
public:
    WindowRunner(const std::shared_ptr<const PreparedModel>& reference,
                 std::span<const std::shared_ptr<const PreparedModel>> candidates,
                 const WindowProtocol& protocol)
        : protocol_(protocol), reference_(reference, protocol.length) {
        interpreters_.reserve(candidates.size());
        for (const auto& candidate : candidates) {
            interpreters_.emplace_back(candidate, protocol.length);
        }
    }

    WindowScores run(std::span<const Token> window) {
        WindowScores scores;
        scores.candidates.resize(interpreters_.size());
        std::vector<Traffic> before;
        for (auto& interpreter : interpreters_) {
            before.push_back(interpreter.traffic());
            interpreter.reset();
        }
        reference_.reset();
        const std::size_t fed = protocol_.length - 1;  // the last token is only a target
        for (std::size_t begin = 0; begin < fed; begin += kernels::kTokenBlock) {
            const std::size_t size = std::min(kernels::kTokenBlock, fed - begin);
            run_block(window, begin, size, scores);
        }
        for (std::size_t c = 0; c < interpreters_.size(); ++c) {
            scores.traffic.push_back(difference(interpreters_[c].traffic(), before[c]));
        }
        return scores;
    }

private:
    static Traffic difference(Traffic after, const Traffic& before) {
        after.tokens -= before.tokens;
        after.classified_tokens -= before.classified_tokens;
        after.linear_macs -= before.linear_macs;
        after.classifier_macs -= before.classifier_macs;
        after.attention_macs -= before.attention_macs;
        after.linear_weight_bytes -= before.linear_weight_bytes;
        after.classifier_weight_bytes -= before.classifier_weight_bytes;
        after.embedding_bytes -= before.embedding_bytes;
        after.kv_write_bytes -= before.kv_write_bytes;
        after.kv_read_bytes -= before.kv_read_bytes;
        after.linear_inputs -= before.linear_inputs;
        after.zero_linear_inputs -= before.zero_linear_inputs;
        return after;
    }

    void run_block(std::span<const Token> window, std::size_t begin, std::size_t size,
                   WindowScores& scores) {
        const std::size_t first = protocol_.first_scored();
        const bool scored = begin + size > first;
        const auto block = window.subspan(begin, size);
        reference_.feed(block, scored);
        for (auto& interpreter : interpreters_) interpreter.feed(block, scored);
        if (!scored) return;
        for (std::size_t t = first > begin ? first - begin : 0; t < size; ++t) {
            const auto target = static_cast<std::size_t>(window[begin + t + 1]);
            score_token(t, target, scores);
        }
    }

    void score_token(std::size_t t, std::size_t target, WindowScores& scores) {
        log_probabilities(reference_.logits(t), reference_log_, scratch_);
        probability_.resize(reference_log_.size());
        math::exp(reference_log_.data(), probability_.data(), reference_log_.size());
        const Token best = greatest(reference_.logits(t));
        scores.reference_nll.push_back(-reference_log_[target]);
        for (std::size_t c = 0; c < interpreters_.size(); ++c) {
            const auto logits = interpreters_[c].logits(t);
            log_probabilities(logits, candidate_log_, scratch_);
            const bool broken = std::isnan(candidate_log_[target]);
            scores.candidates[c].push_back(compare(reference_log_, probability_, candidate_log_,
                                                   target, !broken && greatest(logits) == best));
        }
    }

    WindowProtocol protocol_;
    ValueInterpreter reference_;
    std::vector<ValueInterpreter> interpreters_;
    std::vector<double> reference_log_;
    std::vector<double> probability_;
    std::vector<double> candidate_log_;
    std::vector<double> scratch_;
};

/// Mean and error of a sequence that is read twice, in order.
template <typename Get>
Estimate estimate(std::size_t count, Get&& get) {
    if (count == 0) return {std::numeric_limits<double>::quiet_NaN(), 0.0};
    double sum = 0.0;
    for (std::size_t i = 0; i < count; ++i) sum += get(i);
    const double n = static_cast<double>(count);
    const double mean = sum / n;
    double squares = 0.0;
    for (std::size_t i = 0; i < count; ++i) squares += (get(i) - mean) * (get(i) - mean);
    const double variance = count > 1 ? squares / (n - 1.0) : 0.0;
    return {mean, std::sqrt(variance / n)};
}

QualityFigures summarise(const std::vector<double>& reference,
                         const std::vector<TokenScore>& candidate, std::size_t windows) {
    const std::size_t n = candidate.size();
    QualityFigures q;
    q.windows = windows;
    q.scored_tokens = n;
    q.nll = estimate(n, [&](std::size_t i) { return candidate[i].nll; });
    q.kl = estimate(n, [&](std::size_t i) { return candidate[i].kl; });
    q.top1 = estimate(n, [&](std::size_t i) { return candidate[i].same_best ? 1.0 : 0.0; });
    q.nll_reference = estimate(n, [&](std::size_t i) { return reference[i]; });
    q.nll_change = estimate(n, [&](std::size_t i) { return candidate[i].nll - reference[i]; });
    const double perplexity = math::exp(q.nll.mean);
    q.perplexity = {perplexity, perplexity * q.nll.standard_error};
    for (const TokenScore& score : candidate) {
        if (std::isnan(score.kl) || score.kl > q.kl_max) q.kl_max = score.kl;
        if (std::isnan(score.kl)) break;
    }
    q.failed = !std::isfinite(q.nll.mean) || !std::isfinite(q.kl.mean);
    return q;
}

std::vector<CandidateQuality> collect(const std::vector<WindowScores>& scores,
                                      std::size_t candidates) {
    std::vector<double> reference;
    for (const auto& window : scores) {
        reference.insert(reference.end(), window.reference_nll.begin(), window.reference_nll.end());
    }
    std::vector<CandidateQuality> result(candidates);
    for (std::size_t c = 0; c < candidates; ++c) {
        std::vector<TokenScore> tokens;
        for (const auto& window : scores) {
            tokens.insert(tokens.end(), window.candidates[c].begin(), window.candidates[c].end());
            result[c].traffic += window.traffic[c];
        }
        result[c].figures = summarise(reference, tokens, scores.size());
    }
    return result;
}

}  // namespace

std::vector<std::vector<Token>> cut_windows(std::span<const Token> stream,
                                            const WindowProtocol& protocol) {
    std::vector<Token> tokens;
    if (protocol.leading_bos) tokens.push_back(kBeginOfStream);
    tokens.insert(tokens.end(), stream.begin(), stream.end());
    std::vector<std::vector<Token>> windows;
    const std::size_t count = std::min(protocol.windows, tokens.size() / protocol.length);
    for (std::size_t w = 0; w < count; ++w) {
        const auto slice = std::span{tokens}.subspan(w * protocol.length, protocol.length);
        windows.emplace_back(slice.begin(), slice.end());
        windows.back().front() = kBeginOfStream;
    }
    return windows;
}

std::vector<CandidateQuality> measure_quality(
    const std::shared_ptr<const PreparedModel>& reference,
    std::span<const std::shared_ptr<const PreparedModel>> candidates,
    const std::vector<std::vector<Token>>& windows, const WindowProtocol& protocol,
    unsigned threads, const ProgressCallback& progress, std::stop_token stop) {
    std::vector<WindowScores> scores(windows.size());
    std::atomic<std::size_t> next{0};
    std::size_t done = 0;
    std::mutex progress_mutex;
    const auto work = [&] {
        WindowRunner runner(reference, candidates, protocol);
        for (std::size_t w = next++; w < windows.size() && !stop.stop_requested(); w = next++) {
            scores[w] = runner.run(windows[w]);
            const std::lock_guard lock(progress_mutex);
            ++done;
            if (progress) progress(static_cast<double>(done) / static_cast<double>(windows.size()));
        }
    };
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    {
        std::vector<std::jthread> workers;
        const std::size_t extra = std::min<std::size_t>(threads, windows.size());
        for (std::size_t i = 1; i < extra; ++i) workers.emplace_back(work);
        work();
    }
    if (done < windows.size()) return {};
    return collect(scores, candidates.size());
}

double unigram_nll(std::span<const Token> counted, std::span<const Token> scored,
                   std::size_t vocabulary) {
    std::vector<double> counts(vocabulary, 1.0);
    for (const Token token : counted) counts[static_cast<std::size_t>(token)] += 1.0;
    const double total = static_cast<double>(counted.size() + vocabulary);
    double sum = 0.0;
    for (const Token token : scored) {
        sum -= math::log(counts[static_cast<std::size_t>(token)] / total);
    }
    return sum / static_cast<double>(scored.size());
}

}  // namespace wafercast::functional
