#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reader/text_tree.hpp"
#include "validation/design_prediction.hpp"
#include "validation/suites.hpp"

namespace wafercast {

/// What a case of `validation_core` states: its inputs, its conditions, and the names (not the
/// values) of what was published, which say what is to be predicted.
class CaseInputs {
public:
    CaseInputs(std::string file, const TextNode& inputs, std::string conditions,
               std::vector<std::string> labels, Failures& problems)
        : file_{std::move(file)},
          inputs_{&inputs},
          conditions_{std::move(conditions)},
          labels_{std::move(labels)},
          problems_{&problems} {}

    /// A number that must be there; NaN with a problem noted otherwise.
    [[nodiscard]] double need(std::string_view key) const;
    [[nodiscard]] const TextNode* table(std::string_view key) const;
    [[nodiscard]] std::string text(std::string_view key) const;
    [[nodiscard]] const std::string& conditions() const { return conditions_; }
    [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }

private:
    std::string file_;
    const TextNode* inputs_;
    std::string conditions_;
    std::vector<std::string> labels_;
    Failures* problems_;
};

/// Collects predictions by the name of the published figure.
class CaseOutcome {
public:
    CaseOutcome(std::size_t row, std::string id, std::map<std::string, double> expected)
        : row_{row}, id_{std::move(id)}, expected_{std::move(expected)} {}

    void give(const std::string& key, PredictedValue value);
    void give(const std::string& key, double value) { give(key, {value, value, value}); }

    /// Published figures that nothing was predicted for.
    [[nodiscard]] const std::map<std::string, double>& left_over() const { return expected_; }
    /// The published figures of an identity that is checked as a product.
    [[nodiscard]] const std::map<std::string, double>& expected() const { return expected_; }
    void give_identity(const std::string& name, double published, double stated,
                       const std::vector<std::string>& used) {
        cases.push_back({row_, name, id_, published, stated, stated, stated});
        for (const std::string& key : used) {
            expected_.erase(key);
        }
    }

    std::vector<ValidationCase> cases;
    std::vector<std::string> notes;
    std::string problem;  ///< why the case could not be predicted; empty: it was

private:
    std::size_t row_;
    std::string id_;
    std::map<std::string, double> expected_;
};

/// Predicts the case of that id. @return false for an id that nothing is known about
bool predict_core_case(const std::string& id, const CaseInputs& given,
                       const ValidationInputs& inputs, CaseOutcome& out);

}  // namespace wafercast
