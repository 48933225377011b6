#pragma once

namespace wafercast {

/// Prints the broken promise and aborts. A programmer's error is never a result.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line,
                                   const char* function);

}  // namespace wafercast

// __FILE__ and not std::source_location: clang 14, which runs clang-tidy, has no builtin for the
// latter.
#define WAFERCAST_ASSERT(condition)     \
    ((condition) ? static_cast<void>(0) \
                 : ::wafercast::assertion_failed(#condition, __FILE__, __LINE__, __func__))
