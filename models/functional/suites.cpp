#include "functional/suites.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "functional/interpreter.hpp"

namespace wafercast::functional {
namespace {

constexpr std::size_t kGreedyTokens = 200;

std::string text_of(const SuiteRow& row, const std::string& column) {
    const auto it = row.find(column);
    return it == row.end() ? std::string{} : it->second;
}

/// A number, NaN in any spelling included; nothing when the cell is empty or not a number.
std::optional<double> number_of(const SuiteRow& row, const std::string& column) {
    const std::string text = text_of(row, column);
    if (text == "-nan" || text == "nan") return std::numeric_limits<double>::quiet_NaN();
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::size_t> count_of(const SuiteRow& row, const std::string& column) {
    const auto value = number_of(row, column);
    if (!value || !(*value >= 0.0) || *value > 1e6 || *value != std::floor(*value)) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(*value);
}

/// Collects cases; a row without an expected value for a quantity simply has no such case.
class Outcome {
public:
    void compare(std::size_t row, const SuiteRow& cells, const std::string& column,
                 const std::string& quantity, const std::string& group, double actual) {
        if (const auto expected = number_of(cells, column)) {
            compare_values(row, quantity, group, *expected, actual);
        }
    }
    void compare_values(std::size_t row, const std::string& quantity, const std::string& group,
                        double expected, double actual) {
        outcome.cases.push_back({row, quantity, group, expected, actual, actual, actual});
    }
    void skip(std::size_t row, std::string reason, bool excluded = false) {
        outcome.skipped.push_back({row, std::move(reason), excluded});
    }
    SuiteOutcome outcome;
};

/// A greedy continuation, with what the tables record on the way.
struct Continuation {
    std::vector<Token> tokens;  // prompt and continuation
    std::size_t prompt_size = 0;
    std::vector<std::vector<float>> logits;  // after each token that was fed
};

Continuation continue_greedily(const LoadedModel& model, const std::string& prompt,
                               std::size_t count) {
    const auto prepared = PreparedModel::prepare(model.checkpoint, NumericsContract{});
    Continuation result;
    result.tokens = model.tokenizer.encode(prompt);
    result.tokens.insert(result.tokens.begin(), kBeginOfStream);
    result.prompt_size = result.tokens.size();
    const std::size_t total = std::min(result.prompt_size + count, model.checkpoint.shape.context);
    ValueInterpreter interpreter(prepared, total);
    for (std::size_t p = 0; p < total; ++p) {
        interpreter.feed(std::span{result.tokens}.subspan(p, 1), true);
        const auto logits = interpreter.logits(0);
        result.logits.emplace_back(logits.begin(), logits.end());
        if (p + 1 == result.tokens.size()) result.tokens.push_back(greatest(logits));
    }
    result.tokens.resize(std::min(result.tokens.size(), result.prompt_size + count));
    return result;
}

/// Prompts are quoted once more in the tables that carry them.
std::string unquoted(std::string text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        return text.substr(1, text.size() - 2);
    }
    return text;
}

bool prompt_fits(const LoadedModel& model, const std::string& prompt) {
    return model.tokenizer.encode(prompt).size() + 1 < model.checkpoint.shape.context;
}

float top_gap(const std::vector<float>& logits) {
    std::array<float, 2> best = {-std::numeric_limits<float>::infinity(),
                                 -std::numeric_limits<float>::infinity()};
    for (const float v : logits) {
        if (v > best[0]) {
            best = {v, best[0]};
        } else {
            best[1] = std::max(best[1], v);
        }
    }
    return best[0] - best[1];
}

void greedy_row(std::size_t i, const SuiteRow& row, const LoadedModel& model, Outcome& out) {
    const std::string prompt = unquoted(text_of(row, "prompt"));
    if (prompt.empty() || !prompt_fits(model, prompt)) {
        return out.skip(i, "no prompt, or longer than the model's context");
    }
    const Continuation run = continue_greedily(model, prompt, kGreedyTokens);
    float gap = std::numeric_limits<float>::infinity();
    std::size_t where = 0;
    for (std::size_t p = run.prompt_size - 1; p + 1 < run.tokens.size(); ++p) {
        const float here = top_gap(run.logits[p]);
        if (here < gap) {
            gap = here;
            where = p;
        }
    }
    std::istringstream ids(unquoted(text_of(row, "token_ids")));
    std::size_t expected = 0;
    std::size_t agreeing = 0;
    for (Token token = 0; ids >> token; ++expected) {
        const bool same = expected < run.tokens.size() && run.tokens[expected] == token;
        if (same && agreeing == expected) ++agreeing;
    }
    out.compare(i, row, "n_prompt_tokens_incl_bos", "n_prompt_tokens_incl_bos", prompt,
                static_cast<double>(run.prompt_size));
    out.compare(i, row, "min_top1_minus_top2_logit_gap", "min_top1_minus_top2_logit_gap", prompt,
                double{gap});
    out.compare(i, row, "position_of_min_gap", "position_of_min_gap", prompt,
                static_cast<double>(where));
    if (expected > 0) {
        out.compare_values(i, "token_ids", prompt, static_cast<double>(expected),
                           static_cast<double>(agreeing));
    }
}

void logit_rows(const std::vector<SuiteRow>& rows, const LoadedModel& model, Outcome& out) {
    std::map<std::string, Continuation> runs;  // many rows share a prompt
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string prompt = unquoted(text_of(rows[i], "prompt"));
        const auto position = count_of(rows[i], "position");
        if (prompt.empty() || !position || !prompt_fits(model, prompt)) {
            out.skip(i, "no prompt or no position, or longer than the model's context");
            continue;
        }
        auto [it, is_new] = runs.try_emplace(prompt);
        if (is_new) it->second = continue_greedily(model, prompt, kGreedyTokens);
        if (*position >= it->second.logits.size()) {
            out.skip(i, "the position lies past the greedy continuation");
            continue;
        }
        const auto& logits = it->second.logits[*position];
        const std::string precision = text_of(rows[i], "precision");
        for (std::size_t l = 0; l < std::min<std::size_t>(8, logits.size()); ++l) {
            const std::string column = "logit" + std::to_string(l);
            out.compare(i, rows[i], column, column, precision.empty() ? "fp32_strict" : precision,
                        double{logits[l]});
        }
    }
}

QualityFigures reference_quality(const SuiteInputs& inputs, const WindowProtocol& protocol,
                                 std::span<const Token> tokens) {
    const auto reference = PreparedModel::prepare(inputs.model.checkpoint, NumericsContract{});
    const auto measured = measure_quality(reference, std::span{&reference, 1},
                                          cut_windows(tokens, protocol), protocol, inputs.threads);
    return measured.empty() ? QualityFigures{} : measured.front().figures;
}

void perplexity_row(std::size_t i, const SuiteRow& row, const SuiteInputs& inputs,
                    std::span<const Token> tokens, Outcome& out) {
    const std::string engine = text_of(row, "engine");
    const std::string note = text_of(row, "note");
    if (note.find("WRONG") != std::string::npos || engine.starts_with("llama.cpp")) {
        return out.skip(i, "a row of another engine", true);
    }
    if (engine != "strict-order fp32 reference" || text_of(row, "weights") != "F32") {
        return out.skip(i, "needs a reader of that file format");
    }
    const auto context = count_of(row, "ctx");
    const auto chunks = count_of(row, "chunks");
    if (!context || !chunks || *context < 4 || *context > inputs.model.checkpoint.shape.context) {
        return out.skip(i, "no usable window length or count");
    }
    const bool without_bos = note.find("without leading BOS") != std::string::npos;
    const WindowProtocol protocol{*context, *chunks, !without_bos};
    const QualityFigures figures = reference_quality(inputs, protocol, tokens);
    if (figures.windows < *chunks) return out.skip(i, "the text is too short for its windows");
    out.compare(i, row, "ppl", "ppl", "F32", figures.perplexity.mean);
}

bool is_excluded_config(const std::string& config) {
    return config.starts_with("stuck_at_zero") || config.find("bitflip") != std::string::npos ||
           config.find("wnoise") != std::string::npos;
}

void compare_sweep_row(std::size_t i, const SuiteRow& row, const QualityFigures& figures,
                       Outcome& out) {
    const std::string config = text_of(row, "config");
    const std::string group = config.substr(0, config.find('_'));
    out.compare(i, row, "ppl", "ppl", group, figures.perplexity.mean);
    out.compare(i, row, "nll_nats", "nll", group, figures.nll.mean);
    out.compare(i, row, "mean_kl_nats", "mean_kl", group, figures.kl.mean);
    out.compare(i, row, "max_kl", "max_kl", group, figures.kl_max);
    out.compare(i, row, "top1_agree_pct", "top1", group, 100.0 * figures.top1.mean);
}

/// All candidates go over the windows together, so that the reference runs once.
void sweep_rows(const std::vector<SuiteRow>& rows, const SuiteInputs& inputs,
                std::span<const Token> tokens, Outcome& out) {
    const WindowProtocol protocol{std::min<std::size_t>(512, inputs.model.checkpoint.shape.context),
                                  8, false};
    const auto windows = cut_windows(tokens, protocol);
    std::vector<std::size_t> predicted;
    std::vector<std::shared_ptr<const PreparedModel>> candidates;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string config = text_of(rows[i], "config");
        const auto numerics = find_numerics(config);
        if (is_excluded_config(config)) {
            out.skip(i, "a single draw of faults or noise, judged by its spread", true);
        } else if (!numerics.has_value()) {
            out.skip(i, numerics.error().front().message);
        } else if (windows.size() < protocol.windows) {
            out.skip(i, "the text is too short for 8 windows");
        } else {
            predicted.push_back(i);
            candidates.push_back(PreparedModel::prepare(inputs.model.checkpoint, *numerics));
        }
    }
    if (candidates.empty()) return;
    const auto reference = PreparedModel::prepare(inputs.model.checkpoint, NumericsContract{});
    const auto measured = measure_quality(reference, candidates, windows, protocol, inputs.threads);
    for (std::size_t c = 0; c < predicted.size(); ++c) {
        compare_sweep_row(predicted[c], rows[predicted[c]], measured[c].figures, out);
    }
}

}  // namespace

