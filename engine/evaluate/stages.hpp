#pragma once

#include <array>
#include <vector>

#include "core/number_format.hpp"

/// Flat outputs of the stages of an evaluation, in SI base units (m, s, J, byte, USD, token, op).
/// No strings, no pointers: a fast path copies and compares them as numbers.
namespace wafercast {

enum class ConstraintId {
    kReticle,         ///< longer excess side of a die against the field [m]
    kInterposerArea,  ///< [m2]
    kWaferDies,       ///< whole dies per wafer, at least 1
    kMemoryCapacity,  ///< bytes an instance needs against what it has, largest mapping tried
    kTtft,            ///< [s]
    kTpot,            ///< [s]
    kPower,           ///< power at the lowest clock against the limit [W]
    kClock,           ///< asked clock against what the node reaches [Hz]
    kShoreline,       ///< PHY edge against die edge [m]
    kNotConverged,    ///< fixed point stopped at its cap [iterations]
    kNoMapping,       ///< asked ranks of a kind against what the model allows
    kCompute,         ///< sold units with a datapath for the workload, at least 1
    kMemoryPhy,       ///< memory stacks against what the sold PHYs serve
    kLink,            ///< accelerators of an instance against those that links join
    kSupply,          ///< supply against the threshold voltage [V]
    kFinePitch,       ///< HBM stacks against those that the package can wire, none
    kPinRate,         ///< pin rate against the stack's own [byte/s]
    kServerSlots,     ///< accelerators in a server against those its chassis takes
    kCount
};
inline constexpr std::size_t kConstraintCount = static_cast<std::size_t>(ConstraintId::kCount);

/// A broken limit: a result, not an error. `value` and `limit` in base units.
struct FlatViolation {
    ConstraintId constraint = ConstraintId::kReticle;
    double value = 0.0;
    double limit = 0.0;
    int subject = -1;  ///< index of the die where it makes sense
    friend bool operator==(const FlatViolation&, const FlatViolation&) = default;
};
using FlatViolations = std::vector<FlatViolation>;

struct PlacedDie {
    double area = 0.0;
    double width = 0.0;
    double height = 0.0;
    std::vector<double> block_area;  ///< parallel to ResolvedDie::blocks
    double d2d_area = 0.0;           ///< PHYs added for nets that leave the die
    friend bool operator==(const PlacedDie&, const PlacedDie&) = default;
};

/// A rectangle on the package, origin at the package's lower left [m].
struct PackageRect {
    enum class Kind { kDie, kMemory, kInterposer, kSubstrate } kind = Kind::kDie;
    int index = 0;  ///< die or memory index
    double x = 0.0, y = 0.0, width = 0.0, height = 0.0;
    friend bool operator==(const PackageRect&, const PackageRect&) = default;
};

struct Layout {
    std::vector<PlacedDie> dies;
    std::vector<PackageRect> rects;
    double interposer_area = 0.0;  ///< 0 without an interposer
    double interposer_width = 0.0, interposer_height = 0.0;
    double substrate_area = 0.0;
    FlatViolations violations;
    friend bool operator==(const Layout&, const Layout&) = default;
};

struct DieCost {
    double gross_dies = 0.0;  ///< whole dies per wafer
    double partial_dies = 0.0;
    double yield = 0.0;             ///< no defect anywhere
    double sellable_yield = 0.0;    ///< after harvesting and repair
    double repairable_share = 0.0;  ///< of the die's area
    double wafer_price = 0.0;
    double silicon_cost = 0.0;      ///< wafer price / gross dies
    double sort_cost = 0.0;         ///< per gross die
    double pass_share = 0.0;        ///< of gross dies that pass sort
    double outgoing_quality = 0.0;  ///< good share of passing dies
    double cost = 0.0;              ///< per passing die: (silicon + sort) / pass_share
    double mask_nre = 0.0;          ///< total, before amortisation, after reuse
    double design_nre = 0.0;        ///< design + software + IP, likewise
    friend bool operator==(const DieCost&, const DieCost&) = default;
};

struct SiliconCost {
    std::vector<DieCost> dies;
    double nre = 0.0;  ///< all dies [USD]
    FlatViolations violations;
    friend bool operator==(const SiliconCost&, const SiliconCost&) = default;
};

/// Per good package. `total` is the sum of the parts.
struct PackageCost {
    double dies = 0.0;
    double memory = 0.0;
    double interposer = 0.0;
    double substrate = 0.0;
    double assembly = 0.0;
    double test = 0.0;
    double scrap = 0.0;  ///< value lost with packages that fail
    double yield = 0.0;  ///< of assembly and final test
    double interposers_per_wafer = 0.0;
    double nre = 0.0;  ///< package NRE, total
    double total = 0.0;
    FlatViolations violations;
    friend bool operator==(const PackageCost&, const PackageCost&) = default;
};

/// A level that can hold tensors.
struct MemoryTier {
    enum class Kind { kSram, kRom, kStack } kind = Kind::kStack;
    double capacity = 0.0;                 ///< [byte] sold
    double bandwidth = 0.0;                ///< [byte/s] peak
    double energy_per_byte = 0.0;          ///< [J/byte]
    double transit_energy_per_byte = 0.0;  ///< [J/byte] between dies, mean over all traffic
    double latency = 0.0;
    bool writable = true;
    friend bool operator==(const MemoryTier&, const MemoryTier&) = default;
};
inline constexpr int kMaxTiers = 4;

struct DeviceRating {
    double clock = 0.0;      ///< [Hz]
    double max_clock = 0.0;  ///< [Hz] that short kernels run at
    double switching =
        1.0;  ///< energy of an operation over that where the fabric was characterised
    std::array<double, kNumberFormatCount> peak =
        {};  ///< [op/s] dense at clock, 0: no such datapath
    std::array<double, kNumberFormatCount> energy_per_op =
        {};                                        ///< [J/op] at the device's node and voltage
    std::array<MemoryTier, kMaxTiers> tiers = {};  ///< nearest first
    int tier_count = 0;
    double on_chip_bytes = 0.0;  ///< SRAM that caches stacks, all kinds
    double cache_bytes = 0.0;    ///< of it, shared by all units of a die
    double unit_bytes = 0.0;     ///< SRAM of one compute unit, mean
    double compute_dies = 0.0;
    double memory_bytes = 0.0;        ///< headline capacity: stacks, else on-die
    double memory_bytes_per_s = 0.0;  ///< headline bandwidth
    double link_bytes_per_s = 0.0;    ///< scale-up, per direction, per device
    double static_power = 0.0;        ///< leakage, PHYs idle, fixed blocks [W]
    double full_power = 0.0;          ///< everything busy at clock, uncapped [W]
    double power = 0.0;               ///< rated: scales with content from the calibrated limit [W]
    double power_limit = 0.0;         ///< [W]
    double compute_units = 0.0;       ///< sold
    double silicon_area = 0.0;        ///< all dies in the package [m2]
    FlatViolations violations;
    friend bool operator==(const DeviceRating&, const DeviceRating&) = default;
};

/// Devices of an instance. Each of `pipeline` stages has `tensor` of them: `data` groups attend to
/// different sequences, heads are split inside a group, `context` devices of a group share the
/// tokens of a KV cache in decode; `expert` groups share the routed experts.
struct Mapping {
    int tensor = 1;
    int pipeline = 1;
    int expert = 1;
    int data = 1;
    int context = 1;
    [[nodiscard]] int devices() const {
        return tensor * pipeline;
    }  ///< experts spread over tensor ranks
    friend bool operator==(const Mapping&, const Mapping&) = default;
};

enum class Bound { kNone, kCompute, kMemory, kNetwork, kLatency, kPower, kCapacity };
inline constexpr std::array<const char*, 7> kBoundNames{"none",    "compute", "memory",  "network",
                                                        "latency", "power",   "capacity"};

/// Where the energy of one output token goes, at the device's pins, whole instance [J].
struct EnergySplit {
    double compute = 0.0;
    double on_chip = 0.0;
    double memory = 0.0;
    double network = 0.0;
    double leakage = 0.0;  ///< static power of the accelerators
    double host = 0.0;     ///< servers and network gear
    [[nodiscard]] double total() const {
        return compute + on_chip + memory + network + leakage + host;
    }
    friend bool operator==(const EnergySplit&, const EnergySplit&) = default;
};

struct Serving {
    Mapping mapping;
    double accelerators = 0.0;    ///< devices per instance
    double batch = 0.0;           ///< sequences in flight, time average at full load
    double batch_capacity = 0.0;  ///< sequences whose KV fits
    double prefill_s = 0.0;       ///< one request alone
    double decode_step_s = 0.0;   ///< one step at `batch`, prefill interference left out
    double ttft_s = 0.0;
    double tpot_s = 0.0;             ///< between output tokens, prefill interference included
    double tokens_per_second = 0.0;  ///< output tokens, instance at full load
    double input_tokens_per_second = 0.0;
    double prefill_time_share = 0.0;  ///< of device time spent on prefill
    double clock_factor = 1.0;        ///< throttled clock / clock, mean
    double throttle = 1.0;            ///< of it, what the whole pass is held to
    double device_power = 0.0;        ///< average of one accelerator at full load [W]
    double mfu = 0.0, mbu = 0.0;
    double weight_bytes = 0.0;           ///< per device
    double kv_bytes_per_sequence = 0.0;  ///< whole instance, at mean length
    int kv_tier = 0;                     ///< home of the KV cache, index into DeviceRating::tiers
    EnergySplit energy;                  ///< per output token
    double operations_per_token = 0.0;   ///< of prefill and decode, per output token [op]
    Bound bound = Bound::kNone;
    FlatViolations violations;
    friend bool operator==(const Serving&, const Serving&) = default;
};

/// One owner-or-builder cost line per output-side accounting period, all in USD per hour and
/// instance.
struct HourlyCost {
    double accelerators = 0.0;
    double server = 0.0;
    double network = 0.0;
    double facility = 0.0;
    double financing = 0.0;
    double energy = 0.0;
    double operation = 0.0;
    double maintenance = 0.0;  ///< repair and spares
    double model_refresh = 0.0;
    double rental = 0.0;  ///< renter only
    [[nodiscard]] double total() const {
        return accelerators + server + network + facility + financing + energy + operation +
               maintenance + model_refresh + rental;
    }
    friend bool operator==(const HourlyCost&, const HourlyCost&) = default;
};

struct TokenEconomics {
    double usd_per_mtok = 0.0;
    double usd_per_mtok_input = 0.0;
    double usd_per_mtok_output = 0.0;
    double usd_per_mtok_output_all_in = 0.0;
    double joules_per_token = 0.0;  ///< facility energy per output token
    double it_joules_per_token = 0.0;
    double tokens_per_second =
        0.0;  ///< output tokens per instance at full load; `utilisation` of it is sold
    double tokens_per_second_per_accelerator = 0.0;
    double accelerators = 0.0;
    double tokens_per_second_per_user = 0.0;
    double ttft_s = 0.0, tpot_s = 0.0;
    double utilisation = 0.0, mfu = 0.0, mbu = 0.0;
    friend bool operator==(const TokenEconomics&, const TokenEconomics&) = default;
};

inline constexpr std::size_t kPerspectiveCount = 4;

struct Economics {
    std::array<HourlyCost, kPerspectiveCount> hourly = {};    ///< by Perspective
    std::array<double, kPerspectiveCount> usd_per_mtok = {};  ///< NaN: no price known for that side
    double implied_margin = 0.0;     ///< api price against the owner's cost; NaN: unknown
    double accelerator_cost = 0.0;   ///< builder: package + NRE share [USD]
    double accelerator_price = 0.0;  ///< owner [USD]; NaN: unknown and no margin to build it from
    double nre = 0.0;                ///< all NRE [USD]
    double nre_per_accelerator = 0.0;
    TokenEconomics tokens;  ///< of the scenario's perspective
    friend bool operator==(const Economics&, const Economics&) = default;
};

/// One point, evaluated: every stage's numbers.
struct Metrics {
    Layout layout;
    SiliconCost silicon;
    PackageCost package;
    DeviceRating device;
    Serving serving;  ///< zeros without a workload
    Economics economics;
    bool has_workload = false;
    [[nodiscard]] bool feasible() const {
        return layout.violations.empty() && silicon.violations.empty() &&
               package.violations.empty() && device.violations.empty() &&
               serving.violations.empty();
    }
    friend bool operator==(const Metrics&, const Metrics&) = default;
};

/// One operator of the chosen mapping and batch; filled for people, not in sweeps.
struct OperatorTiming {
    const char* name = "";
    const char* phase = "";  ///< "prefill" or "decode"
    double count = 1.0;      ///< times per pass
    double seconds = 0.0;    ///< all of them
    double flops = 0.0;      ///< per device, all of them
    double bytes = 0.0;      ///< main-memory traffic per device, all of them
    Bound bound = Bound::kNone;
};

}  // namespace wafercast
