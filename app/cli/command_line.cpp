#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <ostream>

#include "cli/calibrate_command.hpp"
#include "cli/catalog_command.hpp"
#include "cli/command_context.hpp"
#include "cli/compare_command.hpp"
#include "cli/die_command.hpp"
#include "cli/energy_command.hpp"
#include "cli/evaluate_command.hpp"
#include "cli/freeze_command.hpp"
#include "cli/model_command.hpp"
#include "cli/simulate_command.hpp"
#include "cli/study_command.hpp"
#include "cli/sweep_command.hpp"
#include "cli/validate_command.hpp"
#include "cli/yield_command.hpp"

#include "core/catalog.hpp"
#include "core/version.hpp"

namespace wafercast::cli {

namespace {

/// Collects the commands; each parses into its own arguments and leaves what to run in `chosen`.
class CommandLine {
public:
    explicit CommandLine(CommandContext& context) : context_{context} {
        app_.description(
            "What a million tokens cost on this silicon, how sure we are, and what would make it "
            "cheaper.");
        app_.footer(
            "wafercast help COMMAND tells more.\n"
            "Example: wafercast eval data/designs/h100-sxm.toml --set scenario.utilisation=0.8");
        app_.require_subcommand(0, 1);
        app_.set_version_flag("--version", "wafercast " + std::string{kVersion});
        app_.set_help_all_flag("--help-all", "Help of every command");
        add_global_options(app_);
        add_evaluate();
        add_simulate();
        add_sweep();
        add_report();
        add_export();
        add_die();
        add_yield();
        add_freeze();
        add_model();
        add_validate();
        add_calibrate();
        add_compare();
        add_energy();
        add_catalog();
    }

    int run(std::vector<std::string> arguments) {
        if (arguments.empty()) {
            context_.out << app_.help();
            return kFeasible;
        }
        if (arguments.front() == "help") {
            arguments.erase(arguments.begin());
            arguments.emplace_back("--help");
        }
        if (const std::string problem = unknown_command(arguments); !problem.empty()) {
            return refuse({problem});
        }
        std::reverse(arguments.begin(), arguments.end());  // CLI11 takes a vector from its end
        try {
            app_.parse(arguments);
        } catch (const CLI::Success& asked) {
            app_.exit(asked, context_.out, context_.err);
            return kFeasible;
        } catch (const CLI::ParseError& problem) {
            return refuse(problems(problem.what()));
        }
        context_.catalogs.assign(catalogs_.begin(), catalogs_.end());
        return chosen_ ? chosen_() : kBadInput;
    }

private:
    int refuse(const std::vector<std::string>& problems) {
        for (const std::string& problem : problems) {
            context_.err << "command line: " << problem << '\n';
        }
        context_.err << "Run wafercast --help, or wafercast COMMAND --help.\n";
        return kBadInput;
    }

    /// What is wrong with the words that name the command; empty when nothing is.
    [[nodiscard]] std::string unknown_command(const std::vector<std::string>& arguments) {
        CLI::App* at = &app_;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const std::string& word = arguments[i];
            if (word == "--seed" || word == "--threads") {
                ++i;  // their value
                continue;
            }
            if (word.starts_with('-')) {
                continue;
            }
            std::vector<std::string> known;
            CLI::App* found = nullptr;
            for (CLI::App* sub : at->get_subcommands(nullptr)) {
                known.push_back(sub->get_name());
                found = sub->get_name() == word ? sub : found;
            }
            if (found == nullptr) {
                const std::string hint = nearest(word, known);
                return "no command '" + (at == &app_ ? "" : at->get_name() + " ") + word + "'" +
                       (hint.empty() ? "." : "; did you mean '" + hint + "'?");
            }
            at = found;
            if (at->get_subcommands(nullptr).empty()) {
                break;
            }
        }
        return {};
    }

