#include "functional/run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <system_error>
#include <utility>

#include "functional/interpreter.hpp"
#include "functional/mapped_file.hpp"
#include "functional/run_cache.hpp"
#include "functional/sha256.hpp"
#include "math/math.hpp"

namespace wafercast::functional {
namespace {

namespace fs = std::filesystem;

/// Raised when a change of this library changes a run's figures: old entries are then not recalled.
constexpr const char* kRevision = "wafercast.functional.run/1";

struct InputPaths {
    fs::path model;
    fs::path tokenizer;
    fs::path text;
};

Failure failure(std::string code, std::string message) {
    return Failure{.code = std::move(code), .message = std::move(message), .where = {}};
}

Result<fs::path> tokenizer_beside(const fs::path& model) {
    std::vector<fs::path> found;
    std::error_code error;
    const fs::path folder = model.has_parent_path() ? model.parent_path() : fs::path{"."};
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const fs::path name = entry.path().filename();
        if (name.string().starts_with("tok") && name.extension() == ".bin") {
            found.push_back(entry.path());
        }
    }
    if (found.size() == 1) return found.front();
    return failure("functional.no_tokenizer",
                   (found.empty() ? "No tok*.bin beside '" : "Several tok*.bin beside '") +
                       model.string() + "'; name the tokenizer.");
}

Result<InputPaths> find_inputs(const FunctionalRequest& request) {
    const fs::path tiny =
        (request.models_directory.empty() ? builtin_models_directory() : request.models_directory) /
        "tiny";
    const bool builtin = request.model == kBuiltinTiny;
    InputPaths paths;
    paths.model = builtin ? tiny / "model.bin" : fs::path{request.model};
    paths.text = request.text == kBuiltinTiny ? tiny / "text.txt" : fs::path{request.text};
    if (!request.tokenizer.empty()) {
        paths.tokenizer = request.tokenizer;
        return paths;
    }
    if (builtin) {
        paths.tokenizer = tiny / "tokenizer.bin";
        return paths;
    }
    auto tokenizer = tokenizer_beside(paths.model);
    if (!tokenizer.has_value()) return tokenizer.error();
    paths.tokenizer = *tokenizer;
    return paths;
}

WindowProtocol protocol_of(const FunctionalRequest& request, const TransformerShape& shape) {
    WindowProtocol protocol;
    const std::size_t wanted = request.window == 0 ? 512 : request.window;
    protocol.length = std::max<std::size_t>(4, std::min(wanted, shape.context));
    const std::size_t scored = protocol.scored_per_window();
    protocol.windows = std::max<std::size_t>(1, (request.tokens + scored - 1) / scored);
    protocol.leading_bos = request.leading_bos;
    return protocol;
}

std::string cache_key(const LoadedModel& model, std::span<const std::byte> text,
                      const FunctionalRequest& request, const WindowProtocol& protocol) {
    Sha256 hash;
    hash.part(kRevision);
    hash.part(model.checkpoint.bytes);
    hash.part(write_tokenizer(model.tokenizer));
    hash.part(text);
    hash.part(request.numerics.canonical());
    hash.part(std::to_string(protocol.length) + " " + std::to_string(protocol.windows) + " " +
              std::to_string(static_cast<int>(protocol.leading_bos)) + " " +
              std::to_string(request.generate));
    return hash.hex();
}

/// Enough of the text's tokens for the windows. Only the head of a long text is encoded.
std::vector<Token> encode_head(const Tokenizer& tokenizer, std::string_view text,
                               std::size_t needed) {
    constexpr std::size_t kMargin = 64;  // merges at the cut must not reach the last window
    std::size_t size = 8 * needed + kMargin;
    while (true) {
        auto tokens = tokenizer.encode(text.substr(0, size));
        if (size >= text.size() || tokens.size() >= needed + kMargin) return tokens;
        size *= 2;
    }
}

/// Share of weights that the format holds as exactly zero.
double weight_sparsity(const PreparedModel& model) {
    std::uint64_t zeros = 0;
    std::uint64_t weights = 0;
    for (const Operator& op : model.graph()) {
        if (op.kind != OperatorKind::Linear) continue;
        const auto& packed = model.matrix(op).packed;
        const std::uint64_t padding =
            std::uint64_t{kernels::padded(op.rows) - op.rows} * op.columns;
        const std::span<const float> values{packed.values.data(), packed.values.size()};
        zeros +=
            static_cast<std::uint64_t>(std::count(values.begin(), values.end(), 0.0F)) - padding;
        weights += std::uint64_t{op.rows} * op.columns;
    }
    return static_cast<double>(zeros) / static_cast<double>(weights);
}

void check_sanity(FunctionalRun& run, std::size_t windows_asked) {
    const double uniform = math::log(static_cast<double>(run.shape.vocabulary));
    const double reference = run.quality.nll_reference.mean;
    if (!(reference < uniform)) {
        run.warnings.push_back("The reference predicts this text no better than chance (" +
                               std::to_string(reference) + " nat a token, uniform is " +
                               std::to_string(uniform) +
                               "): model, tokenizer and text may not belong together.");
    }
    if (run.quality.windows < windows_asked) {
        run.warnings.push_back("The text holds " + std::to_string(run.quality.windows) +
                               " of the " + std::to_string(windows_asked) + " windows asked for.");
    }
    if (run.quality.failed) {
        run.warnings.push_back("These numerics break the model: its output is not a number.");
    }
}

Result<FunctionalRun> run_now(const FunctionalRequest& request, const LoadedModel& model,
                              const std::vector<std::vector<Token>>& windows,
                              const WindowProtocol& protocol) {
    const auto begin = std::chrono::steady_clock::now();
    const auto reference = PreparedModel::prepare(model.checkpoint, NumericsContract{});
    const auto candidate = PreparedModel::prepare(model.checkpoint, request.numerics);
    const auto measured = measure_quality(reference, std::span{&candidate, 1}, windows, protocol,
                                          request.threads, request.progress, request.stop);
    if (measured.empty()) return failure("functional.stopped", "The functional run was stopped.");
    FunctionalRun run;
    run.shape = model.checkpoint.shape;
    run.quality = measured.front().figures;
    run.traffic = measured.front().traffic;
    run.statistics.weight_sparsity = weight_sparsity(*candidate);
    run.statistics.measured = true;
    const std::size_t capacity = std::min(request.generate + 1, run.shape.context);
    ValueInterpreter interpreter(candidate, capacity);
    const Token prompt = kBeginOfStream;
    run.generated = generate_greedy(interpreter, std::span{&prompt, 1}, request.generate);
    std::vector<Token> stream = run.generated;
    stream.insert(stream.begin(), kBeginOfStream);
    run.generated_text = model.tokenizer.decode(stream);
    check_sanity(run, protocol.windows);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    run.seconds = elapsed.count();
    return run;
}

/// Fills what an entry of the cache does not hold.
FunctionalRun describe(FunctionalRun run, const FunctionalRequest& request,
                       const LoadedModel& model, const WindowProtocol& protocol,
                       const std::string& key) {
    run.run_id = key.substr(0, 16);
    run.numerics = request.numerics.name;
    run.model_format = model.checkpoint.format;
    run.shape = model.checkpoint.shape;
    run.protocol = protocol;
    run.protocol.windows = static_cast<std::size_t>(run.quality.windows);
    return run;
}

}  // namespace

