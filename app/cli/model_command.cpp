#include "cli/model_command.hpp"

#include <ostream>

#include "reader/atomic_file.hpp"
#include "reader/import_model.hpp"
#include "reader/text_tree.hpp"

namespace wafercast::cli {

int run_model_import(const ModelImportArguments& arguments, CommandContext& context) {
    const auto json = read_text_file(arguments.config);
    if (!json) {
        return report(context, json.error());
    }
    const auto imported = import_model(*json, arguments.config, arguments.id);
    if (!imported) {
        return report(context, imported.error());
    }
    // Says its kind, so that it may lie anywhere.
    const std::string entry = "catalog = \"models\"\n" + *imported;
    if (arguments.output.empty()) {
        context.out << entry;
        return kFeasible;
    }
    const auto written = write_file_atomically(arguments.output, entry);
    if (!written) {
        report(context, written.error());
        return kWriteFailed;
    }
    if (!context.quiet) {
        context.err << "Entry written to " << arguments.output << "; use it with --catalog "
                    << arguments.output << '\n';
    }
    return kFeasible;
}

}  // namespace wafercast::cli
