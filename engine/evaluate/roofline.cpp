#include "evaluate/roofline.hpp"

#include <algorithm>

namespace wafercast {

namespace {

std::vector<ComputeRoof> compute_roofs(const DeviceRating& device) {
    std::vector<ComputeRoof> roofs;
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        const double rate = device.peak[f];
        if (rate <= 0.0) {
            continue;
        }
        const auto same = std::find_if(roofs.begin(), roofs.end(),
                                       [&](const ComputeRoof& roof) { return roof.rate == rate; });
        const std::string format{kNumberFormatNames[f]};
        if (same != roofs.end()) {
            same->label += ", " + format;
        } else {
            roofs.push_back({format, rate});
        }
    }
    std::sort(roofs.begin(), roofs.end(),
              [](const ComputeRoof& a, const ComputeRoof& b) { return a.rate > b.rate; });
    return roofs;
}

const char* tier_label(MemoryTier::Kind kind) {
    switch (kind) {
        case MemoryTier::Kind::kSram:
            return "SRAM";
        case MemoryTier::Kind::kRom:
            return "ROM";
        case MemoryTier::Kind::kStack:
            break;
    }
    return "memory";
}

}  // namespace

Roofline roofline(const Evaluation& evaluation) {
    const DeviceRating& device = evaluation.metrics.device;
    Roofline result;
    result.compute = compute_roofs(device);
    for (int i = 0; i < device.tier_count; ++i) {
        const MemoryTier& tier = device.tiers[static_cast<std::size_t>(i)];
        if (tier.bandwidth > 0.0) {
            result.memory.push_back({tier_label(tier.kind), tier.bandwidth});
        }
    }
    for (std::size_t i = 0; i < evaluation.operators.size(); ++i) {
        const OperatorLine& line = evaluation.operators[i];
        if (line.flops > 0.0 && line.bytes > 0.0 && line.seconds > 0.0) {
            result.points.push_back({i, line.flops / line.bytes, line.flops / line.seconds});
        } else {
            result.off_chart.push_back(i);
        }
    }
    return result;
}

}  // namespace wafercast
