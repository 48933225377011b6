#include "cli/evaluate_command.hpp"

#include <ostream>

#include "cli/evaluation_json.hpp"
#include "cli/evaluation_report.hpp"
#include "cli/store_failure.hpp"

#include "session/save_evaluation.hpp"

namespace wafercast::cli {

int run_evaluate(const EvaluateArguments& arguments, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    const auto loaded = load_design(*session, arguments.design, arguments.sets);
    if (!loaded) {
        return report(context, loaded.error());
    }
    EvaluateOptions options;
    options.samples = arguments.samples;
    options.seed = context.seed;
    options.functional = arguments.functional ? EvaluateOptions::Functional::kRun
                                              : EvaluateOptions::Functional::kOff;
    options.notice = [&](const std::string& text) {
        if (!context.quiet) {
            context.err << text << '\n';
        }
    };
    const auto evaluation = session->evaluate(*loaded, options);
    if (!evaluation) {
        return report(context, evaluation.error());
    }
    if (!arguments.save.empty()) {
        const auto saved = save_evaluation(arguments.save, *loaded, *evaluation, context.seed);
        if (!saved) {
            return report_store(context, saved.error());
        }
    }
    if (arguments.format == "json") {
        context.out << evaluation_json(*evaluation);
    } else if (arguments.format == "csv") {
        context.out << evaluation_csv(*evaluation);
        for (const Violation& violation : evaluation->violations) {
            context.err << violation.constraint << ": " << violation.message << '\n';
        }
    } else {
        context.out << evaluation_report(*evaluation);
    }
    return evaluation->feasible ? kFeasible : kInfeasible;
}

}  // namespace wafercast::cli
