#include "cli/validate_command.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "reader/atomic_file.hpp"
#include "session/shipped_files.hpp"
#include "validation/accuracy_report.hpp"
#include "validation/suites.hpp"

namespace wafercast::cli {

namespace {

using Json = nlohmann::ordered_json;

/// A suite and the file it runs on.
struct Job {
    const ValidationSuite* suite = nullptr;
    std::filesystem::path file;
};

Failure at_option(const std::string& option, std::string message) {
    return {.code = "validate.option",
            .message = std::move(message),
            .where = {.file = option, .line = 0, .column = 0}};
}

std::string unknown_suite(const std::string& name) {
    std::vector<std::string> names;
    for (const ValidationSuite& suite : validation_suites()) {
        names.emplace_back(suite.name);
    }
    const std::string hint = nearest(lower(name), names);
    return "no suite '" + name + "'" + (hint.empty() ? "." : "; did you mean '" + hint + "'?") +
           " See `wafercast validate --list`.";
}

/// What to run: every built-in suite, named suites, or files.
std::vector<Job> jobs_of(const ValidateArguments& arguments, const std::filesystem::path& shipped,
                         Failures& problems) {
    std::vector<const ValidationSuite*> named;
    for (const std::string& name : arguments.suites) {
        named.push_back(find_suite(name));
        if (named.back() == nullptr) {
            problems.push_back(at_option("SUITE", unknown_suite(name)));
        }
    }
    std::vector<Job> jobs;
    if (arguments.data.empty()) {
        for (const ValidationSuite& suite : validation_suites()) {
            const bool asked = std::find(named.begin(), named.end(), &suite) != named.end();
            if (asked && !suite.built_in) {
                problems.push_back(at_option("SUITE", std::string{suite.name} +
                                                          " has no built-in rows; give its file "
                                                          "with --data FILE."));
            } else if (suite.built_in && (asked || named.empty())) {
                jobs.push_back(
                    {&suite, shipped / (std::string{suite.name} + std::string{suite.extension})});
            }
        }
        return jobs;
    }
    if (named.size() > 1 || (named.size() == 1 && arguments.data.size() > 1)) {
        problems.push_back(
            at_option("--data", "name one suite for one file, or files alone: their names tell."));
    }
    for (const std::string& file : arguments.data) {
        const ValidationSuite* suite = named.size() == 1 ? named.front() : suite_of_file(file);
        if (suite == nullptr && named.empty()) {
            problems.push_back(at_option(
                file, "its name tells no suite; name one: wafercast validate SUITE --data FILE."));
        }
        jobs.push_back({suite, file});
    }
    return jobs;
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json groups_json(const std::vector<ErrorOfGroup>& groups, const char* key) {
    Json all = Json::array();
    for (const ErrorOfGroup& group : groups) {
        all.push_back({{key, group.name},
                       {"rows", group.rows},
                       {"mean_abs_rel_error", number(group.mean_abs_rel_error)}});
    }
    return all;
}

Json rows_json(const std::vector<SkippedRow>& rows) {
    Json all = Json::array();
    for (const SkippedRow& row : rows) {
        all.push_back({{"row", row.row}, {"reason", row.reason}});
    }
    return all;
}

/// Errors of a group of cases and what its device is to the constants: "fitted", "sibling" of a
/// fitted one, of a "new family"; "-" without a device.
struct GroupFigures {
    std::string name, status;
    ErrorSummary errors;
};

std::vector<GroupFigures> group_figures(const SuiteReport& report, const Catalog& catalog) {
    std::vector<GroupFigures> groups;
    for (const ErrorOfGroup& each : report.by_group) {
        std::vector<const ValidationCase*> cases;
        for (const ValidationCase& c : report.cases) {
            if (c.group == each.name) {
                cases.push_back(&c);
            }
        }
        const std::string device = cases.empty() ? std::string{} : cases.front()->device;
        groups.push_back({each.name,
                          kDeviceClassNames[static_cast<int>(device_class(catalog, device))],
                          summarise_cases(cases)});
    }
    return groups;
}

Json report_json(const SuiteReport& report, const Catalog& catalog) {
    Json by_group = groups_json(report.by_group, "group");
    const auto figures = group_figures(report, catalog);
    for (std::size_t i = 0; i < figures.size(); ++i) {
        by_group[i]["bias"] = number(figures[i].errors.bias);
        by_group[i]["status"] = figures[i].status;
    }
    Json cases = Json::array();
    for (const ValidationCase& c : report.cases) {
        cases.push_back({{"row", c.row},
                         {"quantity", c.quantity},
                         {"group", c.group},
                         {"expected", number(c.expected)},
                         {"actual", number(c.actual)},
                         {"low", number(c.low)},
                         {"high", number(c.high)},
                         {"rel_error", number(c.rel_error())}});
    }
    return {{"schema", "wafercast.validation/1"},
            {"suite", report.suite},
            {"file", report.file},
            {"rows", report.rows},
            {"excluded", report.excluded.size()},
            {"predicted", report.predicted},
            {"counts", report.counts()},
            {"skipped", rows_json(report.skipped)},
            {"excluded_rows", rows_json(report.excluded)},
            {"mean_abs_rel_error", number(report.mean_abs_rel_error)},
            {"median_abs_rel_error", number(report.median_abs_rel_error)},
            {"max_abs_rel_error", number(report.max_abs_rel_error)},
            {"bias", number(report.bias)},
            {"p10_p90_coverage", number(report.p10_p90_coverage)},
            {"by_quantity", groups_json(report.by_quantity, "quantity")},
            {"by_group", by_group},
            {"notes", report.notes},
            {"cases", cases}};
}

std::string percent(double share) { return format_number(share * 100.0) + " %"; }

void print_overview(const std::vector<SuiteReport>& reports, std::ostream& out) {
    using Align = TextTable::Align;
    TextTable table{{{"suite"},
                     {"rows", Align::kRight},
                     {"predicted", Align::kRight},
                     {"excluded", Align::kRight},
                     {"mean error", Align::kRight},
                     {"median", Align::kRight},
                     {"max", Align::kRight},
                     {"bias", Align::kRight},
                     {"in P10-P90", Align::kRight}}};
    for (const SuiteReport& r : reports) {
        if (r.cases.empty()) {
            table.add({r.suite, format_count(static_cast<double>(r.rows)), "0",
                       format_count(static_cast<double>(r.excluded.size())), "-", "-", "-", "-",
                       "-"});
            continue;
        }
        table.add({r.suite, format_count(static_cast<double>(r.rows)),
                   format_count(static_cast<double>(r.predicted)),
                   format_count(static_cast<double>(r.excluded.size())),
                   percent(r.mean_abs_rel_error), percent(r.median_abs_rel_error),
                   percent(r.max_abs_rel_error), percent(r.bias),
                   percent(r.p10_p90_coverage) + (r.counts() ? "" : " (too few rows)")});
    }
    out << table.text();
}

/// Rows, error, bias and coverage of every group, and how near its device is to fitted ones.
void print_groups(const SuiteReport& report, const Catalog& catalog, std::ostream& out) {
    using Align = TextTable::Align;
    TextTable table{{{"group"},
                     {"status"},
                     {"cases", Align::kRight},
                     {"mean error", Align::kRight},
                     {"bias", Align::kRight},
                     {"in P10-P90", Align::kRight}}};
    for (const GroupFigures& group : group_figures(report, catalog)) {
        table.add({group.name, group.status, format_count(static_cast<double>(group.errors.cases)),
                   percent(group.errors.mean), percent(group.errors.bias),
                   group.errors.banded ? percent(group.errors.coverage) : "-"});
    }
    out << '\n' << report.suite << "  " << report.file << '\n' << table.text("  ");
    if (!report.skipped.empty()) {
        out << "  " << format_count(static_cast<double>(report.skipped.size()))
            << " rows skipped, the first because " << report.skipped.front().reason << ".\n";
    }
}

void print_cases(const SuiteReport& report, std::ostream& out) {
    using Align = TextTable::Align;
    TextTable table{{{"row", Align::kRight},
                     {"group"},
                     {"quantity"},
                     {"expected", Align::kRight},
                     {"actual", Align::kRight},
                     {"P10", Align::kRight},
                     {"P90", Align::kRight},
                     {"error", Align::kRight}}};
    for (const ValidationCase& c : report.cases) {
        const bool band = c.low != c.high;
        table.add({std::to_string(c.row), c.group, c.quantity, format_number(c.expected, 6),
                   format_number(c.actual, 6), band ? format_number(c.low, 4) : "",
                   band ? format_number(c.high, 4) : "", percent(c.rel_error())});
    }
    out << '\n' << report.suite << "  " << report.file << '\n' << table.text("  ");
    for (const auto* rows : {&report.skipped, &report.excluded}) {
        for (const SkippedRow& row : *rows) {
            out << "  row " << row.row << (rows == &report.skipped ? " skipped: " : " excluded: ")
                << row.reason << '\n';
        }
    }
    for (const std::string& note : report.notes) {
        out << "  " << note << '\n';
    }
}

/// Names suites none of whose rows could be predicted; the exit code.
int without_rows(const std::vector<SuiteReport>& reports, CommandContext& context) {
    int code = kFeasible;
    for (const SuiteReport& each : reports) {
        if (each.cases.empty()) {
            context.err << each.file << ": no row could be predicted"
                        << (each.skipped.empty() ? "; there is none."
                                                 : ": " + each.skipped.front().reason + ".")
                        << '\n';
            code = kInfeasible;
        }
    }
    return code;
}

int list_suites(CommandContext& context) {
    TextTable table{{{"suite"}, {"file"}, {"built in"}, {"what is compared"}}};
    for (const ValidationSuite& suite : validation_suites()) {
        table.add({std::string{suite.name}, std::string{suite.extension},
                   suite.built_in ? "yes" : "--data", std::string{suite.what}});
    }
    context.out << table.text();
    return kFeasible;
}

}  // namespace

int run_validate(const ValidateArguments& arguments, CommandContext& context) {
    if (arguments.list) {
        return list_suites(context);
    }
    const auto session = open_session(context);
    const auto data = data_folder();
    if (!session || !data) {
        return kBadInput;
    }
    Failures problems;
    const std::vector<Job> jobs = jobs_of(arguments, *data / "validation", problems);
    ValidationInputs inputs;
    inputs.catalog = session->catalog().get();
    inputs.models = &session->models();
    inputs.shipped = *data;
    inputs.model = arguments.model;
    inputs.text = arguments.text;
    inputs.tokenizer = arguments.tokenizer;
    inputs.threads = static_cast<unsigned>(context.threads);
    inputs.seed = context.seed;
    std::vector<SuiteReport> reports;
    for (const Job& job : jobs) {
        if (job.suite == nullptr) {
            continue;
        }
        auto report = run_validation(*job.suite, job.file, inputs);
        if (report) {
            reports.push_back(std::move(report).value());
        } else {
            problems.insert(problems.end(), report.error().begin(), report.error().end());
        }
    }
    if (!problems.empty()) {
        return report(context, problems);
    }
    if (!arguments.report.empty()) {
        const auto written =
            write_file_atomically(arguments.report, accuracy_report(reports, *inputs.catalog));
        if (!written) {
            report(context, written.error());
            return kWriteFailed;
        }
    }
    if (arguments.format == "json") {
        // One suite is one object, several are an array of them.
        Json all = Json::array();
        for (const SuiteReport& each : reports) {
            all.push_back(report_json(each, *inputs.catalog));
        }
        context.out << (all.size() == 1 ? all.front() : all).dump(2) << '\n';
        return without_rows(reports, context);
    }
    print_overview(reports, context.out);
    for (const SuiteReport& each : reports) {
        if (context.verbose) {
            print_cases(each, context.out);
        } else {
            print_groups(each, *inputs.catalog, context.out);
        }
    }
    if (!context.verbose) {
        context.out << "\n--verbose lists every case, --report FILE writes the report.\n";
    }
    return without_rows(reports, context);
}

}  // namespace wafercast::cli
