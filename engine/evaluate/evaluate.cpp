#include "evaluate/evaluate.hpp"

namespace wafercast {

Metrics evaluate(const ResolvedDesign& d, const Context& c) {
    const Stages& stages = c.models->stages;
    Metrics metrics;
    metrics.has_workload = d->workload.present;
    metrics.layout = stages.place(d, c);
    metrics.silicon = stages.cost_dies(d, metrics.layout, c);
    metrics.package = d->package.flow->assemble(d, metrics.layout, metrics.silicon, c);
    metrics.device = stages.rate_device(d, metrics.layout, c);
    if (metrics.has_workload) {
        metrics.serving = stages.serve(d, metrics.device, c);
    }
    metrics.economics = stages.token_economics(d, metrics.silicon, metrics.package, metrics.device,
                                               metrics.serving, c);
    return metrics;
}

}  // namespace wafercast
