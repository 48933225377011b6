#pragma once

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/design_fields.hpp"
#include "evaluate/evaluate.hpp"
#include "reader/read_catalog.hpp"
#include "reader/read_design.hpp"
#include "register_models.hpp"
#include "registry/model_set.hpp"

/// The catalog and designs that ship, for tests of the whole chain.
namespace wafercast::shipped {

using Edits = std::vector<std::pair<std::string, std::string>>;

inline std::filesystem::path source() {
    const char* root = std::getenv("WAFERCAST_SOURCE_DIR");
    EXPECT_NE(root, nullptr) << "run through ctest, which sets WAFERCAST_SOURCE_DIR";
    return root == nullptr ? "." : root;
}

inline const Catalog& catalog() {
    static const Catalog read = [] {
        auto all = read_catalog({source() / "data" / "catalog"});
        EXPECT_TRUE(all) << all.error().front().message;
        return all ? std::move(*all) : Catalog{};
    }();
    return read;
}

inline const ModelSet& models() {
    static const ModelSet set = [] {
        ModelSet all;
        register_models(all);
        return all;
    }();
    return set;
}

inline const std::vector<std::string>& design_names() {
    static const std::vector<std::string> names{"a100-sxm",      "a100-sxm-llama-2-70b",
                                                "b200-sxm",      "b200-sxm-llama-2-70b",
                                                "h100-sxm",      "h100-sxm-llama-2-70b",
                                                "h200-sxm",      "h200-sxm-llama-2-70b",
                                                "mi300x",        "mi300x-llama-2-70b",
                                                "quad",          "quad-monolith",
                                                "epyc-zen1",     "groq-lpu",
                                                "taalas-hc1",    "watch-npu",
                                                "cerebras-wse-3"};
    return names;
}

inline Design design(const std::string& name, const Edits& edits = {}) {
    auto file = read_design(source() / "data" / "designs" / (name + ".toml"));
    EXPECT_TRUE(file) << name << ": " << file.error().front().message;
    Design design = file ? file->design : Design{};
    const auto done = set_fields(design, edits);
    EXPECT_TRUE(done) << name << ": " << done.error().front().message;
    return design;
}

inline ResolvedDesign resolved(const Design& design) {
    auto out = resolve(design, catalog(), models());
    EXPECT_TRUE(out) << out.error().front().message;
    return out ? std::move(*out) : ResolvedDesign{};
}

inline ResolvedDesign resolved(const std::string& name, const Edits& edits = {}) {
    return resolved(design(name, edits));
}

inline Context context() {
    Context context;
    context.models = &models();
    return context;
}

inline Evaluation explained(const std::string& name, const Edits& edits = {}) {
    return explain(resolved(name, edits), context());
}

/// The scalar of a path, by its origin.
inline std::optional<std::uint32_t> scalar(const ResolvedDesign& design, std::string_view path) {
    for (std::size_t i = 0; i < design->origins.size(); ++i) {
        if (design->origins[i].path == path) {
            return static_cast<std::uint32_t>(i);
        }
    }
    return std::nullopt;
}

}  // namespace wafercast::shipped
