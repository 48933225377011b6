#include "reader/import_model.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "core/catalog.hpp"
#include "core/transformer.hpp"
#include "reader/text_tree.hpp"

namespace wafercast {
namespace {

using Json = nlohmann::json;
using Keys = std::initializer_list<const char*>;

constexpr double kLargest = 1e9;  // no dimension of a transformer comes near

SourceLocation place(std::string_view text, std::size_t byte, const std::string& file) {
    SourceLocation where{file, 1, 1};
    for (std::size_t i = 0; i < std::min(byte, text.size()); ++i) {
        const bool newline = text[i] == '\n';
        where.line += newline ? 1 : 0;
        where.column = newline ? 1 : where.column + 1;
    }
    return where;
}

std::string plain(double value) {
    return std::to_string(static_cast<long long>(std::llround(value)));
}

class ModelImport {
public:
    ModelImport(const Json& root, std::string_view text, const std::string& file,
                std::string_view id)
        : root_{root}, json_{nested(root)}, text_{text}, file_{file}, id_{id} {}

    Result<std::string> run() {
        type_ = lower(word({"model_type"}, word_of(root_, "model_type")));
        shape();
        attention();
        experts();
        check();
        if (!problems_.empty()) {
            return problems_;
        }
        return entry();
    }

private:
    /// Multimodal models keep the language model's shape apart.
    static const Json& nested(const Json& root) {
        for (const char* key : {"text_config", "language_config", "llm_config"}) {
            if (root.contains(key) && root[key].is_object()) {
                return root[key];
            }
        }
        return root;
    }

    void problem(std::string code, std::string message, std::string_view key) {
        const auto at = text_.find("\"" + std::string{key} + "\"");
        problems_.push_back({std::move(code), std::move(message),
                             place(text_, at == std::string_view::npos ? 0 : at, file_)});
    }

    static std::string word_of(const Json& json, const char* key) {
        return json.contains(key) && json[key].is_string() ? json[key].get<std::string>()
                                                           : std::string{};
    }
    std::string word(Keys keys, std::string fallback = {}) const {
        for (const char* key : keys) {
            if (auto found = word_of(json_, key); !found.empty()) {
                return found;
            }
        }
        return fallback;
    }
    bool flag(const char* key, bool fallback) const {
        for (const auto* json : {&json_, &root_}) {
            if (json->contains(key) && (*json)[key].is_boolean()) {
                return (*json)[key].get<bool>();
            }
        }
        return fallback;
    }

    /// The first key that is there; -1 when none is. null counts as absent.
    double optional(Keys keys) {
        for (const char* key : keys) {
            const auto found = json_.find(key);
            if (found == json_.end() || found->is_null()) {
                continue;
            }
            const double value = found->is_number() ? found->get<double>() : -1.0;
            if (!(value >= 0.0 && value <= kLargest && value == std::floor(value))) {
                problem("model.bad_number",
                        "'" + std::string{key} + "' must be a whole number, 0 or more.", key);
                return 0.0;
            }
            return value;
        }
        return -1.0;
    }
    int number(Keys keys, double fallback) {
        const double value = optional(keys);
        return static_cast<int>(value < 0.0 ? fallback : value);
    }
    int required(Keys keys) {
        const double value = optional(keys);
        if (value < 0.0) {
            std::string names;
            for (const char* key : keys) {
                names += (names.empty() ? "'" : " or '") + std::string{key} + "'";
            }
            problems_.push_back(
                {"model.missing", "The configuration has no " + names + ".", {file_, 1, 1}});
            return 0;
        }
        if (value == 0.0 && problems_.empty()) {
            problem("model.bad_number", "'" + std::string{*keys.begin()} + "' must be above 0.",
                    *keys.begin());
        }
        return static_cast<int>(value);
    }

    [[nodiscard]] bool is(std::initializer_list<std::string_view> types) const {
        return std::find(types.begin(), types.end(), type_) != types.end();
    }

