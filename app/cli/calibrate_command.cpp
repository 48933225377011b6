#include "cli/calibrate_command.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <unistd.h>

#include "cli/progress.hpp"

#include "format/format_number.hpp"
#include "format/text_table.hpp"
#include "reader/atomic_file.hpp"
#include "session/calibrate.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast::cli {

namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

std::string percent(double share) {
    return std::isfinite(share) ? format_number(share * 100.0) + " %" : "-";
}

Json error_json(const CalibrationError& error) {
    return {{"name", error.name},
            {"rows", error.rows},
            {"before", number(error.before)},
            {"after", number(error.after)},
            {"held_out", number(error.held_out)},
            {"bias_before", number(error.bias_before)},
            {"bias_after", number(error.bias_after)},
            {"bias_held_out", number(error.bias_held_out)}};
}

Json errors_json(const std::vector<CalibrationError>& errors) {
    Json all = Json::array();
    for (const CalibrationError& error : errors) {
        all.push_back(error_json(error));
    }
    return all;
}

Json report_json(const KernelCalibration& found, const std::string& output) {
    Json constants = Json::array();
    for (const CalibratedConstant& c : found.constants) {
        constants.push_back({{"path", c.path},
                             {"unit", default_unit(c.dimension)},
                             {"before", quantity_text(c.before, default_unit(c.dimension))},
                             {"after", quantity_text(c.after, default_unit(c.dimension))},
                             {"low", quantity_text(c.low, default_unit(c.dimension))},
                             {"high", quantity_text(c.high, default_unit(c.dimension))},
                             {"at_bound", c.at_bound}});
    }
    Json spread = nullptr;
    if (found.spread_learnt) {
        const KernelSpread& s = found.spread;
        spread = {{"launch", {s.launch_low, s.launch_high}},
                  {"memory", {s.memory_low, s.memory_high}},
                  {"compute", {s.compute_low, s.compute_high}}};
    }
    return {{"schema", "wafercast.calibration/1"},
            {"suite", found.suite},
            {"file", found.file},
            {"quantity", found.quantity},
            {"family", found.family},
            {"like", found.like},
            {"devices", found.devices},
            {"stacks", found.stacks},
            {"rows", found.rows},
            {"skipped", found.skipped.size()},
            {"excluded", found.excluded.size()},
            {"all", error_json(found.all)},
            {"median_factor", number(found.median_factor)},
            {"by_group", errors_json(found.by_group)},
            {"by_bound", errors_json(found.by_bound)},
            {"constants", constants},
            {"notes", found.notes},
            {"spread", spread},
            {"overlay", output.empty() ? Json(nullptr) : Json(output)}};
}

void add_error(TextTable& table, const CalibrationError& error) {
    table.add({error.name, format_count(static_cast<double>(error.rows)), percent(error.before),
               percent(error.after), percent(error.held_out), percent(error.bias_before),
               percent(error.bias_after), percent(error.bias_held_out)});
}

std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) {
        all += (all.empty() ? "" : ", ") + (name.empty() ? "any" : name);
    }
    return all;
}

void print_constants(const KernelCalibration& found, std::ostream& out) {
    using Align = TextTable::Align;
    TextTable table{{{"constant"},
                     {"before", Align::kRight},
                     {"after", Align::kRight},
                     {"P10", Align::kRight},
                     {"P90", Align::kRight},
                     {"what"}}};
    for (const CalibratedConstant& c : found.constants) {
        table.add({c.path, format_quantity(c.before, c.dimension, 4),
                   format_quantity(c.after, c.dimension, 4), format_quantity(c.low, c.dimension, 4),
                   format_quantity(c.high, c.dimension, 4), c.what});
    }
    out << table.text();
}