    /// Every problem of a line that did not parse: CLI11 stops at the first.
    [[nodiscard]] std::vector<std::string> problems(const std::string& first) {
        std::vector<std::string> all;
        std::vector<std::string> names;
        for (CLI::App* app : named_apps()) {
            for (CLI::Option* option : app->get_options()) {
                for (const std::string& name : option->get_lnames()) {
                    names.push_back("--" + name);
                }
                if (option->get_required() && option->count() == 0) {
                    all.push_back(option->get_name(false, true) + " is required.");
                } else if (option->count() > 0 && option != app->get_help_ptr()) {
                    try {
                        option->run_callback();
                    } catch (const CLI::ParseError& problem) {
                        all.emplace_back(problem.what());
                    }
                }
            }
        }
        for (const std::string& word : app_.remaining(true)) {
            const std::string hint = word.starts_with("--") ? nearest(word, names) : std::string{};
            all.push_back((word.starts_with('-') ? "no option '" : "unexpected '") + word + "'" +
                          (hint.empty() ? "." : "; did you mean '" + hint + "'?"));
        }
        return all.empty() ? std::vector<std::string>{first} : all;
    }

    /// The program and the commands that the line names.
    [[nodiscard]] std::vector<CLI::App*> named_apps() {
        std::vector<CLI::App*> apps{&app_};
        for (std::size_t i = 0; i < apps.size(); ++i) {
            for (CLI::App* sub : apps[i]->get_subcommands()) {
                apps.push_back(sub);
            }
        }
        return apps;
    }

    void add_global_options(CLI::App& app) {
        app.add_option("--seed", context_.seed, "Seed of every random draw")->capture_default_str();
        app.add_option("--threads", context_.threads, "Threads; 0: as many as the machine has")
            ->check(CLI::Range(0, 4096));
        app.add_flag("--quiet", context_.quiet, "No progress, no notices");
        app.add_flag("--verbose", context_.verbose, "Say more");
    }

    CLI::App* command(CLI::App& parent, const char* name, const char* description,
                      const char* example, std::function<int()> run) {
        CLI::App* sub = parent.add_subcommand(name, description);
        sub->footer(std::string{"Example: "} + example);
        sub->fallthrough();
        sub->final_callback([this, run = std::move(run)] { chosen_ = run; });
        return sub;
    }

    void add_catalog_option(CLI::App* sub) {
        sub->add_option("--catalog", catalogs_,
                        "Catalog file or folder laid over the built-in one");
    }

    void add_evaluate() {
        CLI::App* sub = command(app_, "eval", "Evaluate one design through the whole chain",
                                "wafercast eval data/designs/h100-sxm.toml --format json",
                                [this] { return run_evaluate(evaluate_, context_); });
        sub->add_option("design", evaluate_.design, "Design file")->required();
        sub->add_option(
               "--set", evaluate_.sets,
               "path=value, for example blocks.sm.count=72; path= unsets an optional setting")
            ->allow_extra_args(false);
        add_catalog_option(sub);
        sub->add_option("--format", evaluate_.format, "table, json or csv")
            ->check(CLI::IsMember({"table", "json", "csv"}))
            ->capture_default_str();
        sub->add_option("--samples", evaluate_.samples,
                        "Draws for the bands, a power of two; 0: none")
            ->check(CLI::Range(0, 1 << 20))
            ->capture_default_str();
        sub->add_flag("!--no-functional", evaluate_.functional, "Do not run the functional model");
        sub->add_option("--save", evaluate_.save, "Also store the evaluation in this SQLite file");
    }

    void add_energy() {
        CLI::App* sub =
            command(app_, "energy", "Where a token's joules go, and how far they are from physics",
                    "wafercast energy data/designs/h100-sxm.toml",
                    [this] { return run_energy(energy_, context_); });
        sub->add_option("design", energy_.design, "Design file")->required();
        sub->add_option("--set", energy_.sets, "path=value, as for eval")->allow_extra_args(false);
        sub->add_option("--temperature", energy_.temperature,
                        "Of the junction, for the limits of physics")
            ->capture_default_str();
        add_catalog_option(sub);
        sub->add_option("--format", energy_.format, "table, json or csv")
            ->check(CLI::IsMember({"table", "json", "csv"}))
            ->capture_default_str();
    }

