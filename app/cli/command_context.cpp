#include "cli/command_context.hpp"

#include <ostream>

namespace wafercast::cli {

int report(CommandContext& context, const Failures& failures) {
    for (const Failure& failure : failures) {
        if (!failure.where.file.empty()) {
            context.err << failure.where.file << ':';
            if (failure.where.line > 0) {
                context.err << failure.where.line << ':' << failure.where.column << ':';
            }
            context.err << ' ';
        }
        context.err << failure.message << '\n';
    }
    return kBadInput;
}

std::unique_ptr<Session> open_session(CommandContext& context) {
    SessionOptions options;
    options.catalog_overlays = context.catalogs;
    options.seed = context.seed;
    options.threads = context.threads;
    auto session = Session::open(options);
    if (!session) {
        report(context, session.error());
        return nullptr;
    }
    return std::move(session).value();
}

namespace {

/// The texts that are path=value; a problem for each that is not.
Overrides split_overrides(const std::vector<std::string>& texts, Failures& failures) {
    Overrides overrides;
    for (const std::string& text : texts) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            failures.push_back({.code = "set.form",
                                .message = "write path=value, for example blocks.sm.count=72.",
                                .where = {.file = "--set " + text, .line = 0, .column = 0}});
            continue;
        }
        std::string value = text.substr(equals + 1);
        // A shell that keeps the quotes of --set dies.gpu.width='"40 mm"' means the text inside
        // them.
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        overrides.emplace_back(text.substr(0, equals), std::move(value));
    }
    return overrides;
}

}  // namespace

Result<Overrides> parse_overrides(const std::vector<std::string>& texts) {
    Failures failures;
    Overrides overrides = split_overrides(texts, failures);
    if (!failures.empty()) {
        return failures;
    }
    return overrides;
}

Result<LoadedDesign> load_design(const Session& session, const std::string& path,
                                 const std::vector<std::string>& sets) {
    Failures failures;
    auto loaded = session.load(path, split_overrides(sets, failures));
    if (!loaded) {
        failures.insert(failures.end(), loaded.error().begin(), loaded.error().end());
    }
    if (!failures.empty()) {
        return failures;
    }
    return loaded;
}

}  // namespace wafercast::cli
