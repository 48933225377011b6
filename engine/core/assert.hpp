#pragma once

#include <source_location>

namespace wafercast {

/// Prints the broken promise and aborts. A programmer's error is never a result.
[[noreturn]] void assertion_failed(const char* condition, std::source_location where);

}  // namespace wafercast

#define WAFERCAST_ASSERT(condition)                                                      \
    ((condition) ? static_cast<void>(0)                                                  \
                 : ::wafercast::assertion_failed(#condition, std::source_location::current()))
