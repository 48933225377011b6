#pragma once

namespace wafercast {

struct ModelSet;

/// Registers every built-in model and fills the stages of an evaluation. Plugins add theirs
/// afterwards by the same registries.
void register_models(ModelSet& models);

}  // namespace wafercast
