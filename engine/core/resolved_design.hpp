#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault_profile.hpp"
#include "core/kernels/kernel_device.hpp"
#include "core/number_format.hpp"
#include "core/sourced.hpp"
#include "core/transformer.hpp"
#include "units/units.hpp"

namespace wafercast {

struct YieldModel;
struct TestModel;
struct PackageFlow;
struct BatchingModel;

/// Index of a number in a resolved design. Sampling, sweeps and optimizers replace numbers by
/// index.
struct Scalar {
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t index = kNone;
    [[nodiscard]] bool is_set() const { return index != kNone; }
    friend bool operator==(Scalar, Scalar) = default;
};

/// Where a scalar comes from: the assumption behind a number on screen.
struct ScalarOrigin {
    std::string path;  ///< "process_nodes.n4.wafer_price" or the design's own "blocks.sm.count"
    Dimension dimension;
    double value = 0.0;  ///< base units, as resolved
    double low = 0.0;    ///< equal to value when it carries no range
    double high = 0.0;
    std::string text = {};  ///< as written
    std::string source = {};
    std::string as_of = {};
    Confidence confidence = Confidence::kDefinition;
    bool range_by_rule = false;
    bool from_catalog = false;
    bool outside_dates =
        false;  ///< the year asked for is well outside the dated points: nearest taken
    std::string distribution = {};
    /// Physical limits of a draw: nothing but a stated negative is negative, a PUE is at least 1,
    /// shares and yields stop at 1.
    double lower = -std::numeric_limits<double>::infinity();
    double upper = std::numeric_limits<double>::infinity();
    [[nodiscard]] bool uncertain() const { return low < value || high > value; }
};

/// How areas of a block scale with the node: shares of logic, SRAM and analog.
struct AreaShares {
    Scalar logic, sram, analog;
    friend bool operator==(const AreaShares&, const AreaShares&) = default;
};

/// What area scaling and wafer cost need of a node.
struct ResolvedNode {
    std::string id;
    Scalar wafer_diameter, wafer_price, defect_density, clustering, critical_layers;
    Scalar logic_density, sram_density, analog_scale, rom_density;
    Scalar vdd, threshold_voltage, energy_scale, leakage_density, speed_scale;
    Scalar mask_set_cost, scribe_width, edge_exclusion, notch_depth, reticle_width, reticle_height,
        systematic_yield;
    friend bool operator==(const ResolvedNode&, const ResolvedNode&) = default;
};

enum class BlockRole { kCompute, kSram, kRom, kMemoryPhy, kLinkPhy, kFixed };

struct ResolvedBlock {
    std::string id;
    BlockRole role = BlockRole::kFixed;
    std::uint32_t die = 0;  ///< index into dies
    Scalar count;
    Scalar sold;           ///< read only when sold_is_explicit
    bool hbm_phy = false;  ///< of kMemoryPhy: reaches a stack on fine-pitch wiring
    double sold_per_count = 1.0;
    bool sold_is_explicit = false;
    double calibration_count = 1.0;  ///< content at which the outline was published
    double calibration_capacity = 0.0;
    Scalar unit_area;             ///< [m2] per unit at area_node
    Scalar fixed_area;            ///< [m2] of the block; used when there is no unit area
    bool rest = false;            ///< area is what the published outline leaves
    std::uint32_t area_node = 0;  ///< index into nodes: where the area is stated
    AreaShares shares;
    Scalar datapath_share;  ///< of a unit's area, that grows with its rates; unset: its logic
    std::array<double, kNumberFormatCount> calibration_rate =
        {};                          ///< [op/s] a unit that the stated area holds; all 0: as now
    double calibration_sram = -1.0;  ///< [byte] likewise; below 0: as now
    Scalar capacity, sold_capacity;  ///< [byte]
    bool sold_capacity_is_explicit = false;
    double sold_per_capacity = 1.0;
    Scalar bandwidth;                             ///< [byte/s] at device.clock
    Scalar sram, sram_bandwidth;                  ///< per unit
    Scalar power;                                 ///< [W] of the block at device.clock
    std::array<Scalar, kNumberFormatCount> rate;  ///< [op/s] per unit at device.clock
    Scalar repairable;       ///< [-] share of area in which a defect is survivable
    bool harvested = false;  ///< physical > sold: k-of-n
    friend bool operator==(const ResolvedBlock&, const ResolvedBlock&) = default;
};

struct ResolvedDie {
    std::string id;
    std::uint32_t node = 0;              ///< index into nodes
    std::uint32_t calibration_node = 0;  ///< node of the published outline
    std::vector<std::uint32_t> blocks;   ///< indices
    double calibration_width = 0.0;      ///< [m]; 0 without a published outline
    double calibration_height = 0.0;
    Scalar width, height;            ///< set when a side is prescribed (not the calibrated one)
    Scalar count;                    ///< in the package
    double calibration_count = 0.0;  ///< in the published package; 0: as many as now
    Scalar reuse;
    Scalar defect_density, clustering;  ///< node's or the design's own
    const YieldModel* yield_model = nullptr;
    const TestModel* test_model = nullptr;
    Scalar sort_cost_per_wafer, sort_coverage;
    Scalar design_nre, mask_set_count, software_nre, ip_nre, package_nre;
    int on_die = -1;              ///< index of the die it is stacked on; -1: it lies on the carrier
    bool reticle_exempt = false;  ///< wafer-scale
    friend bool operator==(const ResolvedDie&, const ResolvedDie&) = default;
};

struct ResolvedMemory {
    std::string id;
    bool on_package = true;          ///< else it sits on the board: no carrier area, no attach
    double calibration_count = 0.0;  ///< in the published package; 0: as many as now
    bool fine_pitch =
        false;              ///< HBM: a thousand wires and more, which no organic substrate carries
    Scalar rated_pin_rate;  ///< the stack's own [byte/s per pin]
    Scalar count, capacity, pin_rate, bus_width, energy, price_per_capacity, width, height,
        phy_shoreline, latency, efficiency, static_power;
    friend bool operator==(const ResolvedMemory&, const ResolvedMemory&) = default;
};

enum class LinkTopology { kSwitched, kFullyConnected, kRing, kTorus, kMesh };
inline constexpr std::array<std::string_view, 5> kLinkTopologyNames{"switched", "fully-connected",
                                                                    "ring", "torus", "mesh"};

struct ResolvedLink {
    std::string id;
    LinkTopology topology = LinkTopology::kSwitched;
    Scalar bandwidth, latency, energy, phy_area, phy_shoreline, reach, price_per_device,
        links_per_device;
    bool in_network_reduction = false;
    bool present = false;
    friend bool operator==(const ResolvedLink&, const ResolvedLink&) = default;
};

struct ResolvedPackage {
    std::string technology;
    const PackageFlow* flow = nullptr;
    std::vector<ResolvedMemory> memory;
    bool fine_pitch = false;  ///< an interposer, a bridge or fan-out wiring: carries HBM
    ResolvedLink d2d;
    Scalar substrate_cost, substrate_area_ratio, bump_cost, die_bond_yield, memory_attach_yield,
        assembly_yield, assembly_cost, interposer_wafer_price, interposer_area_ratio,
        max_interposer_area, die_spacing, edge_margin, stacked_bond_cost, stacked_bond_yield;
    Scalar final_test_cost, final_coverage, final_yield, burn_in_cost, system_level_cost;
    std::uint32_t wafer_node = 0;  ///< node whose wafer geometry the interposer uses
    friend bool operator==(const ResolvedPackage&, const ResolvedPackage&) = default;
};

/// Content behind the die-to-die bandwidth each kind of die must carry.
struct ResolvedNet {
    std::uint32_t from_die = 0;
    std::uint32_t to_die = 0;
    Scalar bandwidth;  ///< [byte/s] per direction
    friend bool operator==(const ResolvedNet&, const ResolvedNet&) = default;
};

struct ResolvedDevice {
    Scalar clock, vdd, power_limit, price, rental;
    Scalar max_clock;  ///< of the priced device, at the calibration clock's scale
    double calibration_clock = 0.0;
    double calibration_vdd = 0.0;  ///< [V]; 0: nominal at the calibration node
    double calibration_power_limit = 0.0;
    std::array<Scalar, kNumberFormatCount>
        energy_per_op;  ///< [J/op] at the fabric's node and voltage
    Scalar sram_energy, wire_energy;
    Scalar fabric_vdd;
    std::uint32_t fabric_node = 0;
    UnitKind unit_kind = UnitKind::kTensorCore;
    KernelConstants kernels;  ///< of the family under the stack
    /// Measured over predicted time of each section of kernels; 1 but for draws.
    std::array<Scalar, kKernelSectionCount> time_factor;
    Scalar achieved_compute, achieved_memory, achieved_link;  ///< of the data sheet's rates
    Scalar host_overhead_per_step;
    Scalar vendor_gross_margin;
    friend bool operator==(const ResolvedDevice&, const ResolvedDevice&) = default;
};

struct ResolvedSystem {
    bool present = false;
    Scalar accelerators_per_server;
    Scalar server_slots;  ///< accelerators that one chassis takes
    ResolvedLink scale_up, scale_out;
    Scalar chassis_price, network_price, server_power, network_power, failure_rate, repair_share,
        spares, server_life, mean_power_share;
    Scalar pue, capital, facility_life, cost_of_capital, operation, maintenance;
    friend bool operator==(const ResolvedSystem&, const ResolvedSystem&) = default;
};

struct ResolvedEdge {
    bool present = false;
    Scalar device_share, life, active_time, battery_capacity, battery_price, battery_cycles,
        charge_efficiency;
    friend bool operator==(const ResolvedEdge&, const ResolvedEdge&) = default;
};

struct ResolvedWorkload {
    bool present = false;
    std::string model_id;
    TransformerSpec model;
    NumberFormat weights = NumberFormat::kBf16;
    NumberFormat activations = NumberFormat::kBf16;
    NumberFormat kv = NumberFormat::kBf16;
    NumberFormat attention = NumberFormat::kBf16;  ///< weights around attention
    NumberFormat experts = NumberFormat::kBf16;    ///< weights of routed experts
    NumberFormat head = NumberFormat::kBf16;       ///< embedding and classifier
    Scalar input_tokens, output_tokens;
    friend bool operator==(const ResolvedWorkload&, const ResolvedWorkload&) = default;
};

struct ResolvedServing {
    const BatchingModel* batching = nullptr;
    bool search = true;
    Scalar tensor_parallel, pipeline_parallel, expert_parallel, data_parallel, context_parallel,
        batch;
    Scalar overlap;     ///< share of communication beside computation
    std::string stack;  ///< "" where the design and its family name none
    bool stack_is_plain = false;  ///< the family states nothing of its own for it
    bool chunked = false;  ///< prompts are prefilled in chunks beside decoding
    Scalar chunk_tokens, prefill_instances, decode_instances, prefix_cache_hit, draft_tokens,
        draft_acceptance, draft_cost, memory_share;
    friend bool operator==(const ResolvedServing&, const ResolvedServing&) = default;
};

enum class Perspective { kBuilder, kOwner, kRenter, kApi };
inline constexpr std::array<std::string_view, 4> kPerspectiveNames{"builder", "owner", "renter",
                                                                   "api"};

struct ResolvedScenario {
    Perspective perspective = Perspective::kOwner;
    Scalar year, utilisation, ttft_limit, tpot_limit, volume, electricity, carbon_intensity,
        model_refresh, refresh_nre;
    Scalar api_input, api_output;
    friend bool operator==(const ResolvedScenario&, const ResolvedScenario&) = default;
};

/// Everything but the numbers: shared by all samples and points of a study.
struct ResolvedTopology {
    std::string title;
    std::string status;
    std::vector<ResolvedNode> nodes;
    std::vector<ResolvedBlock> blocks;
    std::vector<ResolvedDie> dies;
    std::vector<ResolvedNet> nets;
    ResolvedPackage package;
    ResolvedDevice device;
    ResolvedSystem system;
    ResolvedEdge edge;
    ResolvedWorkload workload;
    ResolvedServing serving;
    ResolvedScenario scenario;
    /// The content that the device's price belongs to, over the same scalars; null when it is this
    /// content.
    std::shared_ptr<const ResolvedTopology> priced;
    std::vector<ScalarOrigin> origins;  ///< parallel to ResolvedDesign::scalars
};

/// A design with every id looked up and every number in one flat array: evaluation reads no string
/// and cannot fail by type.
struct ResolvedDesign {
    std::shared_ptr<const ResolvedTopology> topology;
    std::vector<double> scalars;

    double operator[](Scalar scalar) const { return scalars[scalar.index]; }
    /// The scalar's value, or `fallback` where the design leaves it out.
    [[nodiscard]] double get(Scalar scalar, double fallback) const {
        return scalar.is_set() ? scalars[scalar.index] : fallback;
    }
    const ResolvedTopology* operator->() const { return topology.get(); }
};

}  // namespace wafercast
