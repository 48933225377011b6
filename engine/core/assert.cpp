#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace wafercast {

void assertion_failed(const char* condition, std::source_location where) {
    std::fprintf(stderr, "%s:%u: internal error: expected %s in %s\n", where.file_name(),
                 static_cast<unsigned>(where.line()), condition, where.function_name());
    std::abort();
}

}  // namespace wafercast
