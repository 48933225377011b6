#pragma once

#include <QString>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "units/quantity.hpp"

/// Words for the screen. Numbers come from data/format, which CLI and export share.
namespace wafercast::gui {

/// UTF-8 as Qt's text.
QString text(std::string_view utf8);

/// "814 mm2" with a raised two: "814 mm²". For display only; editors show what a person types.
QString pretty(const QString& plain);

/// format_quantity for the screen.
QString quantityText(double baseValue, Dimension dimension, int digits = 3);

/// "2.9 – 3.9 mm²": the unit once where both ends have the same.
QString rangeText(double low, double high, Dimension dimension);

/// "vendor_margin" is "Vendor margin"; "nre" is "NRE".
QString lineLabel(std::string_view label);

/// Problems as lines of "place: message".
QString failureText(const Failures& failures);

}  // namespace wafercast::gui
