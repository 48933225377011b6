// Makes the checkpoint behind `builtin:tiny`: make_tiny_model TEXT OUTPUT_FOLDER [--verbose]
//
// The first five sixths of the text train a byte-pair vocabulary and a two-layer Llama; the rest is
// held out and written beside the model, as the text on which quality is measured.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "functional/checkpoint.hpp"
#include "functional/tokenizer.hpp"
#include "functional/train/byte_pair_learner.hpp"
#include "functional/train/trainer.hpp"

namespace wafercast::functional {
namespace {

constexpr std::size_t kVocabulary = 512;

TrainingRecipe tiny_recipe() {
    TrainingRecipe recipe;
    recipe.shape = {.dim = 64,
                    .hidden = 128,
                    .layers = 2,
                    .heads = 4,
                    .kv_heads = 2,
                    .vocabulary = kVocabulary,
                    .context = 128};
    recipe.steps = 450;
    return recipe;
}

bool write(const std::filesystem::path& path, const void* data, std::size_t size) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    return static_cast<bool>(file.flush());
}

int make(const std::filesystem::path& text_path, const std::filesystem::path& folder,
         bool verbose) {
    std::ifstream file(text_path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t split = text.find('\n', text.size() / 6 * 5);
    if (text.size() < 1000 || split == std::string::npos) {
        std::fprintf(stderr, "make_tiny_model: '%s' is missing or too short\n", text_path.c_str());
        return 2;
    }
    const std::string_view training = std::string_view{text}.substr(0, split + 1);
    const std::string_view held_out = std::string_view{text}.substr(split + 1);
    const auto tokenizer = Tokenizer::from_pieces(learn_byte_pairs(training, kVocabulary), "tiny");
    if (!tokenizer.has_value() || tokenizer->size() != kVocabulary) return 3;
    const TrainingRecipe recipe = tiny_recipe();
    const TrainedTensors tensors =
        train(recipe, tokenizer->encode(training), [&](std::size_t step, double loss) {
            if (verbose && step % 25 == 0) std::printf("step %zu loss %.4f nat\n", step, loss);
        });
    std::span<const float> views[kTensorCount];
    for (std::size_t t = 0; t < kTensorCount; ++t) views[t] = tensors.values[t];
    const auto model = write_checkpoint_v1(recipe.shape, views);
    const auto vocabulary = write_tokenizer(*tokenizer);
    std::filesystem::create_directories(folder);
    const bool written = write(folder / "tokenizer.bin", vocabulary.data(), vocabulary.size()) &&
                         write(folder / "text.txt", held_out.data(), held_out.size()) &&
                         write(folder / "model.bin", model.data(), model.size());
    return written ? 0 : 4;
}

}  // namespace
}  // namespace wafercast::functional

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: make_tiny_model TEXT OUTPUT_FOLDER [--verbose]\n");
        return 2;
    }
    return wafercast::functional::make(argv[1], argv[2], argc > 3);
}