std::vector<std::string_view> suite_names() {
    return {"functional_greedy", "functional_logits", "functional_perplexity",
            "functional_quality_sweep"};
}

std::string_view suite_of_stem(std::string_view stem) {
    struct Ending {
        std::string_view text;
        std::string_view suite;
    };
    constexpr std::array<Ending, 4> kEndings = {{{"quality_sweep", "functional_quality_sweep"},
                                                 {"perplexity", "functional_perplexity"},
                                                 {"logits", "functional_logits"},
                                                 {"greedy", "functional_greedy"}}};
    constexpr std::string_view kPrecision = "_fp32";
    if (stem.ends_with(kPrecision)) stem.remove_suffix(kPrecision.size());
    for (const Ending& ending : kEndings) {
        if (stem.ends_with(ending.text)) return ending.suite;
    }
    return {};
}

Result<SuiteOutcome> run_suite(std::string_view suite, const std::vector<SuiteRow>& rows,
                               const SuiteInputs& inputs) {
    const auto names = suite_names();
    if (std::find(names.begin(), names.end(), suite) == names.end()) {
        return Failure{.code = "functional.unknown_suite",
                       .message = "No functional suite '" + std::string{suite} + "'.",
                       .where = {}};
    }
    Outcome out;
    if (suite == "functional_logits") {
        logit_rows(rows, inputs.model, out);
        return std::move(out.outcome);
    }
    const auto tokens = suite == "functional_greedy" ? std::vector<Token>{}
                                                     : inputs.model.tokenizer.encode(inputs.text);
    if (suite == "functional_quality_sweep") {
        sweep_rows(rows, inputs, tokens, out);
        return std::move(out.outcome);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (suite == "functional_greedy") {
            greedy_row(i, rows[i], inputs.model, out);
        } else {
            perplexity_row(i, rows[i], inputs, tokens, out);
        }
    }
    return std::move(out.outcome);
}

}  // namespace wafercast::functional
