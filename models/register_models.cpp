#include "register_models.hpp"

#include "economics/token_cost.hpp"
#include "layout/place.hpp"
#include "package/assembly.hpp"
#include "registry/model_set.hpp"
#include "serving/register_serving.hpp"
#include "test/test_models.hpp"
#include "wafer/cost_dies.hpp"
#include "yield/yield_models.hpp"

namespace wafercast {

void register_models(ModelSet& models) {
    register_wafer_models(models);
    register_yield_models(models.yield);
    register_test_models(models.test);
    register_layout_models(models);
    register_package_models(models.package);
    register_performance_models(models);
    register_serving_models(models);
    register_economics_models(models);
}

}  // namespace wafercast
