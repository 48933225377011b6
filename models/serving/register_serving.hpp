#pragma once

#include "registry/model_set.hpp"

namespace wafercast {

void register_performance_models(ModelSet& models);
void register_serving_models(ModelSet& models);

}  // namespace wafercast