Result<LoadedModel> load_model(const fs::path& model, const fs::path& tokenizer) {
    auto checkpoint = read_checkpoint(model);
    auto file = MappedFile::open(tokenizer);
    if (!checkpoint.has_value() || !file.has_value()) {
        Failures problems;
        if (!checkpoint.has_value()) problems = checkpoint.error();
        if (!file.has_value()) {
            problems.insert(problems.end(), file.error().begin(), file.error().end());
        }
        return problems;
    }
    if (checkpoint->shape.context < 4 || checkpoint->shape.vocabulary < 259) {
        return failure("functional.bad_file", model.filename().string() +
                                                  ": a run needs a context of at least 4 tokens "
                                                  "and a vocabulary of at least 259.");
    }
    auto pieces = read_tokenizer((*file)->bytes(), checkpoint->shape.vocabulary,
                                 tokenizer.filename().string());
    if (!pieces.has_value()) return pieces.error();
    return LoadedModel{*std::move(checkpoint), *std::move(pieces)};
}

fs::path builtin_models_directory() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return program.parent_path().parent_path() / "share" / "wafercast" / "models";
}

Result<FunctionalRun> run_functional(const FunctionalRequest& request) {
    const auto paths = find_inputs(request);
    if (!paths.has_value()) return paths.error();
    const auto model = load_model(paths->model, paths->tokenizer);
    if (!model.has_value()) return model.error();
    const auto text_file = MappedFile::open(paths->text);
    if (!text_file.has_value()) return text_file.error();
    const auto bytes = (*text_file)->bytes();
    const WindowProtocol protocol = protocol_of(request, model->checkpoint.shape);
    const std::string key = cache_key(*model, bytes, request, protocol);
    const bool cached = request.use_cache && !request.cache_directory.empty();
    if (cached) {
        if (auto known = recall_run(request.cache_directory, key)) {
            return describe(*std::move(known), request, *model, protocol, key);
        }
    }
    if (request.cached_only) {
        return failure("functional.not_cached", "This functional run has not been made yet.");
    }
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    const auto tokens = encode_head(model->tokenizer, text, protocol.length * protocol.windows + 1);
    const auto windows = cut_windows(tokens, protocol);
    if (windows.empty()) {
        return failure("functional.text_too_short",
                       "'" + paths->text.string() + "' has " + std::to_string(tokens.size()) +
                           " tokens; one window needs " + std::to_string(protocol.length) + ".");
    }
    auto run = run_now(request, *model, windows, protocol);
    if (!run.has_value()) return run;
    if (cached && !remember_run(request.cache_directory, key, *run)) {
        run->warnings.push_back("The run could not be remembered in '" +
                                request.cache_directory.string() + "'.");
    }
    return describe(*std::move(run), request, *model, protocol, key);
}

}  // namespace wafercast::functional