    void shape() {
        spec_.layers = required({"num_hidden_layers", "n_layer", "num_layers", "n_layers"});
        spec_.hidden = required({"hidden_size", "n_embd", "d_model"});
        spec_.heads = required({"num_attention_heads", "n_head", "n_heads"});
        spec_.vocab = required({"vocab_size"});
        spec_.context =
            number({"max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length"},
                   is({"falcon"}) ? 2048.0 : -1.0);
        if (spec_.context < 0) {
            problems_.push_back({"model.missing",
                                 "The configuration has no 'max_position_embeddings'.",
                                 {file_, 1, 1}});
        }
        spec_.gated_mlp =
            !is({"gpt2", "falcon", "phi", "gpt_neox", "opt", "bloom", "gptj", "starcoder2"});
        const bool wide = is(
            {"gpt2", "falcon", "gpt_neox", "bloom", "gptj"});  // four times the width unless stated
        const double ffn = optional({"intermediate_size", "n_inner", "ffn_hidden_size", "ffn_dim"});
        if (ffn < 0.0 && !wide) {
            required({"intermediate_size"});
        }
        spec_.ffn = ffn < 0.0 ? 4 * std::min(spec_.hidden, 1 << 24) : static_cast<int>(ffn);
        const bool tied =
            is({"gpt2", "falcon", "gemma", "gemma2", "gemma3", "gemma3_text", "bloom"});
        spec_.tied_embeddings = flag("tie_word_embeddings", tied);
    }

    void attention() {
        double kv = spec_.heads;
        if (is({"falcon"})) {
            const bool grouped = flag("new_decoder_architecture", false);
            kv = grouped                     ? number({"num_kv_heads", "n_head_kv"}, spec_.heads)
                 : flag("multi_query", true) ? 1
                                             : spec_.heads;
            spec_.kv_heads = static_cast<int>(kv);
        } else {
            spec_.kv_heads = number({"num_key_value_heads", "num_kv_heads"}, kv);
        }
        const int width = spec_.heads > 0 ? spec_.hidden / spec_.heads : 0;
        spec_.head_dim = number({"head_dim"}, is({"gemma"}) ? 256.0 : width);
        spec_.kv_lora_rank = number({"kv_lora_rank"}, 0.0);
        if (spec_.kv_lora_rank > 0) {
            spec_.attention = AttentionKind::kLatent;
            spec_.q_lora_rank = number({"q_lora_rank"}, 0.0);
            spec_.qk_rope_dim = required({"qk_rope_head_dim"});
            spec_.head_dim = required({"qk_nope_head_dim"});
            spec_.qk_nope_dim = spec_.head_dim;
            spec_.v_head_dim = number({"v_head_dim"}, spec_.head_dim);
        } else if (optional({"o_lora_rank"}) > 0.0) {
            spec_.q_lora_rank = number({"q_lora_rank"}, 0.0);
            spec_.o_lora_rank = number({"o_lora_rank"}, 0.0);
            spec_.o_groups = number({"o_groups"}, 0.0);
        }
        spec_.index_heads = number({"index_n_heads"}, 0.0);
        if (spec_.index_heads > 0) {
            spec_.index_head_dim = required({"index_head_dim"});
            spec_.index_top = required({"index_topk"});
        }
        spec_.attention_gate = flag("attn_output_gate", false);
        layer_kinds();
    }

