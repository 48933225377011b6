#include "core/design.hpp"

namespace wafercast {

Calibration calibrate(const Design& design) {
    Calibration calibration;
    for (const auto& block : design.blocks) {
        CalibrationBlock content;
        content.id = block.id;
        content.count = block.count.value.value_or(1.0);
        content.sold = block.sold.value.value_or(content.count);
        content.capacity = block.capacity.value.value_or(0.0);
        content.sold_capacity = block.sold_capacity.value.value_or(content.capacity);
        calibration.blocks.push_back(content);
    }
    for (const auto& die : design.dies) {
        // One side alone prescribes a shape; only both together are a published outline.
        const bool outline = die.width.value && die.height.value;
        calibration.dies.push_back({.id = die.id,
                                    .process = die.process,
                                    .width = outline ? *die.width.value : 0.0,
                                    .height = outline ? *die.height.value : 0.0});
    }
    calibration.clock = design.device.clock.value.value_or(0.0);
    calibration.power_limit = design.device.power_limit.value.value_or(0.0);
    return calibration;
}

}  // namespace wafercast