void print_report(const KernelCalibration& found, bool verbose, std::ostream& out) {
    out << found.file << ": " << format_count(static_cast<double>(found.rows)) << " rows of "
        << found.suite << " on " << joined(found.devices) << " under " << joined(found.stacks)
        << ", from family " << found.like << '\n';
    using Align = TextTable::Align;
    TextTable table{{{found.quantity},
                     {"rows", Align::kRight},
                     {"error before", Align::kRight},
                     {"after", Align::kRight},
                     {"held out", Align::kRight},
                     {"bias before", Align::kRight},
                     {"after", Align::kRight},
                     {"held out", Align::kRight}}};
    add_error(table, found.all);
    for (const auto* errors : {&found.by_group, &found.by_bound}) {
        for (const CalibrationError& error : *errors) {
            add_error(table, error);
        }
    }
    out << table.text();
    for (const std::string& note : found.notes) {
        out << note << '\n';
    }
    if (found.spread_learnt) {
        const KernelSpread& s = found.spread;
        out << "Measured over predicted of held-out rows, P10 to P90: launch-bound "
            << format_number(s.launch_low) << " to " << format_number(s.launch_high)
            << ", memory-bound " << format_number(s.memory_low) << " to "
            << format_number(s.memory_high) << ", compute-bound " << format_number(s.compute_low)
            << " to " << format_number(s.compute_high) << '\n';
    }
    print_constants(found, out);
    for (const SkippedRow& row : found.skipped) {
        if (verbose) {
            out << "  row " << row.row << " skipped: " << row.reason << '\n';
        }
    }
    if (!verbose && !found.skipped.empty()) {
        out << format_count(static_cast<double>(found.skipped.size()))
            << " rows skipped; --verbose says why.\n";
    }
}

/// Why a file could not be written there; empty when it may be.
std::string unwritable(const std::filesystem::path& output) {
    std::error_code error;
    const std::filesystem::path folder = output.has_parent_path() ? output.parent_path() : ".";
    if (std::filesystem::is_directory(output, error)) {
        return "is a folder.";
    }
    if (!std::filesystem::is_directory(folder, error)) {
        return "there is no folder '" + folder.string() + "'.";
    }
    return access(folder.c_str(), W_OK) == 0 ? "" : "its folder may not be written to.";
}

/// Whether the fit is too far off to be one; says so.
bool refused(const KernelCalibration& found, bool force, CommandContext& context) {
    constexpr double kFarthest = 2.0;
    if (found.median_factor <= kFarthest) {
        return false;
    }
    context.err << found.file << ": after the fit half the rows are off by more than a factor of "
                << format_number(found.median_factor)
                << "; are its times in the unit of the column, and is the data sheet right?"
                << (force ? "\n" : " Nothing was written; --force writes it all the same.\n");
    return !force;
}

void show(ProgressLine& line, const CalibrationProgress& progress) {
    const bool last = progress.done >= progress.total;
    line.show(static_cast<double>(progress.done) /
                  static_cast<double>(std::max<std::uint64_t>(progress.total, 1)),
              format_count(static_cast<double>(progress.done)) + " of at most " +
                  format_count(static_cast<double>(progress.total)) + " trials, " +
                  format_count(std::round(progress.per_second)) + " /s, " +
                  (last ? "done" : duration(progress.seconds_left) + " left"),
              last);
}

}  // namespace

int run_calibrate(const CalibrateArguments& arguments, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    if (const std::string why = arguments.output.empty() ? "" : unwritable(arguments.output);
        !why.empty()) {
        context.err << arguments.output << ": " << why << '\n';
        return kWriteFailed;
    }
    CalibrateOptions options;
    options.data = arguments.data;
    options.suite = arguments.suite;
    options.family = arguments.family;
    options.like = arguments.like;
    options.device = arguments.device;
    options.folds = arguments.folds;
    options.launch_only = arguments.launch_only;
    options.seed = context.seed;
    options.threads = context.threads;
    options.stop = [] { return InterruptGuard::interrupted(); };
    Result<KernelCalibration> found = KernelCalibration{};
    {
        const InterruptGuard guard;
        ProgressLine line{context};
        options.progress = [&line](const CalibrationProgress& now) { show(line, now); };
        found = wafercast::calibrate(*session, options);
    }
    if (!found) {
        return report(context, found.error());
    }
    if (found->stopped) {
        context.err << "Stopped; nothing was written.\n";
        return kInterrupted;
    }
    const bool no_fit = refused(*found, arguments.force, context);
    const std::string output = no_fit ? "" : arguments.output;
    if (!output.empty()) {
        if (const auto written = write_file_atomically(output, found->overlay); !written) {
            report(context, written.error());
            return kWriteFailed;
        }
    }
    if (arguments.format == "json") {
        context.out << report_json(*found, output).dump(2) << '\n';
        return no_fit ? kBadInput : kFeasible;
    }
    print_report(*found, context.verbose, context.out);
    if (!output.empty()) {
        context.out << "Family " << found->family << ": " << output << "; use it with --catalog "
                    << output << '\n';
    }
    return no_fit ? kBadInput : kFeasible;
}

}  // namespace wafercast::cli
