#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "units/quantity.hpp"

namespace wafercast {

/// What a study varies: a list of values, or a range with a step, a count or neither (then a search
/// may take any value in it). Values are texts as `--set path=value` takes them: "n5", "20 mm",
/// "144".
struct StudyVariable {
    std::string path;
    std::vector<std::string> values;  ///< empty: the range
    std::string low;                  ///< of the range
    std::string high;
    std::string step;          ///< empty: by count
    int count = 0;             ///< points of the range, both ends included; 0: by step
    bool logarithmic = false;  ///< points are spaced by ratio
    SourceLocation where;
    [[nodiscard]] bool is_continuous() const {
        return values.empty() && step.empty() && count == 0;
    }
};

struct StudyObjective {
    std::string metric;
    bool maximise = false;
    SourceLocation where;
};

/// A limit as written: base units and dimension; the metric's own dimension is checked by who knows
/// it.
struct StudyLimit {
    double value = 0.0;
    Dimension dimension;
    std::string text;
};

struct StudyConstraint {
    std::string metric;
    std::optional<StudyLimit> minimum;
    std::optional<StudyLimit> maximum;
    SourceLocation where;
};

struct StudyMethod {
    std::string name = "grid";
    std::uint64_t seed = 0;
    std::uint64_t budget = 0;                    ///< most evaluations; 0: the method's own
    std::map<std::string, std::string> options;  ///< the method's own, as written
};

/// A question about a design: what varies, what is wanted, what must hold, how to look.
struct Study {
    std::string title;
    std::string design;  ///< path of the design, from the study's own folder when relative
    std::vector<StudyVariable> variables;
    std::vector<StudyObjective> objectives;
    std::vector<StudyConstraint> constraints;
    StudyMethod method;
    std::vector<std::pair<std::string, std::string>>
        sets;  ///< fixed changes of the design: path, value
};

/// The values a variable takes, in order, as texts; both ends of a range when the step meets them.
/// A continuous variable has none.
std::vector<std::string> study_points(const StudyVariable& variable);

}  // namespace wafercast
