#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "math/math.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {
namespace {

/// A finite double of any size between 2^-200 and 2^200.
double any_number() {
    const double mantissa =
        1.0 +
        static_cast<double>(*rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 52)) * 0x1p-52;
    return (*rc::gen::arbitrary<bool>() ? 1.0 : -1.0) *
           std::ldexp(mantissa, *rc::gen::inRange(-200, 200));
}

RC_GTEST_PROP(QuantityText, DecimalAndBinaryUnitsReadBackToTheSameBits, ()) {
    const double value = any_number();
    const auto unit = *rc::gen::element<std::string>("", "mm", "mm2", "/cm2", "GHz", "GB", "Gb/s",
                                                     "KiB", "USD/Mtok", "pJ/bit", "TFLOP/s", "%",
                                                     "MUSD", "USD/GB", "W/mm2", "Mb/mm2");
    const std::string text = quantity_text(value, unit);
    const auto read = parse_quantity(text);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->value == value);
}

RC_GTEST_PROP(QuantityText, OtherUnitsReadBackWithinTheLastBit, ()) {
    const double value = any_number();
    const auto unit =
        *rc::gen::element<std::string>("yr", "month", "h", "USD/kWh", "USD/h", "%/yr", "in", "mWh");
    const auto read = parse_quantity(quantity_text(value, unit));
    RC_ASSERT(read.has_value());
    RC_ASSERT(std::abs(read->value - value) <= std::abs(value) * 0x1p-52);
}

RC_GTEST_PROP(ParseQuantity, NeverAcceptsWhatItCannotMean, ()) {
    // Any bytes at all: a problem in words, or a finite number.
    const auto text = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string{"0123456789.eE+-_/*^ %mMkKGTbBUSD\xc2\xb5\xb2z"}));
    std::string problem;
    if (const auto read = parse_quantity(text, &problem)) {
        RC_ASSERT(std::isfinite(read->value));
    } else {
        RC_ASSERT(!problem.empty());
    }
}

}  // namespace
}  // namespace wafercast
