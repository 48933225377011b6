#include "cli/store_failure.hpp"

#include <algorithm>

namespace wafercast::cli {

int report_store(CommandContext& context, const Failures& failures) {
    const int code = report(context, failures);
    const auto ours = [](const Failure& failure) {
        return failure.code == "store.read" || failure.code == "store.write" ||
               failure.code == "store.newer";
    };
    return std::all_of(failures.begin(), failures.end(), ours) ? kWriteFailed : code;
}

}  // namespace wafercast::cli
