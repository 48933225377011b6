#include "performance/datapath.hpp"

namespace wafercast {
namespace {

using enum NumberFormat;

bool is_integer(NumberFormat format) {
    return format == kTernary || format == kInt3 || format == kInt4 || format == kInt8;
}

double bits(NumberFormat format) { return kNumberFormatBits[index(format)]; }

/// May operands of `format` be computed in `host` without losing value? Floats need floats; an
/// integer needs a float of twice its bits, whose significand is long enough.
bool holds(NumberFormat host, NumberFormat format) {
    if (is_integer(format) && !is_integer(host)) {
        return bits(host) >= 2.0 * bits(format);
    }
    return bits(host) >= bits(format) && is_integer(host) == is_integer(format);
}

/// Narrower first; of equals the same kind of number as `wanted`.
bool closer(NumberFormat a, NumberFormat b, NumberFormat wanted) {
    if (bits(a) != bits(b)) {
        return bits(a) < bits(b);
    }
    return is_integer(a) == is_integer(wanted) && is_integer(b) != is_integer(wanted);
}

}  // namespace

std::optional<NumberFormat> next_wider(const std::array<double, kNumberFormatCount>& has,
                                       NumberFormat wanted) {
    if (has[index(wanted)] > 0.0) {
        return wanted;
    }
    std::optional<NumberFormat> best;
    for (std::size_t i = 0; i < kNumberFormatCount; ++i) {
        const auto host = static_cast<NumberFormat>(i);
        if (has[i] > 0.0 && holds(host, wanted) && (!best || closer(host, *best, wanted))) {
            best = host;
        }
    }
    return best;
}

NumberFormat common_format(NumberFormat a, NumberFormat b) {
    if (bits(a) != bits(b)) {
        return bits(a) > bits(b) ? a : b;
    }
    return is_integer(a) ? b : a;
}

Datapath datapath(const std::array<double, kNumberFormatCount>& peak, NumberFormat wanted) {
    Datapath path{.format = wanted};
    double passes = 1.0;
    if (const auto own = next_wider(peak, wanted)) {
        path.format = *own;
    } else {
        double widest = 0.0;
        for (std::size_t i = 0; i < kNumberFormatCount; ++i) {
            if (peak[i] > 0.0 && kNumberFormatBits[i] > widest) {
                path.format = static_cast<NumberFormat>(i);
                widest = kNumberFormatBits[i];
            }
        }
        const double ratio = widest > 0.0 ? bits(wanted) / widest : 1.0;
        passes = ratio > 1.0 ? ratio * ratio : 1.0;
    }
    path.passes = passes;
    path.peak = peak[index(path.format)] / passes;
    return path;
}

Datapath datapath(const DeviceRating& device, NumberFormat wanted) {
    Datapath path = datapath(device.peak, wanted);
    path.energy_per_op = device.energy_per_op[index(path.format)] * path.passes;
    return path;
}

}  // namespace wafercast