    void add_simulate() {
        CLI::App* sub = command(
            app_, "simulate", "Requests served step by step, or the frontier of latency and cost",
            "wafercast simulate data/designs/h100-sxm.toml --rate \"2 /s\" --requests 5000",
            [this] { return run_simulate(simulate_, context_); });
        sub->add_option("design", simulate_.design, "Design file")->required();
        sub->add_option("--set", simulate_.sets, "path=value, as for eval")
            ->allow_extra_args(false);
        sub->add_option("--rate", simulate_.rate,
                        "Poisson arrivals, for example \"2 /s\"; full load without any of these");
        sub->add_option("--concurrency", simulate_.concurrency,
                        "Clients that each keep one request in flight")
            ->check(CLI::Range(1.0, 1e6));
        sub->add_option("--trace", simulate_.trace,
                        "CSV file of arrival_s, input_tokens and output_tokens");
        sub->add_flag("--offline", simulate_.offline, "All requests at once, until none is left");
        sub->add_option("--requests", simulate_.requests, "Requests to simulate")
            ->check(CLI::Range(1, 100000000))
            ->capture_default_str();
        sub->add_option("--lengths", simulate_.lengths,
                        "fixed, uniform or lognormal about the workload's mean tokens")
            ->check(CLI::IsMember({"fixed", "uniform", "lognormal"}))
            ->capture_default_str();
        sub->add_option("--spread", simulate_.spread,
                        "Half width of uniform lengths, deviation of lognormal ones, over the mean")
            ->check(CLI::Range(0.0, 10.0))
            ->capture_default_str();
        sub->add_flag("--frontier", simulate_.frontier,
                      "Throughput and cost against the time per output token, in closed form");
        sub->add_option("--points", simulate_.points, "Points of the frontier")
            ->check(CLI::Range(2, 1000))
            ->capture_default_str();
        add_catalog_option(sub);
        sub->add_option("--format", simulate_.format, "table, json or csv")
            ->check(CLI::IsMember({"table", "json", "csv"}))
            ->capture_default_str();
    }

    void add_sweep() {
        CLI::App* sub = command(app_, "sweep", "Evaluate every point of a study into one file",
                                "wafercast sweep data/studies/h100-what-if.toml -o out.sqlite",
                                [this] { return run_sweep(sweep_, context_); });
        sub->add_option("study", sweep_.study, "Study file")->required();
        sub->add_option("-o,--output", sweep_.output,
                        "SQLite file; one that holds part of the same study is gone on with")
            ->required();
        sub->add_option("--keep", sweep_.keep,
                        "Rows to keep: all (up to a million points), or the front")
            ->check(CLI::IsMember({"all", "front"}));
        sub->add_option("--chunk", sweep_.chunk_points, "Points stored at a time")
            ->check(CLI::Range(1, 65536));
        sub->add_flag("!--no-functional", sweep_.functional, "Do not run the functional model");
        add_catalog_option(sub);
    }

    void add_report() {
        CLI::App* sub = command(app_, "report", "What a study found, on one page",
                                "wafercast report out.sqlite",
                                [this] { return run_report(report_, context_); });
        sub->add_option("file", report_.file, "SQLite file of a sweep or of `eval --save`")
            ->required();
        sub->add_option("--rows", report_.rows, "Rows of the front to show")
            ->check(CLI::Range(1, 1000000))
            ->capture_default_str();
    }

    void add_export() {
        CLI::App* sub = command(app_, "export", "A result as CSV or JSON",
                                "wafercast export out.sqlite --format json",
                                [this] { return run_export(export_, context_); });
        sub->add_option("file", export_.file, "SQLite file")->required();
        sub->add_option("--format", export_.format, "csv or json")
            ->check(CLI::IsMember({"csv", "json"}))
            ->capture_default_str();
        sub->add_flag("--canonical", export_.canonical,
                      "All tables, sorted, without times: equal text means equal results");
        sub->add_option("-o,--output", export_.output, "File to write; standard output without");
    }

    void add_format(CLI::App* sub, std::string& format) {
        sub->add_option("--format", format, "table or json")
            ->check(CLI::IsMember({"table", "json"}))
            ->capture_default_str();
    }

