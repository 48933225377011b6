#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/design_fields.hpp"

namespace wafercast {
namespace {

Design example() {
    Design design;
    Block sm;
    sm.id = "sm";
    sm.kind = "tensor-core-cluster";
    sm.count = Setting::number(144.0);
    sm.sold = Setting::number(132.0);
    sm.capacity = Setting::number(60e6);
    sm.sold_capacity = Setting::number(50e6);
    design.blocks = {sm};
    DieSpec die;
    die.id = "gpu";
    die.process = "n4";
    die.blocks = {"sm"};
    die.width = 25.4 * mm;
    die.height = 32.0 * mm;
    design.dies = {die};
    design.package.dies.emplace_back();
    design.package.dies[0].die = "gpu";
    design.package.dies[0].count = Setting::number(1.0);
    design.package.memory = {
        {.id = "hbm", .stack = "hbm3", .count = Setting::number(5.0), .pin_rate = {}}};
    design.system.emplace();
    design.edge.emplace();
    design.workload.emplace();
    design.functional.emplace();
    design.calibration = calibrate(design);
    return design;
}

/// A number the field accepts.
double value_for(const FieldInfo& info) {
    const double share = *rc::gen::inRange(1, 1000) / 1000.0;
    const double low = std::max(info.minimum, 1e-6);
    const double high = std::min(info.maximum, std::max(1e6, 2.0 * low));
    const double value = low * std::pow(high / low, share);
    return info.whole ? std::floor(std::max(value, info.minimum)) : value;
}

std::vector<std::size_t> number_fields(Design& design) {
    std::vector<std::size_t> found;
    const auto all = fields(design);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].kind == FieldKind::kNumber) {
            found.push_back(i);
        }
    }
    return found;
}

RC_GTEST_PROP(DesignFields, EveryNumberIsWrittenAndReadBack, ()) {
    Design design = example();
    const auto field = fields(design)[*rc::gen::elementOf(number_fields(design))];
    *field.number = Setting::number(value_for(*field.info));
    const Design before = design;
    const auto text =
        field_text({field.path, field.kind, field.info, field.number, nullptr, nullptr});
    RC_ASSERT(static_cast<bool>(assign(field, text)));
    const double value = *field.number->value;
    const auto expected = fields(before);
    for (const auto& other : expected) {
        if (other.path == field.path) {
            RC_ASSERT(std::abs(value - *other.number->value) <= 0x1p-52 * std::abs(value));
        }
    }
    // From then on the text is the person's own and stays.
    RC_ASSERT(field_text({field.path, field.kind, field.info, field.number, nullptr, nullptr}) ==
              text);
}

RC_GTEST_PROP(SetField, NeverSellsMoreThanThereIs, ()) {
    Design design = example();
    for (int step = 0; step < 8; ++step) {
        const auto path = *rc::gen::element<std::string>("blocks.sm.count", "blocks.sm.sold");
        const Design before = design;
        if (!set_field(design, path, static_cast<double>(*rc::gen::inRange(0, 300)))) {
            RC_ASSERT(design == before);
        }
        RC_ASSERT(*design.blocks[0].sold.value <= *design.blocks[0].count.value);
        RC_ASSERT(sold_problems(design).empty());
    }
}

RC_GTEST_PROP(SetField, CountThereAndBackRestoresTheDesign, ()) {
    Design design = example();
    const Design before = design;
    for (const int count : *rc::gen::container<std::vector<int>>(5, rc::gen::inRange(0, 1000))) {
        RC_ASSERT(
            static_cast<bool>(set_field(design, "blocks.sm.count", static_cast<double>(count))));
        RC_ASSERT(*design.blocks[0].sold.value == std::floor(count * (132.0 / 144.0) + 1e-9));
    }
    RC_ASSERT(static_cast<bool>(set_field(design, "blocks.sm.count", "144")));
    RC_ASSERT(design == before);
}

RC_GTEST_PROP(SetField, AnyTextIsTakenOrRefusedWhole, ()) {
    Design design = example();
    const auto all = fields(design);
    const auto path = all[*rc::gen::inRange<std::size_t>(0, all.size())].path;
    const auto text = *rc::gen::arbitrary<std::string>();
    const Design before = design;
    const auto result = set_field(design, path, text);
    if (!result) {
        RC_ASSERT(design == before);
        RC_ASSERT(!result.error().empty());
        // Unsetting a count is refused for what is sold of it; everything else names its own path.
        const auto& failure = result.error()[0];
        RC_ASSERT(failure.code == "design.sold_exceeds_count" ||
                  failure.message.find(path) != std::string::npos);
    }
}

}  // namespace
}  // namespace wafercast
