#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace wafercast {

void assertion_failed(const char* condition, const char* file, int line, const char* function) {
    std::fprintf(stderr, "%s:%d: internal error: expected %s in %s\n", file, line, condition,
                 function);
    std::abort();
}

}  // namespace wafercast
