#include "benchmarks/examples.hpp"

#include <cstdlib>
#include <iostream>

#include "session/shipped_files.hpp"

namespace wafercast::bench {

namespace {

template <class T>
T must(Result<T> result) {
    if (!result) {
        for (const Failure& failure : result.error()) {
            std::cerr << failure.where.file << ": " << failure.message << '\n';
        }
        std::exit(3);
    }
    return std::move(result).value();
}

}  // namespace

std::filesystem::path shipped(const std::filesystem::path& file) {
    return must(data_folder()) / file;
}

Example shipped_h100() {
    SessionOptions options;
    options.user_overlay = false;
    std::shared_ptr<const Session> session = must(Session::open(options));
    LoadedDesign loaded = must(session->load(shipped("designs/h100-sxm.toml")));
    Session::Prepared prepared = must(session->prepare(loaded));
    return {session, std::move(loaded), std::move(prepared.resolved), std::move(prepared.context)};
}

}  // namespace wafercast::bench
