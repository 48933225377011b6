#include "functional/run_cache.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <system_error>
#include <unistd.h>

#include "functional/sha256.hpp"

namespace wafercast::functional {
namespace {

constexpr std::string_view kFirstLine = "wafercast functional run 1\n";
constexpr std::size_t kMostTokens = 1U << 20U;

std::string hexadecimal(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 15U];
    }
    return out;
}

/// Writes fields; its twin below reads the same sequence.
class FieldWriter {
public:
    void field(std::string_view name, double value) {
        if (std::isnan(value)) return line(name, "nan");  // whatever its sign
        char buffer[64];
        const auto end =
            std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::hex).ptr;
        line(name, {buffer, end});
    }
    void field(std::string_view name, std::uint64_t value) { line(name, std::to_string(value)); }
    void field(std::string_view name, bool value) { line(name, value ? "1" : "0"); }
    void field(std::string_view name, const std::string& value) { line(name, hexadecimal(value)); }
    void field(std::string_view name, const std::vector<Token>& tokens) {
        field(name, std::uint64_t{tokens.size()});
        for (const Token token : tokens) field("token", static_cast<std::uint64_t>(token));
    }
    void field(std::string_view name, const std::vector<std::string>& texts) {
        field(name, std::uint64_t{texts.size()});
        for (const auto& entry : texts) field("text", entry);
    }
    std::string text{kFirstLine};

private:
    void line(std::string_view name, std::string_view value) {
        text.append(name).append(" ").append(value).append("\n");
    }
};

class FieldReader {
public:
    explicit FieldReader(std::string_view text) : rest_(text) {}

    void field(std::string_view name, double& value) {
        const std::string_view v = line(name);
        if (v == "nan") {
            value = std::numeric_limits<double>::quiet_NaN();
            return;
        }
        const auto [end, error] =
            std::from_chars(v.data(), v.data() + v.size(), value, std::chars_format::hex);
        ok_ = ok_ && error == std::errc{} && end == v.data() + v.size();
    }
    void field(std::string_view name, std::uint64_t& value) {
        const std::string_view v = line(name);
        const auto [end, error] = std::from_chars(v.data(), v.data() + v.size(), value);
        ok_ = ok_ && error == std::errc{} && end == v.data() + v.size();
    }
    void field(std::string_view name, bool& value) {
        const std::string_view v = line(name);
        ok_ = ok_ && (v == "0" || v == "1");
        value = v == "1";
    }
    void field(std::string_view name, std::string& value) {
        const std::string_view v = line(name);
        ok_ = ok_ && v.size() % 2 == 0;
        value.clear();
        for (std::size_t i = 0; ok_ && i < v.size(); i += 2) {
            unsigned byte = 0;
            const auto [end, error] = std::from_chars(v.data() + i, v.data() + i + 2, byte, 16);
            ok_ = error == std::errc{} && end == v.data() + i + 2;
            value.push_back(static_cast<char>(byte));
        }
    }
    void field(std::string_view name, std::vector<Token>& tokens) {
        std::uint64_t count = 0;
        field(name, count);
        ok_ = ok_ && count <= kMostTokens;
        for (std::uint64_t i = 0; ok_ && i < count; ++i) {
            std::uint64_t token = 0;
            field("token", token);
            ok_ = ok_ && token < (1U << 20U);
            tokens.push_back(static_cast<Token>(token));
        }
    }
    void field(std::string_view name, std::vector<std::string>& texts) {
        std::uint64_t count = 0;
        field(name, count);
        ok_ = ok_ && count <= kMostTokens;
        for (std::uint64_t i = 0; ok_ && i < count; ++i) field("text", texts.emplace_back());
    }
    [[nodiscard]] bool ok() const { return ok_ && rest_.empty(); }

private:
    std::string_view line(std::string_view name) {
        const std::size_t end = rest_.find('\n');
        if (!ok_ || end == std::string_view::npos || !rest_.starts_with(name) ||
            end <= name.size() || rest_[name.size()] != ' ') {
            ok_ = false;
            return {};
        }
        const std::string_view value = rest_.substr(name.size() + 1, end - name.size() - 1);
        rest_.remove_prefix(end + 1);
        return value;
    }

    std::string_view rest_;
    bool ok_ = true;
};

