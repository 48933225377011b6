#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"
#include "units/quantity.hpp"

namespace wafercast::cli {

/// Reads options that are quantities and collects every problem, each with the option as its place.
class QuantityOptions {
public:
    enum class Allow { kPositive, kZeroToo };

    /// @param option "--width" @param text as typed; empty: not given
    /// @return the value in base units, or nothing when it was not given or is wrong
    std::optional<double> read(const std::string& option, const std::string& text,
                               Dimension dimension, Allow allow = Allow::kPositive);

    void fail(const std::string& option, std::string message);
    [[nodiscard]] const Failures& failures() const { return failures_; }

private:
    Failures failures_;
};

}  // namespace wafercast::cli
