// Laws of every number a design can hold, on every design that ships.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "../../unit/engine/evaluate/shipped.hpp"
#include "evaluate/metric_names.hpp"

namespace wafercast {
namespace {

/// Values that an edit of a field may reach: its ends, and half and twice what the design says.
std::vector<double> reachable(const ConstFieldRef& field) {
    const FieldInfo& info = *field.info;
    std::vector<double> values{info.minimum, info.maximum, 1.0};
    if (field.number->value) {
        const double half = *field.number->value / 2.0;
        values.push_back(info.whole ? std::floor(half) : half);
        values.push_back(*field.number->value * 2.0);
    }
    return values;
}

class EveryVariable : public testing::TestWithParam<std::string> {};

TEST_P(EveryVariable, GivesFiniteFiguresOrAViolation) {
    const Design design = shipped::design(GetParam());
    const Context context = shipped::context();
    const Metrics base = evaluate(shipped::resolved(design), context);
    int evaluated = 0;
    for (const ConstFieldRef& field : fields(design)) {
        if (field.kind != FieldKind::kNumber) {
            continue;
        }
        for (const double value : reachable(field)) {
            Design edited = design;
            const auto resolved = set_field(edited, field.path, value)
                                      ? resolve(edited, shipped::catalog(), shipped::models())
                                      : Result<ResolvedDesign>{Failures{}};
            if (!resolved) {
                continue;  // refused, which is fine
            }
            ++evaluated;
            const Metrics metrics = evaluate(*resolved, context);
            for (const MetricInfo& metric : metric_table()) {
                const bool known = std::isfinite(metric.value(base));
                EXPECT_TRUE(!metrics.feasible() || !known || std::isfinite(metric.value(metrics)))
                    << field.path << " = " << value << ": " << metric.name << " is "
                    << metric.value(metrics);
            }
        }
    }
    EXPECT_GT(evaluated, 30);
}

INSTANTIATE_TEST_SUITE_P(Shipped, EveryVariable, testing::ValuesIn(shipped::design_names()),
                         [](const auto& param) {
                             std::string name = param.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

}  // namespace
}  // namespace wafercast