    void add_die() {
        CLI::App* sub = command(app_, "die", "Dies per wafer, yield and cost of a good die",
                                "wafercast die --process n5 --width 25.4mm --height 32mm",
                                [this] { return run_die(die_, context_); });
        sub->add_option("--process", die_.process, "Process node, see `catalog list process_nodes`")
            ->required();
        sub->add_option("--width", die_.width, "Width without scribe, for example 25.4mm");
        sub->add_option("--height", die_.height, "Height without scribe");
        sub->add_option("--area", die_.area, "Area: alone for a square die, or with one side");
        sub->add_option("--yield-model", die_.yield_model, "Yield model, see `yield --list`")
            ->capture_default_str();
        sub->add_option("--d0", die_.defect_density,
                        "Defect density, for example 0.1/cm2; the node's when left out");
        sub->add_option("--alpha", die_.clustering, "Clustering; the node's when left out");
        sub->add_option("--layers", die_.layers, "Critical layers; the node's when left out");
        sub->add_option("--wafer-price", die_.wafer_price,
                        "Wafer price, for example 17000USD; the node's when left out");
        sub->add_option("--test", die_.test, "Wafer sort, see `catalog list tests`; none without");
        sub->add_option("--year", die_.year, "Year of dated figures")->capture_default_str();
        sub->add_option("--map", die_.map, "Write the wafer map to this SVG file");
        add_catalog_option(sub);
        add_format(sub, die_.format);
    }

    void add_yield() {
        CLI::App* sub =
            command(app_, "yield", "One yield model, or all of them side by side",
                    "wafercast yield --model murphy --area \"400 mm2\" --d0 \"0.1 /cm2\"",
                    [this] { return run_yield(yield_, context_); });
        sub->add_flag("--list", yield_.list, "Names, formulas and sources of all models");
        sub->add_option("--model", yield_.model, "Model; all of them without it");
        sub->add_option("--area", yield_.area, "Critical area, for example \"400 mm2\"");
        sub->add_option("--d0", yield_.defect_density,
                        "Defect density over all layers, for example \"0.1 /cm2\"");
        sub->add_option("--alpha", yield_.clustering, "Clustering of negative-binomial; 2 without");
        sub->add_option("--layers", yield_.layers, "Critical layers of bose-einstein; 10 without");
        add_format(sub, yield_.format);
    }

    void add_freeze() {
        CLI::App* sub = command(app_, "freeze", "A design with all it uses, in one file",
                                "wafercast freeze data/designs/h100-sxm.toml -o h100-frozen.toml",
                                [this] { return run_freeze(freeze_, context_); });
        sub->add_option("design", freeze_.design, "Design file")->required();
        sub->add_option("--set", freeze_.sets, "path=value, as for eval")->allow_extra_args(false);
        sub->add_option("-o,--output", freeze_.output, "File to write; standard output without it");
        add_catalog_option(sub);
    }

    void add_model() {
        CLI::App* group = app_.add_subcommand("model", "Shapes of language models");
        group->require_subcommand(1);
        group->fallthrough();
        group->footer("Example: wafercast model import config.json -o my-model.toml");
        CLI::App* import = command(*group, "import", "A config.json becomes a catalog entry",
                                   "wafercast model import config.json -o my-model.toml",
                                   [this] { return run_model_import(model_, context_); });
        import->add_option("config", model_.config, "config.json as on Hugging Face")->required();
        import->add_option("--id", model_.id, "Id of the entry");
        import->add_option("-o,--output", model_.output,
                           "File to write; standard output without it");
    }

    void add_validate() {
        CLI::App* sub =
            command(app_, "validate", "Our error against published and measured values, per row",
                    "wafercast validate yield_models --data my_yields.csv --format json",
                    [this] { return run_validate(validate_, context_); });
        sub->add_option("suite", validate_.suites, "Suites; every built-in one without any");
        sub->add_flag("--list", validate_.list, "Names of all suites");
        sub->add_option("--data", validate_.data, "Reference file; its name tells the suite")
            ->allow_extra_args(false);
        sub->add_option("--report", validate_.report,
                        "Write the accuracy of all suites as Markdown to this file");
        sub->add_option("--model", validate_.model, "Checkpoint of the functional suites");
        sub->add_option("--text", validate_.text, "Text that the functional suites score");
        sub->add_option("--tokenizer", validate_.tokenizer,
                        "Tokenizer; the single tok*.bin beside the model without it");
        add_catalog_option(sub);
        add_format(sub, validate_.format);
    }

