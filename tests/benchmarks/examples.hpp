#pragma once

#include <filesystem>
#include <memory>

#include "session/session.hpp"

namespace wafercast::bench {

/// The shipped H100 in a session of its own, ready to evaluate.
struct Example {
    std::shared_ptr<const Session> session;
    LoadedDesign loaded;
    ResolvedDesign resolved;
    Context context;
};

/// Ends the program with the problems when the shipped files are not as they should be.
Example shipped_h100();
std::filesystem::path shipped(const std::filesystem::path& file);

}  // namespace wafercast::bench
