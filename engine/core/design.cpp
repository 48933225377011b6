#include "core/design.hpp"

namespace wafercast {

namespace {

double packaged_count(const Design& design, const std::string& die) {
    for (const auto& packaged : design.package.dies) {
        if (packaged.die == die) {
            return packaged.count.value.value_or(1.0);
        }
    }
    return 1.0;
}

/// Sets a number back, and leaves one that already means the same as it is written.
void set_back(Setting& setting, double value, double when_unset) {
    if (setting.value.value_or(when_unset) != value) {
        setting = Setting::number(value);
    }
}

}  // namespace

Calibration calibrate(const Design& design) {
    Calibration calibration;
    for (const auto& block : design.blocks) {
        CalibrationBlock content;
        content.id = block.id;
        content.count = block.count.value.value_or(1.0);
        content.sold = block.sold.value.value_or(content.count);
        content.capacity = block.capacity.value.value_or(0.0);
        content.sold_capacity = block.sold_capacity.value.value_or(content.capacity);
        for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
            content.dense_rate[f] = block.per_unit.dense_rate[f].value.value_or(0.0);
        }
        content.sram = block.per_unit.sram.value.value_or(0.0);
        calibration.blocks.push_back(content);
    }
    for (const auto& die : design.dies) {
        // One side alone prescribes a shape; only both together are a published outline.
        const bool outline = die.width.value && die.height.value;
        calibration.dies.push_back({.id = die.id,
                                    .process = die.process,
                                    .width = outline ? *die.width.value : 0.0,
                                    .height = outline ? *die.height.value : 0.0,
                                    .count = packaged_count(design, die.id)});
    }
    for (const auto& memory : design.package.memory) {
        calibration.memory.push_back(
            {.id = memory.id, .stack = memory.stack, .count = memory.count.value.value_or(1.0)});
    }
    calibration.technology = design.package.technology;
    calibration.clock = design.device.clock.value.value_or(0.0);
    calibration.vdd = design.device.vdd.value.value_or(0.0);
    calibration.power_limit = design.device.power_limit.value.value_or(0.0);
    return calibration;
}

Design calibrated_content(const Design& design) {
    Design out = design;
    const Calibration& calibration = design.calibration;
    for (const auto& content : calibration.blocks) {
        for (auto& block : out.blocks) {
            if (block.id != content.id) {
                continue;
            }
            set_back(block.count, content.count, 1.0);
            set_back(block.sold, content.sold, block.count.value.value_or(1.0));
            set_back(block.capacity, content.capacity, 0.0);
            set_back(block.sold_capacity, content.sold_capacity,
                     block.capacity.value.value_or(0.0));
            for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
                set_back(block.per_unit.dense_rate[f], content.dense_rate[f], 0.0);
            }
            set_back(block.per_unit.sram, content.sram, 0.0);
        }
    }
    for (const auto& was : calibration.dies) {
        for (auto& die : out.dies) {
            if (die.id == was.id) {
                die.process = was.process;
                if (was.width > 0.0) {
                    set_back(die.width, was.width, 0.0);
                    set_back(die.height, was.height, 0.0);
                }
            }
        }
        for (auto& packaged : out.package.dies) {
            if (packaged.die == was.id) {
                set_back(packaged.count, was.count, 1.0);
            }
        }
    }
    for (const auto& was : calibration.memory) {
        for (auto& memory : out.package.memory) {
            if (memory.id == was.id) {
                memory.stack = was.stack;
                set_back(memory.count, was.count, 1.0);
            }
        }
    }
    out.package.technology =
        calibration.technology.empty() ? out.package.technology : calibration.technology;
    return out;
}

}  // namespace wafercast
