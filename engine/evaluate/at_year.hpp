#pragma once

#include "core/sourced.hpp"

namespace wafercast {

/// The figure at a date: log-linear between dated points (value, low and high alike), the nearest
/// end outside them. @param year decimal, e.g. 2026.5
Sourced<double> at_year(const SourcedNumber& number, double year);

}  // namespace wafercast
