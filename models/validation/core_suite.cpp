#include "validation/core_suite.hpp"

#include <charconv>
#include <limits>

#include "reader/json_tree.hpp"
#include "validation/core_case.hpp"

namespace wafercast {

namespace {

/// Numbers below `expect`, by their keys joined with dots; ">0.999" is its bound.
void collect_expected(const TextNode& node, const std::string& key,
                      std::map<std::string, double>& out) {
    if (node.is_number()) {
        out[key] = node.number;
    } else if (node.is_string()) {
        const std::size_t digits = node.text.find_first_of("0123456789.-");
        double bound = 0.0;
        if (digits != std::string::npos &&
            std::from_chars(node.text.data() + digits, node.text.data() + node.text.size(), bound)
                    .ec == std::errc{}) {
            out[key] = bound;
        }
    } else {
        for (const TextNode::Member& member : node.members) {
            collect_expected(member.value, key.empty() ? member.key : key + "." + member.key, out);
        }
    }
}

Failure problem(const std::string& file, const TextNode& node, std::string message) {
    return {.code = "validation.case", .message = std::move(message), .where = node.where(file)};
}

}  // namespace

double CaseInputs::need(std::string_view key) const {
    const TextNode* node = inputs_->find(key);
    if (node == nullptr || !node->is_number()) {
        problems_->push_back(
            problem(file_, *inputs_, "inputs." + std::string{key} + " must be a number."));
        return std::numeric_limits<double>::quiet_NaN();
    }
    return node->number;
}

const TextNode* CaseInputs::table(std::string_view key) const {
    const TextNode* node = inputs_->find(key);
    if (node == nullptr || !node->is_table()) {
        problems_->push_back(
            problem(file_, *inputs_, "inputs." + std::string{key} + " must be an object."));
        return nullptr;
    }
    return node;
}

std::string CaseInputs::text(std::string_view key) const {
    const TextNode* node = inputs_->find(key);
    return node != nullptr && node->is_string() ? node->text : std::string{};
}

void CaseOutcome::give(const std::string& key, PredictedValue value) {
    const auto found = expected_.find(key);
    if (found == expected_.end()) {
        return;  // not asked for
    }
    cases.push_back({row_, key.empty() ? "expect" : key, id_, found->second, value.value, value.low,
                     value.high});
    expected_.erase(found);
}

Result<SuiteReport> run_core_suite(const std::filesystem::path& path,
                                   const ValidationInputs& inputs) {
    const std::string file = path.string();
    const auto text = read_text_file(file);
    if (!text) {
        return text.error();
    }
    const auto root = parse_json(*text, file);
    if (!root) {
        return root.error();
    }
    if (!root->is_array()) {
        return problem(file, *root, "an array of cases is expected.");
    }
    SuiteReport report;
    Failures problems;
    for (std::size_t i = 0; i < root->items.size(); ++i) {
        const TextNode& item = root->items[i];
        const TextNode* id = item.find("id");
        const TextNode* given = item.find("inputs");
        const TextNode* expect = item.find("expect");
        if (id == nullptr || !id->is_string() || given == nullptr || !given->is_table() ||
            expect == nullptr) {
            problems.push_back(
                problem(file, item, "a case needs \"id\", \"inputs\" (an object) and \"expect\"."));
            continue;
        }
        std::map<std::string, double> expected;
        collect_expected(*expect, "", expected);
        std::vector<std::string> labels;
        for (const auto& [key, value] : expected) {
            labels.push_back(key);
        }
        const TextNode* requires_text = item.find("requires");
        const CaseInputs reader{file, *given,
                                requires_text != nullptr ? requires_text->text : std::string{},
                                std::move(labels), problems};
        CaseOutcome outcome{i, id->text, std::move(expected)};
        if (!predict_core_case(id->text, reader, inputs, outcome)) {
            report.skipped.push_back({i, "no prediction is known for '" + id->text + "'"});
            continue;
        }
        if (!outcome.problem.empty()) {
            report.skipped.push_back({i, outcome.problem});
        }
        for (const auto& [key, value] : outcome.left_over()) {
            report.notes.push_back(id->text + ": " + (key.empty() ? "expect" : key) +
                                   " is not predicted");
        }
        report.cases.insert(report.cases.end(), outcome.cases.begin(), outcome.cases.end());
        report.notes.insert(report.notes.end(), outcome.notes.begin(), outcome.notes.end());
    }
    if (!problems.empty()) {
        return problems;
    }
    summarise(report, root->items.size());
    return report;
}

}  // namespace wafercast
