#include <array>
#include <vector>

#include "core/assert.hpp"
#include "math/math.hpp"
#include "math/philox.hpp"

namespace wafercast::math {
namespace {

constexpr std::uint32_t kDimensions = 1024;
constexpr std::uint32_t kBits = 32;

/// Direction numbers of one dimension: word b is flipped into a point whose index has bit b.
using Directions = std::array<std::uint32_t, kBits>;

/// Initial odd numbers m_1, m_2 ... of dimensions 1 to 20, in the order of their polynomials. @cite
/// joe2008
constexpr std::array<std::array<std::uint32_t, 7>, 20> kInitialNumbers{{{1},
                                                                        {1, 3},
                                                                        {1, 3, 1},
                                                                        {1, 1, 1},
                                                                        {1, 1, 3, 3},
                                                                        {1, 3, 5, 13},
                                                                        {1, 1, 5, 5, 17},
                                                                        {1, 1, 5, 5, 5},
                                                                        {1, 1, 7, 11, 19},
                                                                        {1, 1, 5, 1, 1},
                                                                        {1, 1, 1, 3, 11},
                                                                        {1, 3, 5, 5, 31},
                                                                        {1, 3, 3, 9, 7, 49},
                                                                        {1, 1, 1, 15, 21, 21},
                                                                        {1, 3, 1, 13, 27, 49},
                                                                        {1, 1, 1, 15, 7, 5},
                                                                        {1, 3, 1, 15, 13, 25},
                                                                        {1, 1, 5, 5, 19, 61},
                                                                        {1, 3, 7, 11, 23, 15, 103},
                                                                        {1, 3, 7, 13, 13, 15, 69}}};

/// a b mod p over GF(2), p of degree `degree`.
std::uint32_t multiply_mod(std::uint32_t a, std::uint32_t b, std::uint32_t p,
                           std::uint32_t degree) {
    std::uint32_t product = 0;
    for (; b != 0; b >>= 1) {
        product ^= (b & 1U) != 0 ? a : 0U;
        a <<= 1;
        a ^= (a >> degree & 1U) != 0 ? p : 0U;
    }
    return product;
}

std::uint32_t power_of_x(std::uint32_t exponent, std::uint32_t p, std::uint32_t degree) {
    std::uint32_t result = 1;
    std::uint32_t square = degree == 1 ? 2U ^ p : 2U;
    for (; exponent != 0; exponent >>= 1) {
        result = (exponent & 1U) != 0 ? multiply_mod(result, square, p, degree) : result;
        square = multiply_mod(square, square, p, degree);
    }
    return result;
}

std::vector<std::uint32_t> prime_factors(std::uint32_t n) {
    std::vector<std::uint32_t> factors;
    for (std::uint32_t f = 2; f * f <= n; ++f) {
        if (n % f == 0) {
            factors.push_back(f);
            while (n % f == 0) {
                n /= f;
            }
        }
    }
    if (n > 1) {
        factors.push_back(n);
    }
    return factors;
}

/// Whether x generates every nonzero residue modulo p.
bool is_primitive(std::uint32_t p, std::uint32_t degree,
                  const std::vector<std::uint32_t>& factors) {
    const std::uint32_t order = (1U << degree) - 1U;
    if (power_of_x(order, p, degree) != 1U) {
        return false;
    }
    for (const auto factor : factors) {
        if (factor != order && power_of_x(order / factor, p, degree) == 1U) {
            return false;
        }
    }
    return true;
}

struct Polynomial {
    std::uint32_t bits;  ///< with leading and constant term
    std::uint32_t degree;
};

/// Primitive polynomials by degree, then by value.
std::vector<Polynomial> primitive_polynomials(std::size_t count) {
    std::vector<Polynomial> found;
    for (std::uint32_t degree = 1; found.size() < count; ++degree) {
        const auto factors = prime_factors((1U << degree) - 1U);
        for (std::uint32_t p = (1U << degree) | 1U; p < (2U << degree) && found.size() < count;
             p += 2) {
            if (is_primitive(p, degree, factors)) {
                found.push_back({p, degree});
            }
        }
    }
    return found;
}

/// Sobol's recurrence from the initial numbers. @cite bratley1988
Directions extend(const Polynomial& p, const std::vector<std::uint32_t>& initial) {
    Directions v{};
    for (std::uint32_t b = 0; b < kBits; ++b) {
        if (b < p.degree) {
            v[b] = initial[b] << (kBits - 1U - b);
            continue;
        }
        v[b] = v[b - p.degree] ^ (v[b - p.degree] >> p.degree);
        for (std::uint32_t k = 1; k < p.degree; ++k) {
            v[b] ^= (p.bits >> (p.degree - k) & 1U) != 0 ? v[b - k] : 0U;
        }
    }
    return v;
}

std::vector<Directions> make_directions() {
    std::vector<Directions> all(kDimensions);
    for (std::uint32_t b = 0; b < kBits; ++b) {
        all[0][b] = 1U << (kBits - 1U - b);  // van der Corput
    }
    const auto polynomials = primitive_polynomials(kDimensions - 1);
    for (std::uint32_t d = 1; d < kDimensions; ++d) {
        const Polynomial& p = polynomials[d - 1];
        std::vector<std::uint32_t> initial(p.degree);
        for (std::uint32_t b = 0; b < p.degree; ++b) {
            // Beyond the published ones any odd number below 2^(b+1) is valid; a fixed hash picks
            // it.
            initial[b] = d <= kInitialNumbers.size()
                             ? kInitialNumbers[d - 1][b]
                             : (philox_block(d, b, 1)[0] & ((2U << b) - 1U)) | 1U;
        }
        all[d] = extend(p, initial);
    }
    return all;
}

const std::vector<Directions>& directions() {
    static const std::vector<Directions> table = make_directions();
    return table;
}

std::uint32_t reverse_bits(std::uint32_t x) {
    x = ((x & 0x55555555U) << 1) | (x >> 1 & 0x55555555U);
    x = ((x & 0x33333333U) << 2) | (x >> 2 & 0x33333333U);
    x = ((x & 0x0f0f0f0fU) << 4) | (x >> 4 & 0x0f0f0f0fU);
    x = ((x & 0x00ff00ffU) << 8) | (x >> 8 & 0x00ff00ffU);
    return x << 16 | x >> 16;
}

/// A permutation in which every bit depends on the lower ones only: on reversed words it is a
/// nested (Owen) scramble of the digits. @cite laine2011 @cite burley2020
std::uint32_t nested_permutation(std::uint32_t x, const std::array<std::uint32_t, 4>& key) {
    x ^= x * (key[0] & ~1U);
    x += key[1];
    x *= key[2] | 1U;
    x ^= x * 0x6c50b47cU;
    x += key[3];
    x ^= x * 0xb82f1e52U;
    x ^= x * 0xc7afe638U;
    x ^= x * 0x8d22f6e6U;
    return x;
}

}  // namespace

double scrambled_sobol(std::uint32_t i, std::uint32_t d, std::uint64_t seed) {
    WAFERCAST_ASSERT(d < kDimensions);
    const Directions& v = directions()[d];
    std::uint32_t x = 0;
    for (std::size_t b = 0; i != 0; ++b, i >>= 1) {
        x ^= (i & 1U) != 0 ? v[b] : 0U;
    }
    const auto key = philox_block(seed, d, 2);
    const std::uint32_t scrambled = reverse_bits(nested_permutation(reverse_bits(x), key));
    return (static_cast<double>(scrambled) + 0.5) * 0x1p-32;
}

}  // namespace wafercast::math
