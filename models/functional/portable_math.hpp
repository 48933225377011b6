/// Elementary functions that give the same bits on every x86-64 processor.
///
/// The C library picks fused or unfused variants by processor, so its last bit may move between
/// machines. Here every step is a plain double operation in a fixed order.
#pragma once

namespace wafercast::functional::portable {

/// e^x, relative error below 1e-15; zero below -745, infinity above 710. NaN stays NaN.
[[nodiscard]] double exp(double x);

/// Natural logarithm for x > 0, relative error below 1e-15; -infinity at 0, NaN below.
[[nodiscard]] double log(double x);

}  // namespace wafercast::functional::portable
