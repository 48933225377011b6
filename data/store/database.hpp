#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace wafercast {

/// What SQLite says when it cannot. Stays inside data/store: StudyStore turns it into a Failure.
class DatabaseError : public std::runtime_error {
public:
    DatabaseError(int code, const std::string& message)
        : std::runtime_error{message}, code_{code} {}
    [[nodiscard]] int code() const { return code_; }

private:
    int code_;
};

/// A prepared statement; finalised with its owner. Parameters and columns count from 0.
class Statement {
public:
    Statement() = default;

    void bind(int parameter, std::int64_t value);
    /// Not a number and infinities become NULL.
    void bind(int parameter, double value);
    /// The text must outlive the next run(), step() or reset().
    void bind(int parameter, std::string_view text);
    void bind_null(int parameter);

    /// Runs to the end and makes ready for the next values.
    void run();
    /// Advances to a row; false at the end.
    bool step();
    void reset();

    [[nodiscard]] int column_count() const;
    [[nodiscard]] std::string column_name(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] bool is_text(int column) const;
    [[nodiscard]] bool is_integer(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    /// NULL is not a number.
    [[nodiscard]] double number(int column) const;
    [[nodiscard]] std::string text(int column) const;

private:
    friend class Database;
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_{statement} {}
    void check(int code);
    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

/// An open SQLite file. All failures are thrown as DatabaseError.
class Database {
public:
    enum class Mode { kRead, kWrite, kCreate };

    Database(const std::filesystem::path& path, Mode mode);

    [[nodiscard]] Statement prepare(std::string_view sql) const;
    /// Runs every statement of the text.
    void execute(std::string_view sql) const;
    [[nodiscard]] std::int64_t integer(std::string_view sql) const;
    [[nodiscard]] std::string text(std::string_view sql) const;
    /// Closes and reports what finishing the file still found wrong.
    void close();
    [[nodiscard]] bool is_open() const { return database_ != nullptr; }

private:
    struct Closer {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Closer> database_;
};

/// All or nothing: rolls back unless committed.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& database_;
    bool open_ = true;
};

}  // namespace wafercast
