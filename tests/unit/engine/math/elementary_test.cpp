#include <bit>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "math/math.hpp"

namespace wafercast {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int kPoints = 100000;

/// A reproducible number in [a, b] and one whose logarithm is even in [a, b].
double even(int i, double a, double b) {
    return a + (b - a) * math::uniform(7, static_cast<std::uint64_t>(i));
}
double spread(int i, double a, double b) { return std::exp2(even(i, a, b)); }

double ulps(double value, long double reference) {
    const double near = std::abs(static_cast<double>(reference));
    const double ulp = std::nextafter(near, kInf) - near;
    return static_cast<double>(std::abs(value - reference) / static_cast<long double>(ulp));
}

struct Accuracy {
    const char* name;
    double (*function)(double);
    long double (*reference)(long double);
    double (*point)(int);
    double bound;  ///< [ulp]
};

class AgainstLongDouble : public testing::TestWithParam<Accuracy> {};

TEST_P(AgainstLongDouble, StaysWithinItsBound) {
    static_assert(std::numeric_limits<long double>::digits >= 64,
                  "the reference needs more digits than double");
    const auto& a = GetParam();
    double worst = 0.0;
    double where = 0.0;
    for (int i = 0; i < kPoints; ++i) {
        const double x = a.point(i);
        const double error = ulps(a.function(x), a.reference(x));
        if (!(error <= worst)) {
            worst = error;
            where = x;
        }
    }
    EXPECT_LT(worst, a.bound) << a.name << " at " << where;
}

const Accuracy kAccuracies[] = {
    {"exp near 0", math::exp, expl, [](int i) { return even(i, -1, 1); }, 1.0},
    {"exp wide", math::exp, expl, [](int i) { return even(i, -708, 709.7); }, 1.0},
    {"exp subnormal", math::exp, expl, [](int i) { return even(i, -745, -708); }, 1.0},
    {"exp tiny", math::exp, expl, [](int i) { return (i % 2 - 0.5) * spread(i, -60, 0); }, 1.0},
    {"log near 1", math::log, logl, [](int i) { return 1.0 + (i % 3 - 0.5) * spread(i, -50, -1); },
     1.0},
    {"log of [1/2, 2]", math::log, logl, [](int i) { return even(i, 0.5, 2.0); }, 1.0},
    {"log wide", math::log, logl, [](int i) { return spread(i, -1074, 1023.9); }, 1.0},
    {"expm1", math::expm1, expm1l, [](int i) { return even(i, -2, 2); }, 1.5},
    {"expm1 wide", math::expm1, expm1l, [](int i) { return even(i, -45, 700); }, 1.5},
    {"expm1 tiny", math::expm1, expm1l, [](int i) { return (i % 2 - 0.5) * spread(i, -70, 0); },
     1.5},
    {"log1p", math::log1p, log1pl, [](int i) { return even(i, -0.99, 3); }, 2.0},
    {"log1p tiny", math::log1p, log1pl, [](int i) { return (i % 2 - 0.5) * spread(i, -70, 0); },
     2.0},
    {"log1p wide", math::log1p, log1pl, [](int i) { return spread(i, -60, 1000); }, 2.0},
    {"log_gamma low", math::log_gamma, lgammal, [](int i) { return even(i, 1e-5, 3); }, 8.0},
    {"log_gamma", math::log_gamma, lgammal, [](int i) { return even(i, 3, 10); }, 4.0},
    {"log_gamma high", math::log_gamma, lgammal, [](int i) { return spread(i, 3.32, 900); }, 4.0},
};

INSTANTIATE_TEST_SUITE_P(Functions, AgainstLongDouble, testing::ValuesIn(kAccuracies));

TEST(Pow, StaysWithinOneUlpOverTheWholeRange) {
    double worst = 0.0;
    int counted = 0;
    for (int i = 0; i < 2 * kPoints; ++i) {
        const double base = i % 2 == 0 ? spread(i, -2, 2) : spread(i, -1000, 1000);
        const double e = (i % 3 == 0 ? -1.0 : 1.0) *
                         std::exp2(22.0 * math::uniform(8, static_cast<unsigned>(i)) - 10.0);
        const long double reference = powl(base, e);
        if (reference > 1e-300L && reference < 1e300L) {
            worst = std::max(worst, ulps(math::pow(base, e), reference));
            ++counted;
        }
    }
    EXPECT_GT(counted, kPoints);
    EXPECT_LT(worst, 1.0);
}

TEST(Pow, HasItsExactCases) {
    for (const double x : {1e-310, 0.1, 0.5, 3.0, 7.7e200}) {
        EXPECT_EQ(math::pow(x, 1.0), x);
        EXPECT_EQ(math::pow(x, 0.0), 1.0);
        EXPECT_EQ(math::pow(1.0, x), 1.0);
    }
    EXPECT_EQ(math::pow(2.0, 10.0), 1024.0);
    EXPECT_EQ(math::pow(10.0, 15.0), 1e15);
    EXPECT_EQ(math::pow(2.0, -1074.0), 0x1p-1074);
    EXPECT_EQ(math::pow(0.0, 2.0), 0.0);
    EXPECT_EQ(math::pow(0.0, 0.0), 1.0);
    EXPECT_EQ(math::pow(0.0, -1.0), kInf);
    EXPECT_EQ(math::pow(kInf, -1.0), 0.0);
    EXPECT_EQ(math::pow(0.5, kInf), 0.0);
    EXPECT_EQ(math::pow(0.5, -kInf), kInf);
    EXPECT_EQ(math::pow(2.0, kInf), kInf);
    EXPECT_EQ(math::pow(2.0, 1e300), kInf);
    EXPECT_EQ(math::pow(2.0, -1e300), 0.0);
    EXPECT_TRUE(std::isnan(math::pow(-1.0, 0.5)));
    EXPECT_TRUE(std::isnan(math::pow(kNan, 2.0)));
    EXPECT_TRUE(std::isnan(math::pow(2.0, kNan)));
}

TEST(Elementary, EndsOfTheRange) {
    EXPECT_EQ(math::exp(0.0), 1.0);
    EXPECT_EQ(math::exp(710.0), kInf);
    EXPECT_EQ(math::exp(kInf), kInf);
    EXPECT_EQ(math::exp(-746.0), 0.0);
    EXPECT_EQ(math::exp(-kInf), 0.0);
    EXPECT_TRUE(std::isnan(math::exp(kNan)));
    EXPECT_EQ(math::log(1.0), 0.0);
    EXPECT_EQ(math::log(0.0), -kInf);
    EXPECT_EQ(math::log(kInf), kInf);
    EXPECT_TRUE(std::isnan(math::log(-1.0)));
    EXPECT_TRUE(std::isnan(math::log(kNan)));
    EXPECT_EQ(math::expm1(-50.0), -1.0);
    EXPECT_EQ(math::expm1(kInf), kInf);
    EXPECT_EQ(math::expm1(-kInf), -1.0);
    EXPECT_EQ(math::log1p(-1.0), -kInf);
    EXPECT_EQ(math::log1p(kInf), kInf);
    EXPECT_TRUE(std::isnan(math::log1p(-2.0)));
    EXPECT_TRUE(std::isnan(math::expm1(kNan)) && std::isnan(math::log1p(kNan)));
}

void expect_same_bits(void (*array)(const double*, double*, std::size_t), double (*scalar)(double),
                      const std::vector<double>& x) {
    for (const std::size_t skip : {0U, 1U, 3U}) {  // odd starts and rests of a vector
        const std::size_t n = x.size() - 2 * skip;
        std::vector<double> out(n);
        array(x.data() + skip, out.data(), n);
        for (std::size_t i = 0; i < n; ++i) {
            const double alone = scalar(x[i + skip]);
            if (std::isnan(alone)) {
                EXPECT_TRUE(std::isnan(out[i]));
            } else {
                ASSERT_EQ(std::bit_cast<std::uint64_t>(out[i]), std::bit_cast<std::uint64_t>(alone))
                    << x[i + skip];
            }
        }
    }
}

TEST(Arrays, EqualTheScalarFormsBitForBit) {
    std::vector<double> exponents{0.0, -0.0, kInf, -kInf, kNan, 1e300, -1e300, 5e-324};
    std::vector<double> positives{0.0, -0.0, kInf, -kInf, kNan, -1.0, 5e-324, 1.0};
    for (int i = 0; i < 20001; ++i) {
        exponents.push_back(even(i, -760, 720));
        positives.push_back(spread(i, -1074, 1023.9));
    }
    expect_same_bits(math::exp, math::exp, exponents);
    expect_same_bits(math::log, math::log, positives);
}

/// The same bits on every machine: digests of results over a fixed grid.
std::uint64_t digest(double (*function)(double), double from, double to) {
    std::uint64_t hash = 0;
    for (int i = 0; i < 4096; ++i) {
        hash = hash * 6364136223846793005ULL +
               std::bit_cast<std::uint64_t>(function(from + (to - from) * i / 4096.0));
    }
    return hash;
}

TEST(Elementary, BitsAreFixed) {
    EXPECT_EQ(digest(math::exp, -700.0, 700.0), 5291133522588267487ULL);
    EXPECT_EQ(digest(math::log, 0x1p-20, 1000.0), 6529637727628841781ULL);
    EXPECT_EQ(digest([](double x) { return math::pow(x, 1.7); }, 0x1p-20, 1000.0),
              4965149873153800673ULL);
    EXPECT_EQ(digest(math::normal_quantile, 0x1p-20, 1.0), 9062928610309296120ULL);
}

}  // namespace
}  // namespace wafercast