    /// Layers whose kind is listed, or follows from an interval.
    void layer_kinds() {
        spec_.linear_value_heads = number({"linear_num_value_heads"}, 0.0);
        if (spec_.linear_value_heads > 0) {
            spec_.linear_key_heads = required({"linear_num_key_heads"});
            spec_.linear_head_dim = required({"linear_value_head_dim"});
            spec_.linear_state = required({"linear_key_head_dim"});
            spec_.linear_conv_width = number({"linear_conv_kernel_dim"}, 0.0);
        }
        if (flag("use_sliding_window", true)) {
            spec_.sliding_window = number({"sliding_window", "attention_chunk_size"}, 0.0);
        }
        const auto types = json_.find("layer_types");
        if (types != json_.end() && types->is_array()) {
            const auto full = std::count(types->begin(), types->end(), Json("full_attention"));
            const auto slides = std::count_if(types->begin(), types->end(), [](const Json& type) {
                return type == "sliding_attention" || type == "chunked_attention";
            });
            if (slides == 0) {
                spec_.sliding_window = 0;
            }
            if (full > 0 && full < static_cast<long>(types->size())) {
                spec_.full_attention_layers = static_cast<int>(full);
            }
            return;
        }
        // Gemma 2 alternates and its successor counts; both without a list in early files.
        const double alternate = is({"gemma2"}) ? 2.0 : is({"gemma3", "gemma3_text"}) ? 6.0 : 0.0;
        if (spec_.sliding_window > 0 || spec_.linear_value_heads > 0) {
            spec_.full_attention_every =
                number({"full_attention_interval", "sliding_window_pattern"},
                       optional({"attention_chunk_size"}) > 0.0 ? 4.0 : alternate);
        }
    }

    void experts() {
        spec_.routed_experts =
            number({"num_local_experts", "n_routed_experts", "num_experts"}, 0.0);
        if (spec_.routed_experts == 0) {
            return;
        }
        spec_.experts_per_token = required(
            {"num_experts_per_tok", "experts_per_token", "num_experts_per_token", "moe_topk"});
        spec_.moe_ffn = number({"moe_intermediate_size"}, spec_.ffn);
        spec_.shared_experts = number({"n_shared_experts", "num_shared_experts"}, 0.0);
        const int shared_width = number({"shared_expert_intermediate_size"}, 0.0);
        if (spec_.shared_experts == 0 && shared_width > 0 && spec_.moe_ffn > 0) {
            spec_.shared_experts = std::max(1, shared_width / spec_.moe_ffn);
        }
        spec_.first_dense_layers = number({"first_k_dense_replace"}, 0.0);
        const int every = number({"interleave_moe_layer_step"}, 1.0);
        if (every > 1) {  // Llama 4: experts in every n-th layer, dense MLPs of their own width
            spec_.first_dense_layers = spec_.layers - spec_.layers / every;
            spec_.moe_ffn = spec_.ffn;
            spec_.ffn = number({"intermediate_size_mlp"}, spec_.ffn);
        }
    }

    void check() {
        if (!problems_.empty()) {
            return;
        }
        if (spec_.kv_heads < 1 || spec_.kv_heads > spec_.heads ||
            spec_.heads % spec_.kv_heads != 0) {
            problem("model.bad_number",
                    "The attention heads must be a multiple of the key-value heads.",
                    "num_key_value_heads");
        }
        if (spec_.head_dim < 1) {
            problem("model.bad_number", "The head dimension must be above 0.", "head_dim");
        }
        if (spec_.experts_per_token > spec_.routed_experts) {
            problem("model.bad_number", "More experts per token than there are.",
                    "num_experts_per_tok");
        }
        if (spec_.first_dense_layers > spec_.layers) {
            problem("model.bad_number", "More dense layers than layers.", "first_k_dense_replace");
        }
    }

    [[nodiscard]] std::string precision() const {
        const auto quantized = root_.find("quantization_config");
        if (quantized != root_.end() && quantized->is_object()) {
            if (const auto method = word_of(*quantized, "quant_method");
                method == "fp8" || method == "mxfp4") {
                return method == "fp8" ? "fp8" : "fp4";
            }
        }
        const auto type = word({"torch_dtype", "dtype"}, word_of(root_, "torch_dtype"));
        return type == "float16" ? "fp16" : type == "float32" ? "fp32" : "bf16";
    }

    [[nodiscard]] std::string attention_word() const {
        if (spec_.attention == AttentionKind::kLatent) {
            return "mla";
        }
        return spec_.kv_heads == spec_.heads ? "mha" : spec_.kv_heads == 1 ? "mqa" : "gqa";
    }

