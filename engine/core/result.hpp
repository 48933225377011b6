#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wafercast {

/// Where in a text a problem stands; line and column are 1-based, 0 when unknown.
struct SourceLocation {
    std::string file;
    int line = 0;
    int column = 0;
    friend bool operator==(const SourceLocation&, const SourceLocation&) = default;
};

/// One problem: a stable code, one sentence with what to do about it, and its place.
struct Failure {
    std::string code;
    std::string message;
    SourceLocation where = {};
    friend bool operator==(const Failure&, const Failure&) = default;
};

using Failures = std::vector<Failure>;

/// A value, or every problem that prevented it. Names follow std::expected so that it can take
/// over.
template <class T>
class [[nodiscard]] Result {
public:
    // NOLINTBEGIN(google-explicit-constructor): a value or a failure is a result.
    Result(T value) : value_{std::move(value)} {}
    Result(Failure failure) { error_.push_back(std::move(failure)); }
    Result(Failures failures) : error_{std::move(failures)} {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool has_value() const { return value_.has_value(); }
    explicit operator bool() const { return has_value(); }
    [[nodiscard]] const T& value() const& { return *value_; }
    [[nodiscard]] T& value() & { return *value_; }
    [[nodiscard]] T&& value() && { return std::move(*value_); }
    const T& operator*() const& { return *value_; }
    T& operator*() & { return *value_; }
    T&& operator*() && { return std::move(*value_); }
    const T* operator->() const { return &*value_; }
    T* operator->() { return &*value_; }
    [[nodiscard]] const Failures& error() const& { return error_; }
    [[nodiscard]] Failures&& error() && { return std::move(error_); }

    template <class F>
    auto and_then(F&& next) const -> decltype(next(std::declval<const T&>())) {
        if (!has_value()) {
            return error_;
        }
        return next(*value_);
    }

private:
    std::optional<T> value_;
    Failures error_;
};

/// For operations that return nothing on success.
struct Done {};

}  // namespace wafercast
