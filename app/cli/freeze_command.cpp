#include "cli/freeze_command.hpp"

#include <ostream>

#include "reader/atomic_file.hpp"
#include "session/freeze.hpp"

namespace wafercast::cli {

int run_freeze(const FreezeArguments& arguments, CommandContext& context) {
    const auto session = open_session(context);
    if (!session) {
        return kBadInput;
    }
    const auto loaded = load_design(*session, arguments.design, arguments.sets);
    if (!loaded) {
        return report(context, loaded.error());
    }
    const auto text = freeze(*session, *loaded);
    if (!text) {
        report(context, text.error());
        return kInternalError;
    }
    if (arguments.output.empty()) {
        context.out << *text;
        return kFeasible;
    }
    const auto written = write_file_atomically(arguments.output, *text);
    if (!written) {
        report(context, written.error());
        return kWriteFailed;
    }
    if (!context.quiet) {
        context.err << "Frozen into " << arguments.output << '\n';
    }
    return kFeasible;
}

}  // namespace wafercast::cli
