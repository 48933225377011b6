#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace wafercast {

/// The catalog entry (kind "models", TOML text) of a model described by a Hugging Face
/// `config.json`: llama, mistral, mixtral, qwen2, qwen3 and their MoE forms, gemma, phi, gpt2,
/// falcon, deepseek v2 and v3, gpt-oss, and others that name their shape like them. Parameters are
/// counted from the shape.
/// @param file  shown in places
/// @param id    of the entry; empty: made from `_name_or_path` or the model type
Result<std::string> import_model(std::string_view json, const std::string& file,
                                 std::string_view id = {});

}  // namespace wafercast
