#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wafercast {

/// How a column of results is kept and read.
enum class ColumnType { kReal, kInteger, kText };

/// One value of an axis: a number in the column's unit, or a text.
struct StoredValue {
    double number = 0.0;
    std::string text;
    friend bool operator==(const StoredValue&, const StoredValue&) = default;
};

/// A field that varies, with every value it takes.
struct StoredVariable {
    std::string path;    ///< "dies.gpu.width"
    std::string column;  ///< "dies_gpu_width_mm"; made unique by the store
    std::string title;
    std::string unit;
    ColumnType type = ColumnType::kReal;
    std::vector<StoredValue> values;
    friend bool operator==(const StoredVariable&, const StoredVariable&) = default;
};

/// A number that each point has.
struct StoredMetric {
    std::string name;    ///< "token_economics.tpot_s"
    std::string column;  ///< "tpot_s"
    std::string title;
    std::string unit;
    friend bool operator==(const StoredMetric&, const StoredMetric&) = default;
};

struct StoredObjective {
    std::string column;
    bool maximise = false;
    friend bool operator==(const StoredObjective&, const StoredObjective&) = default;
};

/// A limit of the study, in the metric's unit.
struct StoredConstraint {
    std::string column;
    std::optional<double> minimum;
    std::optional<double> maximum;
    friend bool operator==(const StoredConstraint&, const StoredConstraint&) = default;
};

/// Where a number on screen comes from, in the unit a person reads.
struct StoredAssumption {
    std::string path;
    double value = 0.0;
    double low = 0.0;
    double high = 0.0;
    std::string unit;
    std::string written;
    std::string source;
    std::string as_of;
    std::string confidence;
    bool range_by_rule = false;
};

struct StoredCatalogEntry {
    std::string kind;
    std::string id;
    std::string title;
    std::string text;  ///< TOML
};

/// Which points of a run keep their row.
enum class Keep { kAll, kFront };

/// Everything of a run but its points: written once, before the first of them.
struct StoredRun {
    std::string kind;  ///< "sweep" or "evaluation"
    std::string title;
    std::string design;  ///< text of the base design
    std::string study;   ///< text of the study; empty for an evaluation
    std::int64_t points = 0;
    std::int64_t chunk_points = 0;
    Keep keep = Keep::kAll;
    std::vector<std::pair<std::string, std::string>> meta;  ///< tool_version, seed, hashes, dates
    std::string catalog_hash;
    std::vector<StoredCatalogEntry> catalog;
    std::vector<StoredVariable> variables;
    std::vector<StoredMetric> metrics;
    std::vector<StoredObjective> objectives;
    std::vector<StoredConstraint> constraints;
    std::vector<StoredAssumption> assumptions;
};

/// A broken limit of a point, in the unit a person reads.
struct StoredViolation {
    std::int64_t point = 0;
    std::string reason;   ///< "reticle", or the study's own "power_w max"
    std::string subject;  ///< the die it is about, if any
    double value = 0.0;
    double limit = 0.0;
    std::string unit;
};

/// A line of a tree of a point, parents before children.
struct StoredTreeLine {
    std::int64_t point = 0;
    std::string tree;  ///< "usd_per_mtok", "accelerator" or "energy"
    std::int64_t line = 0;
    std::int64_t parent = -1;  ///< -1: the root
    int depth = 0;
    std::string label;
    double amount = 0.0;
    std::string unit;
};

/// Results of consecutive points, by column: what one transaction stores.
struct StoredChunk {
    std::int64_t chunk = 0;
    std::int64_t first_point = 0;
    std::int64_t point_count = 0;
    std::int64_t feasible_count = 0;
    /// Rows to keep, ascending; the arrays below are parallel to it.
    std::vector<std::int64_t> points;
    std::vector<char> feasible;
    std::vector<std::vector<std::uint32_t>> steps;  ///< [variable][row], index into its values
    std::vector<std::vector<double>> metrics;       ///< [metric][row]
    std::vector<StoredViolation> violations;        ///< of kept rows
    std::vector<std::pair<std::string, std::int64_t>> failures;  ///< reason, points; of all points
    std::vector<std::int64_t> front_added;
    std::vector<std::int64_t> front_removed;
};

}  // namespace wafercast
