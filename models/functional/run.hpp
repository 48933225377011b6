/// One functional run: a real model on a real text, in the candidate's numerics.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/transformer.hpp"
#include "functional/checkpoint.hpp"
#include "functional/graph.hpp"
#include "functional/numerics.hpp"
#include "functional/quality.hpp"
#include "functional/tokenizer.hpp"

namespace wafercast::functional {

/// The model and text that the build makes.
inline constexpr const char* kBuiltinTiny = "builtin:tiny";

/// What to run. Paths are used as they are; a reader of designs resolves them first.
struct FunctionalRequest {
    std::string model = kBuiltinTiny;  ///< "builtin:tiny" or a llama2.c checkpoint
    std::string text = kBuiltinTiny;   ///< "builtin:tiny" (its held-out text) or a text file
    std::string tokenizer;             ///< empty: the single tok*.bin beside the model
    NumericsContract numerics;         ///< of the candidate
    std::size_t tokens = 256;          ///< scored tokens asked for; whole windows, at least one
    std::size_t window = 0;            ///< tokens a window; 0 is 512 or the context if shorter
    bool leading_bos = false;          ///< see WindowProtocol
    std::size_t generate = 48;         ///< greedy tokens shown, from begin-of-stream
    unsigned threads = 0;              ///< 0 is one a processor; never changes the result

    /// Folder of built-in models; empty: ../share/wafercast/models seen from the program.
    std::filesystem::path models_directory;
    /// Folder of remembered runs; empty: nothing is remembered.
    std::filesystem::path cache_directory;
    bool use_cache = true;
    bool cached_only = false;  ///< fail with `functional.not_cached` instead of running

    ProgressCallback progress;
    std::stop_token stop;
};

/// What a run found. All figures are measured on the named model and text.
struct FunctionalRun {
    std::string run_id;  ///< 16 digits: same model, text, numerics and protocol, same id
    std::string numerics;
    std::string model_format;
    TransformerShape shape;
    WindowProtocol protocol;
    QualityFigures quality;
    Traffic traffic;                ///< of the candidate over the windows
    WorkloadStatistics statistics;  ///< for the cost side; a dense model has balanced "experts"
    std::vector<Token> generated;   ///< by the candidate
    std::string generated_text;
    std::vector<std::string> warnings;
    double seconds = 0.0;  ///< wall time of the run that made the figures
    bool from_cache = false;
};

/// Runs, or recalls, a request.
///
/// A run is remembered under the SHA-256 of model, tokenizer and text bytes, numerics and protocol;
/// an entry is written beside its name and renamed into place, and one that does not match its own
/// checksum is ignored. When the cache cannot be written the run still succeeds, with a warning.
///
/// Fails with `functional.cannot_read`, `functional.bad_file`, `functional.no_tokenizer`,
/// `functional.text_too_short`, `functional.not_cached` or `functional.stopped`.
[[nodiscard]] Result<FunctionalRun> run_functional(const FunctionalRequest& request);

/// Reads model and tokenizer of a request.
struct LoadedModel {
    Checkpoint checkpoint;
    Tokenizer tokenizer;
};
[[nodiscard]] Result<LoadedModel> load_model(const std::filesystem::path& model,
                                             const std::filesystem::path& tokenizer);

/// ../share/wafercast/models seen from the running program.
[[nodiscard]] std::filesystem::path builtin_models_directory();

}  // namespace wafercast::functional
