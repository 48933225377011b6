#include "yield/quadrature.hpp"

namespace wafercast {

const HalfLineNodes& HalfLineNodes::get() {
    static const HalfLineNodes nodes = [] {
        HalfLineNodes n{};
        for (std::size_t i = 0; i < n.g.size(); ++i) {
            const double x = kFirst + kStep * static_cast<double>(i);
            const double shrink = math::exp(-x);
            n.log_g[i] = x - shrink;
            n.g[i] = math::exp(n.log_g[i]);
            n.log_slope_g[i] = n.log_g[i] + math::log1p(shrink);
        }
        return n;
    }();
    return nodes;
}

}  // namespace wafercast
