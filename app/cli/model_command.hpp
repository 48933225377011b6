#pragma once

#include <string>

#include "cli/command_context.hpp"

namespace wafercast::cli {

struct ModelImportArguments {
    std::string config;
    std::string id;
    std::string output;  ///< empty: standard output
};

/// `wafercast model import`: a Hugging Face config.json as a catalog entry.
int run_model_import(const ModelImportArguments& arguments, CommandContext& context);

}  // namespace wafercast::cli
