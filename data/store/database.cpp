#include "store/database.hpp"

#include <cmath>
#include <limits>
#include <sqlite3.h>

namespace wafercast {

namespace {

/// How long a writer waits for a reader that has the file open.
constexpr int kBusyMilliseconds = 5000;

[[noreturn]] void fail(sqlite3* database, int code) {
    const char* message = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    throw DatabaseError{code, message};
}

}  // namespace

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

void Statement::check(int code) {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        fail(sqlite3_db_handle(statement_.get()), code);
    }
}

void Statement::bind(int parameter, std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), parameter + 1, value));
}

void Statement::bind(int parameter, double value) {
    check(std::isfinite(value) ? sqlite3_bind_double(statement_.get(), parameter + 1, value)
                               : sqlite3_bind_null(statement_.get(), parameter + 1));
}

void Statement::bind(int parameter, std::string_view text) {
    check(sqlite3_bind_text64(statement_.get(), parameter + 1, text.data(), text.size(),
                              SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_null(int parameter) {
    check(sqlite3_bind_null(statement_.get(), parameter + 1));
}

void Statement::run() {
    while (step()) {
    }
    reset();
}

bool Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        sqlite3* database = sqlite3_db_handle(statement_.get());
        const DatabaseError error{code, sqlite3_errmsg(database)};
        sqlite3_reset(statement_.get());
        throw error;
    }
    return code == SQLITE_ROW;
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

int Statement::column_count() const { return sqlite3_column_count(statement_.get()); }

std::string Statement::column_name(int column) const {
    return sqlite3_column_name(statement_.get(), column);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

bool Statement::is_text(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_TEXT;
}

bool Statement::is_integer(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

double Statement::number(int column) const {
    return is_null(column) ? std::numeric_limits<double>::quiet_NaN()
                           : sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return bytes == nullptr ? std::string{}
                            : std::string{reinterpret_cast<const char*>(bytes), size};
}

void Database::Closer::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Database::Database(const std::filesystem::path& path, Mode mode) {
    sqlite3* opened = nullptr;
    const int flags =
        SQLITE_OPEN_NOMUTEX | (mode == Mode::kRead    ? SQLITE_OPEN_READONLY
                               : mode == Mode::kWrite ? SQLITE_OPEN_READWRITE
                                                      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    const int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    database_.reset(opened);
    if (code != SQLITE_OK) {
        fail(opened, code);
    }
    sqlite3_busy_timeout(opened, kBusyMilliseconds);
}

Statement Database::prepare(std::string_view sql) const {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        &statement, nullptr);
    if (code != SQLITE_OK) {
        fail(database_.get(), code);
    }
    return Statement{statement};
}

void Database::execute(std::string_view sql) const {
    const int code =
        sqlite3_exec(database_.get(), std::string{sql}.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        fail(database_.get(), code);
    }
}

std::int64_t Database::integer(std::string_view sql) const {
    Statement statement = prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(std::string_view sql) const {
    Statement statement = prepare(sql);
    return statement.step() ? statement.text(0) : std::string{};
}

void Database::close() {
    const int code = sqlite3_close(database_.get());
    if (code != SQLITE_OK) {
        fail(database_.get(), code);
    }
    (void)database_.release();
}

Transaction::Transaction(Database& database) : database_{database} {
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (open_) {
        try {
            database_.execute("ROLLBACK");
        } catch (const DatabaseError&) {
            // SQLite has rolled back by itself where the failure was its own.
        }
    }
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

}  // namespace wafercast
