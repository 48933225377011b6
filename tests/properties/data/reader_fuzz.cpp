// Damaged files are refused with a place, or read; never a crash or a hang.
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>

#include "reader/import_model.hpp"
#include "reader/read_catalog.hpp"
#include "reader/read_design.hpp"
#include "reader/read_study.hpp"
#include "reader/simple_toml.hpp"
#include "reader/text_tree.hpp"

namespace wafercast {
namespace {

namespace fs = std::filesystem;
using Random = std::mt19937;

/// Damaged copies of each text; WAFERCAST_FUZZ_ROUNDS asks for more.
int rounds() {
    const char* asked = std::getenv("WAFERCAST_FUZZ_ROUNDS");
    return asked != nullptr ? std::atoi(asked) : 40;
}

struct Seed {
    std::string kind;  ///< folder: of a catalog entry its kind
    std::string text;
};

std::vector<Seed> seeds(const std::string& folder, std::size_t most) {
    std::vector<fs::path> paths;
    for (const auto& entry :
         fs::recursive_directory_iterator{fs::path{std::getenv("WAFERCAST_SOURCE_DIR")} / folder}) {
        if (entry.path().extension() == ".toml") {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Seed> found;
    const std::size_t stride = std::max<std::size_t>(1, paths.size() / most);
    for (std::size_t i = 0; i < paths.size(); i += stride) {
        found.push_back(
            {paths[i].parent_path().filename().string(), *read_text_file(paths[i].string())});
    }
    return found;
}

std::string damaged(Random& random, std::string text) {
    const auto at = [&] {
        return std::uniform_int_distribution<std::size_t>{0, text.size()}(random);
    };
    static constexpr char kMarks[] = "[]{}=.,\"'\\#\n\r\t -+0e_\x00\x01\xC3\xFF";
    constexpr std::string_view marks{kMarks, sizeof kMarks - 1};
    for (unsigned i = 0; i <= random() % 4; ++i) {
        const auto from = at();
        switch (random() % 6) {
            case 0:
                text.insert(from, 1, marks[random() % marks.size()]);
                break;
            case 1:
                text.erase(from, random() % 8);
                break;
            case 2:
                text.resize(from);
                break;
            case 3:
                text.insert(from, text.substr(at(), random() % 40));
                break;
            case 4:
                text.insert(from, std::string(random() % 300, marks[random() % marks.size()]));
                break;
            default:
                if (from < text.size()) {
                    text[from] = static_cast<char>(random() % 256);
                }
        }
    }
    return text;
}

template <class T>
void expect_places(const Result<T>& result, const std::string& text) {
    if (result) {
        return;
    }
    EXPECT_FALSE(result.error().empty());
    for (const auto& failure : result.error()) {
        EXPECT_EQ(failure.where.file, "f") << failure.message;
        EXPECT_GE(failure.where.line, 1) << failure.message << '\n' << text;
        EXPECT_GE(failure.where.column, 1) << failure.message << '\n' << text;
        EXPECT_FALSE(failure.code.empty());
        EXPECT_FALSE(failure.message.empty());
    }
}

template <class Read>
void fuzz(const std::vector<Seed>& texts, Read read) {
    ASSERT_FALSE(texts.empty());
    Random random{20260101};
    int refused = 0;
    const int count = rounds();
    for (const auto& seed : texts) {
        for (int i = 0; i < count; ++i) {
            const auto text = damaged(random, seed.text);
            refused += read(seed, text) ? 0 : 1;
        }
    }
    EXPECT_GT(refused, 0) << "the damage must do some";
}

TEST(ReaderFuzz, Designs) {
    fuzz(seeds("data/designs", 20), [](const Seed&, const std::string& text) {
        const auto read = read_design_text(text, "f");
        expect_places(read, text);
        return read.has_value();
    });
}

TEST(ReaderFuzz, CatalogEntries) {
    fuzz(seeds("data/catalog", 60), [](const Seed& seed, const std::string& text) {
        const auto read = read_catalog_text(text, "f", seed.kind);
        expect_places(read, text);
        return read.has_value();
    });
}

TEST(ReaderFuzz, Studies) {
    fuzz(seeds("data/studies", 20), [](const Seed&, const std::string& text) {
        const auto read = read_study_text(text, "f");
        expect_places(read, text);
        return read.has_value();
    });
}

TEST(ReaderFuzz, ShortWayNeverDisagrees) {
    fuzz(seeds("data/catalog", 60), [](const Seed&, const std::string& text) {
        const auto simple = parse_simple_toml(text);
        if (simple) {
            const auto full = parse_full_toml(text, "f");
            EXPECT_TRUE(full.has_value() && *full == *simple)
                << (full ? "other tree" : full.error().front().message) << '\n'
                << text;
        }
        return simple.has_value();
    });
}

TEST(ReaderFuzz, ModelConfigurations) {
    const std::string config =
        R"({"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61,
        "num_attention_heads": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 256,
        "num_experts_per_tok": 8, "kv_lora_rank": 512, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128,
        "vocab_size": 129280, "max_position_embeddings": 163840, "quantization_config": {"quant_method": "fp8"}})";
    fuzz(std::vector<Seed>(20, Seed{"", config}), [](const Seed&, const std::string& text) {
        const auto read = import_model(text, "f", "x");
        expect_places(read, text);
        return read.has_value();
    });
}

}  // namespace
}  // namespace wafercast
