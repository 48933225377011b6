#include "math/math.hpp"
#include "math/philox.hpp"

namespace wafercast::math {

std::uint64_t random_bits(std::uint64_t key, std::uint64_t counter) {
    const auto block = philox_block(key, counter, 0);
    return (std::uint64_t{block[1]} << 32) | block[0];
}

double uniform(std::uint64_t key, std::uint64_t counter) {
    // The midpoint of one of 2^52 cells: neither 0 nor 1, and symmetric about one half.
    return (static_cast<double>(random_bits(key, counter) >> 12) + 0.5) * 0x1p-52;
}

}  // namespace wafercast::math
