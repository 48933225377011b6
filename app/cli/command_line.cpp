#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <ostream>

#include "cli/catalog_command.hpp"
#include "cli/command_context.hpp"
#include "cli/compare_command.hpp"
#include "cli/evaluate_command.hpp"

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
            "Example: wafercast eval data/designs/h100-sxm.toml --set scenario.utilisation=0.8");
        app_.require_subcommand(0, 1);
        app_.set_version_flag("--version", "wafercast " + std::string{kVersion});
        app_.set_help_all_flag("--help-all", "Help of every command");
        add_global_options(app_);
        add_evaluate();
        add_compare();
        add_catalog();
    }

    int run(std::vector<std::string> arguments) {
        if (arguments.empty()) {
            context_.out << app_.help();
            return kFeasible;
        }
        std::reverse(arguments.begin(), arguments.end());  // CLI11 takes a vector from its end
        try {
            app_.parse(arguments);
        } catch (const CLI::Success& asked) {
            app_.exit(asked, context_.out, context_.err);
            return kFeasible;
        } catch (const CLI::ParseError& problem) {
            context_.err << "command line: " << problem.what()
                         << "\nRun wafercast --help, or wafercast COMMAND --help.\n";
            return kBadInput;
        }
        context_.catalogs.assign(catalogs_.begin(), catalogs_.end());
        return chosen_ ? chosen_() : kBadInput;
    }

private:
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
        sub->add_option("--set", evaluate_.sets, "path=value, for example blocks.sm.count=72")
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
    EvaluateArguments evaluate_;
    CompareArguments compare_;
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
