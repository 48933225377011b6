#include "serving/register_serving.hpp"

#include "performance/rate_device.hpp"
#include "serving/continuous_batching.hpp"
#include "serving/list_operators.hpp"
#include "serving/mapping_search.hpp"
#include "serving/static_batching.hpp"

namespace wafercast {

void register_performance_models(ModelSet& models) { models.stages.rate_device = rate_device; }

void register_serving_models(ModelSet& models) {
    models.batching.add({.id = "static", .citation = "yu-2022-orca", .serve = serve_static});
    models.batching.add(
        {.id = "continuous", .citation = "yu-2022-orca", .serve = serve_continuous});
    models.stages.serve = serve;
    models.stages.list_operators = list_operators;
}

}  // namespace wafercast
