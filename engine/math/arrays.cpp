#include "math/elementary.hpp"
#include "math/math.hpp"

namespace wafercast::math {
namespace {

// The same loop for two instruction sets; wider vectors change the speed, never a bit.
#if defined(__x86_64__) && defined(__GNUC__)
#define WAFERCAST_WIDE [[gnu::target("avx2")]]
bool has_wide_vectors() { return __builtin_cpu_supports("avx2") != 0; }
#else
#define WAFERCAST_WIDE
bool has_wide_vectors() { return false; }
#endif

void exp_narrow(const double* x, double* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = core::exp(x[i]);
    }
}

WAFERCAST_WIDE void exp_wide(const double* x, double* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = core::exp(x[i]);
    }
}

void log_narrow(const double* x, double* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = core::log(x[i]);
    }
}

WAFERCAST_WIDE void log_wide(const double* x, double* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = core::log(x[i]);
    }
}

}  // namespace

void exp(const double* x, double* out, std::size_t n) {
    has_wide_vectors() ? exp_wide(x, out, n) : exp_narrow(x, out, n);
}

void log(const double* x, double* out, std::size_t n) {
    has_wide_vectors() ? log_wide(x, out, n) : log_narrow(x, out, n);
}

}  // namespace wafercast::math
