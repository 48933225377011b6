/// What a choice of numerics costs in quality: paired with the reference on the same text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "functional/graph.hpp"
#include "functional/model.hpp"
#include "functional/tokenizer.hpp"

namespace wafercast::functional {

/// How a token stream is cut and which predictions count.
///
/// The stream is cut into windows without overlap; the first token of each is replaced by
/// begin-of-stream. With `length` n, the predictions made at positions n/2 .. n-2 are scored: each
/// of them sees at least half a window. llama.cpp's perplexity tool does the same on a stream that
/// starts with begin-of-stream, which shifts every window by one token (`leading_bos`).
struct WindowProtocol {
    std::size_t length = 512;  ///< tokens a window, [4, context]
    std::size_t windows = 8;   ///< fewer if the text is shorter
    bool leading_bos = false;  ///< put a begin-of-stream token before the text

    [[nodiscard]] std::size_t first_scored() const { return length / 2; }
    [[nodiscard]] std::size_t scored_per_window() const { return length - 1 - first_scored(); }
    friend bool operator==(const WindowProtocol&, const WindowProtocol&) = default;
};

/// The windows of a token stream, each `length` long.
[[nodiscard]] std::vector<std::vector<Token>> cut_windows(std::span<const Token> stream,
                                                          const WindowProtocol& protocol);

/// A mean with the standard error of the mean, s / sqrt(n), over scored tokens.
struct Estimate {
    double mean = 0.0;
    double standard_error = 0.0;
    friend bool operator==(const Estimate&, const Estimate&) = default;
};

/// Quality of one candidate against the reference, over the same tokens. NaN is a result: numerics
/// that break the model give NaN here and `failed`.
struct QualityFigures {
    std::uint64_t windows = 0;
    std::uint64_t scored_tokens = 0;
    Estimate nll;            ///< mean negative log-likelihood [nat]
    Estimate perplexity;     ///< e^nll; error by propagation
    Estimate kl;             ///< mean KL(reference || candidate) [nat], paired token by token
    double kl_max = 0.0;     ///< largest of one token [nat]
    Estimate top1;           ///< share of tokens with the reference's best token, [0, 1]
    Estimate nll_reference;  ///< of the reference itself [nat]
    Estimate nll_change;     ///< paired difference candidate - reference [nat]
    bool failed = false;
    friend bool operator==(const QualityFigures&, const QualityFigures&) = default;
};

/// Figures and traffic of one candidate.
struct CandidateQuality {
    QualityFigures figures;
    Traffic traffic;
};

/// Fraction done, in [0, 1]; called from the worker threads, one at a time.
using ProgressCallback = std::function<void(double)>;

/// Runs the reference and every candidate over the windows.
///
/// Windows run in parallel; sums are taken in window order afterwards, so the figures do not
/// depend on `threads`. Log-probabilities and sums are in double. The reference runs once a window
/// for all candidates. All models must share a vocabulary, and windows must fit their contexts.
///
/// @param threads  worker threads; 0 is one a processor
/// @return one entry a candidate; empty when `stop` was requested
[[nodiscard]] std::vector<CandidateQuality> measure_quality(
    const std::shared_ptr<const PreparedModel>& reference,
    std::span<const std::shared_ptr<const PreparedModel>> candidates,
    const std::vector<std::vector<Token>>& windows, const WindowProtocol& protocol,
    unsigned threads, const ProgressCallback& progress = {}, std::stop_token stop = {});

/// Mean negative log-likelihood of the last tokens under the counts of the first [nat]: the
/// baseline that any trained model has to beat. Add-one smoothing over the vocabulary.
[[nodiscard]] double unigram_nll(std::span<const Token> counted, std::span<const Token> scored,
                                 std::size_t vocabulary);

}  // namespace wafercast::functional
