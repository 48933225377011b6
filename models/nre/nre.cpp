#include "nre/nre.hpp"

#include <algorithm>

namespace wafercast {

DieNre die_nre(const ResolvedDesign& d, const ResolvedDie& die) {
    const double reuse = std::max(1.0, d.get(die.reuse, 1.0));
    const double mask_set = d.get(d->nodes[die.node].mask_set_cost, 0.0);
    return {.masks = d.get(die.mask_set_count, 0.0) * mask_set / reuse,
            .design = (d.get(die.design_nre, 0.0) + d.get(die.software_nre, 0.0) +
                       d.get(die.ip_nre, 0.0)) /
                      reuse};
}

double package_nre(const ResolvedDesign& d) {
    double nre = 0.0;
    for (const ResolvedDie& die : d->dies) {
        nre = std::max(nre, d.get(die.package_nre, 0.0));
    }
    return nre;
}

}  // namespace wafercast
