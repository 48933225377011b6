#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/catalog.hpp"
#include "core/design.hpp"
#include "core/result.hpp"
#include "evaluate/evaluate.hpp"
#include "registry/model_set.hpp"

namespace wafercast {

/// Where a session finds what ships with the program, and what the user adds to it.
struct SessionOptions {
    std::vector<std::filesystem::path> catalog_overlays;  ///< `--catalog`, applied last
    bool user_overlay = true;                             ///< also the user's own catalog folder
    std::uint64_t seed = 1;
    int threads = 0;  ///< 0: as many as the machine has
};

using Overrides = std::vector<std::pair<std::string, std::string>>;  ///< `--set path=value`

/// A design as loaded: the value, the catalog it sees (its own entries laid over the session's),
/// and the text it came from.
struct LoadedDesign {
    Design design;
    std::shared_ptr<const Catalog> catalog;
    std::filesystem::path path;
    std::string text;
};

struct EvaluateOptions {
    int samples = 256;  ///< for bands, a power of two; 0: no bands
    std::uint64_t seed = 1;
    enum class Functional { kRun, kCachedOnly, kOff } functional = Functional::kRun;
    std::function<void(const std::string&)>
        notice;  ///< told before slow work, e.g. a first model run
    std::stop_token stop;
};

/// The one door of every face: loads, evaluates, explains. Const functions may be called from
/// several threads at once.
class Session {
public:
    /// Reads the catalog; fails with every problem in it.
    static Result<std::unique_ptr<Session>> open(const SessionOptions& options);

    [[nodiscard]] const std::shared_ptr<const Catalog>& catalog() const { return catalog_; }
    [[nodiscard]] const ModelSet& models() const { return *models_; }
    [[nodiscard]] const SessionOptions& options() const { return options_; }
    /// Reads a design file and applies overrides; every problem of both at once.
    [[nodiscard]] Result<LoadedDesign> load(const std::filesystem::path& path,
                                            const Overrides& overrides = {}) const;

    /// A design made in memory, seen with the session's catalog.
    [[nodiscard]] LoadedDesign adopt(Design design) const;

    /// Design -> numbers, trees, bands, functional quality.
    [[nodiscard]] Result<Evaluation> evaluate(const LoadedDesign& loaded,
                                              const EvaluateOptions& options = {}) const;

    /// The stages alone, for repeated use. @return what evaluate(resolved, context) needs
    struct Prepared {
        ResolvedDesign resolved;
        Context context;
    };
    [[nodiscard]] Result<Prepared> prepare(const LoadedDesign& loaded) const;

private:
    Session() = default;

    SessionOptions options_;
    std::shared_ptr<const Catalog> catalog_;
    std::unique_ptr<ModelSet> models_;
};

}  // namespace wafercast