template <class Fields, class Value>
void visit_estimate(Fields& fields, std::string_view name, Value& estimate) {
    fields.field(name, estimate.mean);
    fields.field("standard_error", estimate.standard_error);
}

template <class Fields, class Quality>
void visit_quality(Fields& fields, Quality& q) {
    fields.field("windows", q.windows);
    fields.field("scored_tokens", q.scored_tokens);
    visit_estimate(fields, "nll", q.nll);
    visit_estimate(fields, "perplexity", q.perplexity);
    visit_estimate(fields, "kl", q.kl);
    fields.field("kl_max", q.kl_max);
    visit_estimate(fields, "top1", q.top1);
    visit_estimate(fields, "nll_reference", q.nll_reference);
    visit_estimate(fields, "nll_change", q.nll_change);
    fields.field("failed", q.failed);
}

template <class Fields, class Counts>
void visit_traffic(Fields& fields, Counts& t) {
    fields.field("tokens", t.tokens);
    fields.field("classified_tokens", t.classified_tokens);
    fields.field("linear_macs", t.linear_macs);
    fields.field("classifier_macs", t.classifier_macs);
    fields.field("attention_macs", t.attention_macs);
    fields.field("linear_weight_bytes", t.linear_weight_bytes);
    fields.field("classifier_weight_bytes", t.classifier_weight_bytes);
    fields.field("embedding_bytes", t.embedding_bytes);
    fields.field("kv_write_bytes", t.kv_write_bytes);
    fields.field("kv_read_bytes", t.kv_read_bytes);
    fields.field("linear_inputs", t.linear_inputs);
    fields.field("zero_linear_inputs", t.zero_linear_inputs);
}

/// The one list of what an entry holds, for writing and for reading.
template <class Fields, class Run>
void visit_run(Fields& fields, Run& run) {
    visit_quality(fields, run.quality);
    visit_traffic(fields, run.traffic);
    fields.field("expert_imbalance", run.statistics.expert_imbalance);
    fields.field("draft_acceptance", run.statistics.draft_acceptance);
    fields.field("mean_exit_layer_share", run.statistics.mean_exit_layer_share);
    fields.field("weight_sparsity", run.statistics.weight_sparsity);
    fields.field("measured", run.statistics.measured);
    fields.field("generated", run.generated);
    fields.field("generated_text", run.generated_text);
    fields.field("warnings", run.warnings);
    fields.field("seconds", run.seconds);
}

std::string checksum_line(std::string_view body) {
    Sha256 hash;
    hash.part(body);
    return "checksum " + hash.hex() + "\n";
}

std::filesystem::path entry_path(const std::filesystem::path& folder, const std::string& key) {
    return folder / "functional" / (key + ".run");
}

}  // namespace

std::string serialise_run(const FunctionalRun& run) {
    FieldWriter writer;
    visit_run(writer, run);
    return writer.text + checksum_line(writer.text);
}

std::optional<FunctionalRun> parse_run(std::string_view text) {
    const std::size_t checksum = text.rfind("checksum ");
    if (!text.starts_with(kFirstLine) || checksum == std::string_view::npos) return std::nullopt;
    const std::string_view body = text.substr(0, checksum);
    if (text.substr(checksum) != checksum_line(body)) return std::nullopt;
    FieldReader reader(body.substr(kFirstLine.size()));
    FunctionalRun run;
    visit_run(reader, run);
    if (!reader.ok()) return std::nullopt;
    return run;
}

std::optional<FunctionalRun> recall_run(const std::filesystem::path& folder,
                                        const std::string& key) {
    std::ifstream file(entry_path(folder, key), std::ios::binary);
    if (!file) return std::nullopt;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto run = parse_run(text);
    if (run) run->from_cache = true;
    return run;
}

bool remember_run(const std::filesystem::path& folder, const std::string& key,
                  const FunctionalRun& run) {
    const std::filesystem::path path = entry_path(folder, key);
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) return false;
    std::filesystem::path temporary = path;
    temporary += "." + std::to_string(::getpid()) + ".tmp";
    {
        std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
        file << serialise_run(run);
        if (!file.flush()) {
            file.close();
            std::filesystem::remove(temporary, error);
            return false;
        }
    }
    std::filesystem::rename(temporary, path, error);
    if (!error) return true;
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    return false;
}

}  // namespace wafercast::functional
