#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/number_format.hpp"
#include "core/result.hpp"
#include "units/quantity.hpp"

namespace wafercast {

/// A number a person wrote: a literal in base units, or the id of a catalog entry ("catalog:ID"),
/// or a keyword the field defines ("rest", "search").
struct Setting {
    std::optional<double> value;  ///< base units
    std::optional<double> low;    ///< stated range, with `high`
    std::optional<double> high;
    std::string catalog_id;  ///< set when the text was "catalog:ID"
    std::string keyword;     ///< set when the text was a keyword of the field
    std::string text;        ///< as written, for display and saving
    std::string source;      ///< key into references, when the design states one

    Setting() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a quantity is a setting.
    template <Dimension D>
    Setting(Quantity<D> quantity) : value{quantity.base()} {}
    static Setting number(double base_value) {
        Setting setting;
        setting.value = base_value;
        return setting;
    }
    static Setting catalog(std::string id) {
        Setting setting;
        setting.catalog_id = std::move(id);
        return setting;
    }

    [[nodiscard]] bool is_set() const { return value || !catalog_id.empty() || !keyword.empty(); }
    /// Two settings are equal when they mean the same, however they were written.
    friend bool operator==(const Setting& a, const Setting& b) {
        return a.value == b.value && a.low == b.low && a.high == b.high &&
               a.catalog_id == b.catalog_id && a.keyword == b.keyword && a.source == b.source;
    }
};

/// What one unit of a block holds.
struct BlockContent {
    std::array<Setting, kNumberFormatCount> dense_rate;  ///< [op/s] at device.clock, by format
    Setting sram;                                        ///< [byte]
    Setting sram_bandwidth;                              ///< [byte/s] at device.clock
    Setting area;                                        ///< [m2]; "catalog:ID" into blocks
    friend bool operator==(const BlockContent&, const BlockContent&) = default;
};

/// A piece of content: what area, power and rates follow from.
struct Block {
    std::string id;
    std::string kind;  ///< see kBlockKinds
    Setting count;     ///< [-] physical units: area and yield
    Setting sold;      ///< [-] enabled units: rates; unset means count
    BlockContent per_unit;
    Setting area;  ///< [m2] of the whole block; "rest" for what the outline leaves; "catalog:ID"
    Setting capacity;       ///< [byte] of a memory block (sram, rom)
    Setting sold_capacity;  ///< [byte] enabled share of it
    Setting bandwidth;   ///< [byte/s] of a memory block at device.clock, or of a PHY block in total
    Setting repairable;  ///< [-] share of the block's area in which a defect is survivable, [0, 1]
    Setting power;  ///< [W] fixed power of the whole block at device.clock, for what has no rate
    std::string
        process;  ///< node at which a literal area is stated; empty: the die's calibration node
    friend bool operator==(const Block&, const Block&) = default;
};

/// A connection between two blocks.
struct Net {
    std::string from;
    std::string to;
    Setting bandwidth;  ///< [byte/s] per direction
    friend bool operator==(const Net&, const Net&) = default;
};

/// A kind of die: a set of blocks on one node.
struct DieSpec {
    std::string id;
    std::string process;  ///< process_nodes
    std::vector<std::string> blocks;
    Setting width;   ///< [m] published outline; calibrates
    Setting height;  ///< [m]
    std::string yield_model;
    std::string test;        ///< "catalog:ID" into tests
    std::string nre;         ///< "catalog:ID" into nre
    Setting defect_density;  ///< [1/m2] overrides the node's
    Setting clustering;      ///< [-] overrides the node's
    Setting reuse;           ///< [-] products that share this die's NRE, >= 1
    friend bool operator==(const DieSpec&, const DieSpec&) = default;
};

struct PackagedDie {
    std::string die;
    Setting count;   ///< [-]
    std::string on;  ///< die it is stacked on; empty: on the package's carrier
    friend bool operator==(const PackagedDie&, const PackagedDie&) = default;
};

struct MemoryStackSpec {
    std::string id;
    std::string stack;  ///< memories
    Setting count;      ///< [-]
    Setting pin_rate;   ///< [byte/s per pin]; unset: the stack's own
    friend bool operator==(const MemoryStackSpec&, const MemoryStackSpec&) = default;
};

struct PackageSpec {
    std::string technology;  ///< packages
    std::string d2d;         ///< links of kind d2d; empty: the technology's own
    std::vector<PackagedDie> dies;
    std::vector<MemoryStackSpec> memory;
    friend bool operator==(const PackageSpec&, const PackageSpec&) = default;
};

struct DeviceSpec {
    Setting clock;        ///< [Hz] at which the per-unit rates are stated
    Setting vdd;          ///< [V]; unset: the node's nominal
    Setting power_limit;  ///< [W] board limit
    Setting price;        ///< [USD]; "catalog:ID" into accelerators
    Setting rental;       ///< [USD/s] device-hour price; "catalog:ID" into accelerators
    std::string fabric;   ///< fabrics: energy per operation
    std::string family;   ///< families: device family and software stack
    std::string vendor;   ///< vendors: gross margin
    friend bool operator==(const DeviceSpec&, const DeviceSpec&) = default;
};

struct SystemSpec {
    Setting accelerators_per_server;  ///< [-]
    std::string links;                ///< links: scale-up
    std::string scale_out;            ///< links: between servers
    std::string server;               ///< "catalog:ID" into servers
    std::string facility;             ///< "catalog:ID" into facilities
    friend bool operator==(const SystemSpec&, const SystemSpec&) = default;
};

struct WorkloadSpec {
    std::string model;              ///< models
    std::string weight_format;      ///< precision.weights
    std::string activation_format;  ///< precision.activations
    std::string kv_format;          ///< precision.kv
    std::string attention_format;   ///< precision.attention: of attention's weights; empty: weights
    std::string expert_format;      ///< precision.experts: of routed experts; empty: weights
    std::string head_format;        ///< precision.head: embedding, classifier; empty: weights
    Setting input_tokens;           ///< [-] per request
    Setting output_tokens;          ///< [-] per request
    friend bool operator==(const WorkloadSpec&, const WorkloadSpec&) = default;
};

struct ServingSpec {
    std::string batching;     ///< id of a batching model: static, continuous
    std::string mapping;      ///< "search", or empty when the numbers below are given
    Setting tensor_parallel;  ///< [-]
    Setting pipeline_parallel;
    Setting expert_parallel;
    Setting data_parallel;     ///< [-] groups of accelerators that attend to different sequences
    Setting context_parallel;  ///< [-] accelerators that share the tokens of a KV cache
    Setting overlap;           ///< [-] share of communication that runs beside computation, [0, 1]
    std::string stack;  ///< software: vllm, trtllm, sglang ...; empty: the family's usual one
    Setting batch;  ///< [-] most sequences in flight per instance; unset: what fits and meets the
                    ///< limits
    std::string prefill;        ///< separate | chunked; empty: separate
    Setting chunk_tokens;       ///< [token] in a step when chunked
    Setting prefill_instances;  ///< [-] that only prefill; unset: prompts and decoding together
    Setting decode_instances;   ///< [-] beside them
    Setting prefix_cache_hit;   ///< [-] share of prompt tokens found in the cache, [0, 1)
    Setting draft_tokens;       ///< [-] proposed in a decode step for each sequence
    Setting draft_acceptance;   ///< [-] of a proposed token; unset: as measured or assumed
    Setting draft_cost;         ///< [-] time of one drafted token over a decode step's
    Setting memory_share;       ///< [-] of a device's memory that weights and KV may take
    friend bool operator==(const ServingSpec&, const ServingSpec&) = default;
};

struct FunctionalSpec {
    std::string model;  ///< "builtin:tiny" or a path
    std::string text;
    std::string weights;  ///< number format of the candidate's weights; empty: from the workload
    Setting tokens;       ///< [-]
    friend bool operator==(const FunctionalSpec&, const FunctionalSpec&) = default;
};

struct ScenarioSpec {
    Setting year;             ///< [-] decimal
    std::string perspective;  ///< builder | owner | renter | api
    Setting utilisation;      ///< [-] demand over capacity, (0, 1]
    Setting ttft_limit;       ///< limits.ttft [s]
    Setting tpot_limit;       ///< limits.tpot [s]
    Setting volume;           ///< [-] devices over which NRE is spread
    Setting electricity;      ///< [USD/J]; "catalog:ID" into electricity
    Setting model_refresh;    ///< [s] cadence at which burned-in weights are replaced; unset: never
    Setting refresh_nre;      ///< [USD] per refresh of burned-in weights
    std::string api;          ///< "catalog:ID" into api_prices; empty: the workload's model
    friend bool operator==(const ScenarioSpec&, const ScenarioSpec&) = default;
};

/// A part that lives in a consumer device instead of a server.
struct EdgeSpec {
    Setting device_share;  ///< [-] share of the part's cost that this workload bears, (0, 1]
    Setting life;          ///< [s]
    Setting active_time;   ///< [-] share of the life in which it generates
    std::string battery;   ///< "catalog:ID" into batteries
    friend bool operator==(const EdgeSpec&, const EdgeSpec&) = default;
};

/// The content a published outline was measured at; "rest" areas and aspect ratios refer to it.
struct CalibrationBlock {
    std::string id;
    double count = 1.0;
    double sold = 1.0;
    double capacity = 0.0;                                   ///< [byte]
    double sold_capacity = 0.0;                              ///< [byte]
    std::array<double, kNumberFormatCount> dense_rate = {};  ///< [op/s] a unit, that its area holds
    double sram = 0.0;                                       ///< [byte] a unit
    friend bool operator==(const CalibrationBlock&, const CalibrationBlock&) = default;
};

struct CalibrationDie {
    std::string id;
    std::string process;
    double width = 0.0;   ///< [m]
    double height = 0.0;  ///< [m]
    double count = 1.0;   ///< in the package
    friend bool operator==(const CalibrationDie&, const CalibrationDie&) = default;
};

struct CalibrationMemory {
    std::string id;
    std::string stack;
    double count = 1.0;
    friend bool operator==(const CalibrationMemory&, const CalibrationMemory&) = default;
};

struct Calibration {
    std::vector<CalibrationBlock> blocks;
    std::vector<CalibrationDie> dies;
    std::vector<CalibrationMemory> memory;
    std::string technology;    ///< of the package
    double clock = 0.0;        ///< [Hz]
    double vdd = 0.0;          ///< [V] at that clock; 0: the node's nominal
    double power_limit = 0.0;  ///< [W]
    friend bool operator==(const Calibration&, const Calibration&) = default;
};

/// All inputs of one point. A value: an edit makes a new one. Complete together with a catalog.
struct Design {
    std::string title;
    std::string status;  ///< "unvalidated" where no measurement stands behind it
    std::vector<Block> blocks;
    std::vector<Net> nets;
    std::vector<DieSpec> dies;
    PackageSpec package;
    DeviceSpec device;
    std::optional<SystemSpec> system;
    std::optional<EdgeSpec> edge;
    std::optional<WorkloadSpec> workload;
    ServingSpec serving;
    std::optional<FunctionalSpec> functional;
    ScenarioSpec scenario;
    Calibration calibration;
    friend bool operator==(const Design&, const Design&) = default;
};

/// Snapshots the content that the published outlines belong to; readers call it once on a file that
/// carries no `[calibration]` of its own.
Calibration calibrate(const Design& design);

/// The design with its content set back to what the published outlines and prices belong to.
Design calibrated_content(const Design& design);

}  // namespace wafercast