    [[nodiscard]] std::string entry_id(const std::string& name) const {
        std::string id;
        for (const char c : lower(id_.empty() ? std::string_view{name} : id_)) {
            const bool good =
                (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
            id += good ? c : '-';
        }
        return id.empty() ? "imported-model" : id;
    }

    std::string entry() const {
        const auto path = word_of(root_, "_name_or_path");
        auto name = path.substr(path.find_last_of('/') + 1);
        name = name.empty() ? (type_.empty() ? "imported-model" : type_) : name;
        const auto count = count_parameters(spec_);
        std::string out =
            "id = " + quoted_toml(entry_id(name)) + "\ntitle = " + quoted_toml(name) + "\n";
        if (path.find('/') != std::string::npos) {
            out += "aliases = [" + quoted_toml(path) + "]\n";
        }
        out +=
            "note = \"Imported from the model's config.json; parameters counted from the "
            "shape.\"\n";
        out += "source = \"model-config\"\nconfidence = \"definition\"\n\n";
        const auto text = [&out](const char* key, const std::string& value) {
            out += std::string{key} + " = " + quoted_toml(value) + "\n";
        };
        const auto size = [&text](const char* key, double value, bool always = true) {
            if (always || value > 0.0) {
                text(key, plain(value));
            }
        };
        text("family", spec_.is_moe() ? "moe" : "dense");
        size("layers", spec_.layers);
        size("hidden", spec_.hidden);
        size("heads", spec_.heads);
        size("kv_heads", spec_.kv_heads);
        size("head_dim", spec_.head_dim);
        size("ffn", spec_.ffn);
        if (spec_.is_moe()) {
            size("moe_ffn", spec_.moe_ffn);
            size("routed_experts", spec_.routed_experts);
            size("experts_per_token", spec_.experts_per_token);
            size("shared_experts", spec_.shared_experts);
            size("first_dense_layers", spec_.first_dense_layers);
        }
        size("vocab", spec_.vocab);
        size("context", spec_.context);
        text("attention", attention_word());
        // The fields above are always there; these only where the model has the feature.
        const auto fields = shape_fields();
        const auto optional_from =
            std::find_if(fields.begin(), fields.end(),
                         [](const ShapeField& f) { return f.name == "sliding_window"; });
        for (auto field = optional_from; field != fields.end(); ++field) {
            size(std::string{field->name}.c_str(), spec_.*field->field, false);
        }
        if (spec_.attention_gate) {
            out += "attention_gate = true\n";
        }
        out +=
            std::string{"tied_embeddings = "} + (spec_.tied_embeddings ? "true" : "false") + "\n";
        text("mlp", spec_.gated_mlp ? "gated" : "plain");
        size("total_parameters", count.total);
        size("active_parameters", count.active);
        text("native_precision", precision());
        return out;
    }

    const Json& root_;
    const Json& json_;
    std::string_view text_;
    const std::string& file_;
    std::string_view id_;
    std::string type_;
    TransformerSpec spec_;
    Failures problems_;
};

}  // namespace

Result<std::string> import_model(std::string_view json, const std::string& file,
                                 std::string_view id) {
    constexpr int kDeepest = 100;  // the parser's tree is taken apart by recursion
    bool too_deep = false;
    const auto guard = [&too_deep](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > kDeepest;
        return !too_deep;
    };
    try {
        const auto root = Json::parse(json, guard);
        if (too_deep || !root.is_object()) {
            return Failure{"model.form", "A model configuration is a JSON object.", {file, 1, 1}};
        }
        return ModelImport{root, json, file, id}.run();
    } catch (const Json::parse_error& error) {
        const auto byte = error.byte > 0 ? error.byte - 1 : 0;
        return Failure{"text.syntax", "The file is not JSON: it cannot be read on from here.",
                       place(json, byte, file)};
    } catch (const Json::exception&) {
        return Failure{"model.form", "The file is not a model configuration.", {file, 1, 1}};
    }
}

}  // namespace wafercast
