#include <cmath>
#include <gtest/gtest.h>

#include "math/math.hpp"

namespace wafercast {
namespace {

long double tail_reference(long double x) { return erfcl(x / sqrtl(2.0L)) / 2.0L; }

/// The quantile below one half by Newton's method on log Phi in long double.
long double quantile_reference(double p, double start) {
    long double x = start;
    for (int i = 0; i < 4; ++i) {
        const long double cdf = tail_reference(-x);
        const long double density = expl(-x * x / 2.0L) / sqrtl(2.0L * acosl(-1.0L));
        x -= cdf * (logl(cdf) - logl(static_cast<long double>(p))) / density;
    }
    return x;
}

TEST(NormalCdf, KeepsItsDigitsInTheLowerTail) {
    for (int i = 0; i < 20000; ++i) {
        const double x = -37.5 + 45.0 * math::uniform(3, static_cast<std::uint64_t>(i));
        const auto reference = static_cast<double>(tail_reference(-static_cast<long double>(x)));
        ASSERT_NEAR(math::normal_cdf(x) / reference, 1.0, 2e-15) << x;
    }
    EXPECT_EQ(math::normal_cdf(0.0), 0.5);
    EXPECT_EQ(math::normal_cdf(-50.0), 0.0);
    EXPECT_EQ(math::normal_cdf(50.0), 1.0);
    EXPECT_TRUE(std::isnan(math::normal_cdf(std::nan(""))));
}

TEST(NormalQuantile, IsExactToItsLastDigits) {
    for (int i = 0; i < 20000; ++i) {
        const double u = math::uniform(4, static_cast<std::uint64_t>(i));
        const double p = i % 2 == 0 ? 0.49 * u + 1e-9 : std::exp2(-1.1 - 1060.0 * u);
        const double x = math::normal_quantile(p);
        ASSERT_NEAR(static_cast<double>(x / quantile_reference(p, x)), 1.0, 1e-15) << p;
    }
}

TEST(NormalQuantile, NearOneHalfFollowsItsTangent) {
    EXPECT_EQ(math::normal_quantile(0.5), 0.0);
    const double q = 0x1p-30;  // x = sqrt(2 pi) q (1 + pi q^2 / 3 + ...)
    EXPECT_NEAR(math::normal_quantile(0.5 + q) / (q * 2.5066282746310005), 1.0, 1e-15);
}

TEST(NormalQuantile, IsOddAndKnowsItsEnds) {
    for (const double p : {0.01, 0.1, 0.25, 0.4}) {
        EXPECT_NEAR(math::normal_quantile(1.0 - p), -math::normal_quantile(p), 4e-16 / p);
    }
    EXPECT_NEAR(math::normal_quantile(0.9), 1.2815515655446004, 3e-16);
    EXPECT_NEAR(math::normal_quantile(0.975), 1.959963984540054, 5e-16);
    EXPECT_EQ(math::normal_quantile(0.0), -HUGE_VAL);
    EXPECT_EQ(math::normal_quantile(1.0), HUGE_VAL);
    EXPECT_TRUE(std::isnan(math::normal_quantile(-0.1)));
    EXPECT_TRUE(std::isnan(math::normal_quantile(std::nan(""))));
}

TEST(LogGamma, KnowsFactorialsAndItsZeros) {
    EXPECT_EQ(math::log_gamma(1.0), 0.0);
    EXPECT_EQ(math::log_gamma(2.0), 0.0);
    EXPECT_NEAR(math::log_gamma(5.0), std::log(24.0), 1e-15);
    EXPECT_NEAR(math::log_gamma(0.5), 0.5723649429247001, 1e-15);
    EXPECT_EQ(math::log_gamma(0.0), HUGE_VAL);
    EXPECT_TRUE(std::isnan(math::log_gamma(-0.5)));
}

}  // namespace
}  // namespace wafercast