    void add_calibrate() {
        CLI::App* sub = command(
            app_, "calibrate", "A family's kernel constants fitted to your own measured rows",
            "wafercast calibrate --data measured_gemm.csv --device my-card --catalog my-card.toml "
            "-o my-family.toml",
            [this] { return run_calibrate(calibrate_, context_); });
        sub->add_option("--data", calibrate_.data, "Measured rows, with the columns of the suite")
            ->required();
        sub->add_option(
            "--suite", calibrate_.suite,
            "Suite of kernels, see `validate --list`; as the file's name tells without");
        sub->add_option("--device", calibrate_.device,
                        "Accelerator whose rows are taken, and those that name none; every row "
                        "without it");
        sub->add_option("--like", calibrate_.like,
                        "Family to start from; that of the device without it");
        sub->add_option("--family", calibrate_.family, "Id of the new family");
        sub->add_option("--folds", calibrate_.folds,
                        "Folds of the cross-validation, 2 or more; 0: none")
            ->check(CLI::Range(0, 100))
            ->capture_default_str();
        sub->add_flag("--launch-only", calibrate_.launch_only,
                      "Move launch and link latencies alone: one measured time is enough");
        sub->add_flag("--force", calibrate_.force,
                      "Write a family though half the rows are off by more than a factor of 2");
        sub->add_option("-o,--output", calibrate_.output, "Catalog file to write");
        add_catalog_option(sub);
        add_format(sub, calibrate_.format);
    }

    void add_compare() {
        CLI::App* sub =
            command(app_, "compare", "Two designs side by side, line by line",
                    "wafercast compare data/designs/h100-sxm.toml data/designs/b200-sxm.toml",
                    [this] { return run_compare(compare_, context_); });
        sub->add_option("a", compare_.first, "Design file")->required();
        sub->add_option("b", compare_.second, "Design file")->required();
        sub->add_option("--set-a", compare_.first_sets, "path=value for the first")
            ->allow_extra_args(false);
        sub->add_option("--set-b", compare_.second_sets, "path=value for the second")
            ->allow_extra_args(false);
        add_catalog_option(sub);
        sub->add_option("--format", compare_.format, "table or json")
            ->check(CLI::IsMember({"table", "json"}))
            ->capture_default_str();
    }

    void add_catalog() {
        CLI::App* group = app_.add_subcommand("catalog", "What is known, with sources");
        group->require_subcommand(1);
        group->fallthrough();
        group->footer("Example: wafercast catalog show process_nodes n4");
        CLI::App* list = command(*group, "list", "Kinds, or the entries of one kind",
                                 "wafercast catalog list memories",
                                 [this] { return run_catalog_list(kind_, context_); });
        list->add_option("kind", kind_, "Kind of entry");
        add_catalog_option(list);
        CLI::App* show = command(*group, "show", "Every field with range, source and confidence",
                                 "wafercast catalog show process_nodes n4",
                                 [this] { return run_catalog_show(kind_, id_, context_); });
        show->add_option("kind", kind_, "Kind of entry")->required();
        show->add_option("id", id_, "Entry; all of the kind without it");
        add_catalog_option(show);
        CLI::App* check = command(*group, "check", "Problems of catalog files",
                                  "wafercast catalog check my-node.toml",
                                  [this] { return run_catalog_check(files_, context_); });
        check->add_option("files", files_, "Files or folders")->required();
    }

    CommandContext& context_;
    CLI::App app_{"", "wafercast"};
    std::function<int()> chosen_;
    std::vector<std::string> catalogs_;
    EnergyArguments energy_;
    EvaluateArguments evaluate_;
    SimulateArguments simulate_;
    SweepArguments sweep_;
    ReportArguments report_;
    ExportArguments export_;
    CompareArguments compare_;
    DieArguments die_;
    YieldArguments yield_;
    FreezeArguments freeze_;
    ModelImportArguments model_;
    ValidateArguments validate_;
    CalibrateArguments calibrate_;
    std::string kind_;
    std::string id_;
    std::vector<std::string> files_;
};

}  // namespace

int run_command_line(const std::vector<std::string>& arguments, std::ostream& out,
                     std::ostream& err) {
    CommandContext context{out, err};
    return CommandLine{context}.run(arguments);
}

}  // namespace wafercast::cli
