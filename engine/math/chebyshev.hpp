#pragma once

#include <array>
#include <cstddef>

namespace wafercast::math {

/// Sum of c_k T_k(t), t in [-1, 1], by Clenshaw's recurrence. @cite clenshaw1955
template <std::size_t N>
double chebyshev_sum(const std::array<double, N>& c, double t) {
    double next = 0.0;
    double after = 0.0;
    for (std::size_t k = N - 1; k > 0; --k) {
        const double now = c[k] + 2.0 * t * next - after;
        after = next;
        next = now;
    }
    return c[0] + t * next - after;
}

}  // namespace wafercast::math
