#include "performance/rate_device.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "energy/device_power.hpp"
#include "layout/place.hpp"
#include "math/math.hpp"
#include "performance/datapath.hpp"

namespace wafercast {
namespace {

using Formats = std::array<double, kNumberFormatCount>;

/// A clock this far above what node and calibration suggest may still be reached.
constexpr double kClockSlack = 1.1;
/// Exponent of the alpha-power law for short channels (2 would be the square law of long ones).
constexpr double kVelocitySaturation = 1.3;
/// Published bandwidths are rounded.
constexpr double kPinRateSlack = 1.02;

double dies_in_package(const ResolvedDesign& d, const ResolvedBlock& block) {
    return d.get(d->dies[block.die].count, 1.0);
}

/// Speed of blocks now against the clock their rates are stated at.
double clock_ratio(const ResolvedDesign& d) {
    const double calibrated = d->device.calibration_clock;
    return calibrated > 0.0 ? d.get(d->device.clock, calibrated) / calibrated : 1.0;
}

/// Fabric energy by format: its own figure, the next wider one's, else the widest there is.
Formats fabric_energies(const ResolvedDesign& d) {
    Formats stated{};
    double widest = 0.0;
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        stated[f] = d.get(d->device.energy_per_op[f], 0.0);
        widest = std::max(widest, stated[f]);
    }
    Formats energy{};
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        const auto found = next_wider(stated, static_cast<NumberFormat>(f));
        energy[f] = found ? stated[index(*found)] : widest;
    }
    return energy;
}

void rate_compute(const ResolvedDesign& d, const Formats& fabric, DeviceRating& rating) {
    const double speed = clock_ratio(d);
    Formats weighted{};
    std::vector<bool> counted(d->dies.size(), false);
    for (const ResolvedBlock& block : d->blocks) {
        const double units = sold_count(d, block) * dies_in_package(d, block);
        if (block.role == BlockRole::kCompute) {
            rating.compute_units += units;
            if (units > 0.0 && !counted[block.die]) {
                counted[block.die] = true;
                rating.compute_dies += dies_in_package(d, block);
            }
        }
        const double scale = switching_scale(d, d->dies[block.die].node);
        for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
            const double rate = units * d.get(block.rate[f], 0.0) * speed;
            rating.peak[f] += rate;
            weighted[f] += rate * scale;
        }
    }
    double fastest = 0.0;
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        if (rating.peak[f] > 0.0) {
            rating.energy_per_op[f] = fabric[f] * weighted[f] / rating.peak[f];
            rating.switching =
                rating.peak[f] > fastest ? weighted[f] / rating.peak[f] : rating.switching;
            fastest = std::max(fastest, rating.peak[f]);
        }
    }
}

/// Mean way from shared memory to its users: half the side of the die.
double half_side(const Layout& layout, std::uint32_t die) {
    return die < layout.dies.size() ? std::sqrt(layout.dies[die].area) / 2.0 : 0.0;
}

void rate_on_die_memory(const ResolvedDesign& d, const Layout& layout, DeviceRating& rating) {
    const double speed = clock_ratio(d);
    MemoryTier rom{.kind = MemoryTier::Kind::kRom, .writable = false};
    MemoryTier sram{.kind = MemoryTier::Kind::kSram};
    double sram_joules = 0.0;
    for (const ResolvedBlock& block : d->blocks) {
        const double dies = dies_in_package(d, block);
        const double capacity = sold_capacity(d, block) * dies;
        const double bandwidth = d.get(block.bandwidth, 0.0) * dies * speed;
        if (block.role == BlockRole::kRom) {
            rom.capacity += capacity;
            rom.bandwidth += bandwidth;
            continue;
        }
        const double units = sold_count(d, block) * dies;
        const double private_bytes = units * d.get(block.sram, 0.0);
        const double private_bandwidth = units * d.get(block.sram_bandwidth, 0.0) * speed;
        rating.on_chip_bytes += private_bytes;
        const bool shared = block.role == BlockRole::kSram;
        if (shared) {
            rating.on_chip_bytes += capacity;
            rating.cache_bytes += capacity;
        }
        if (block.role == BlockRole::kCompute) {
            rating.unit_bytes += private_bytes;
        }
        const std::uint32_t node = d->dies[block.die].node;
        if (shared && bandwidth > 0.0) {
            sram.capacity += capacity;
            sram.bandwidth += bandwidth;
            sram_joules += capacity * on_die_energy(d, node, half_side(layout, block.die));
        }
        if (private_bandwidth > 0.0) {
            sram.capacity += private_bytes;
            sram.bandwidth += private_bandwidth;
            sram_joules += private_bytes * on_die_energy(d, node, 0.0);
        }
    }
    auto add = [&rating](const MemoryTier& tier) {
        rating.tiers[static_cast<unsigned>(rating.tier_count++)] = tier;
    };
    if (rom.capacity > 0.0) {
        // The fabric's energy per operation holds the read of a weight next to its multiplier.
        // Without a stated bandwidth the array keeps up with the datapath.
        if (rom.bandwidth <= 0.0) {
            rom.bandwidth = *std::max_element(rating.peak.begin(), rating.peak.end());
        }
        add(rom);
    }
    if (sram.capacity > 0.0) {
        sram.energy_per_byte = sram_joules / sram.capacity;
        add(sram);
    }
}

void rate_stacks(const ResolvedDesign& d, DeviceRating& rating) {
    for (const ResolvedMemory& memory : d->package.memory) {
        const double count = d.get(memory.count, 0.0);
        if (count <= 0.0 || rating.tier_count >= kMaxTiers) {
            continue;
        }
        MemoryTier tier{
            .kind = MemoryTier::Kind::kStack,
            .capacity = count * d.get(memory.capacity, 0.0),
            .bandwidth = count * d.get(memory.pin_rate, 0.0) * d.get(memory.bus_width, 0.0),
            .energy_per_byte = d.get(memory.energy, 0.0),
            .latency = d.get(memory.latency, 0.0)};
        rating.tiers[static_cast<unsigned>(rating.tier_count++)] = tier;
    }
    const auto first =
        std::find_if(rating.tiers.begin(), rating.tiers.begin() + rating.tier_count,
                     [](const MemoryTier& t) { return t.kind == MemoryTier::Kind::kStack; });
    std::stable_sort(
        first, rating.tiers.begin() + rating.tier_count,
        [](const MemoryTier& a, const MemoryTier& b) { return a.bandwidth > b.bandwidth; });
    // The headline is the stacks where there are any, else what is on the die.
    const bool stacks = first != rating.tiers.begin() + rating.tier_count;
    for (int i = 0; i < rating.tier_count; ++i) {
        const MemoryTier& tier = rating.tiers[static_cast<unsigned>(i)];
        if (!stacks || tier.kind == MemoryTier::Kind::kStack) {
            rating.memory_bytes += tier.capacity;
            rating.memory_bytes_per_s += tier.bandwidth;
        }
    }
}

/// Memory traffic between dies, words spread evenly over all stacks: a die that computes a share c
/// of all work and attaches a share m of all memory takes in c (1 - m) of it and sends out m (1 -
/// c).
struct RemoteTraffic {
    double share = 0.0;      ///< of all traffic that leaves its die
    double bandwidth = 0.0;  ///< [byte/s] of memory that the links let through; 0: no limit
};

RemoteTraffic remote_traffic(const ResolvedDesign& d) {
    std::vector<double> compute(d->dies.size(), 0.0);
    std::vector<double> memory(d->dies.size(), 0.0);
    double all_compute = 0.0;
    double all_memory = 0.0;
    for (const ResolvedBlock& block : d->blocks) {
        const double dies = dies_in_package(d, block);
        const double units = sold_count(d, block);
        if (block.role == BlockRole::kMemoryPhy) {
            memory[block.die] += units;
            all_memory += units * dies;
        }
        double fastest = 0.0;
        for (const Scalar rate : block.rate) {
            fastest = std::max(fastest, d.get(rate, 0.0));
        }
        compute[block.die] += units * fastest;
        all_compute += units * fastest * dies;
    }
    RemoteTraffic traffic;
    if (d->nets.empty() || all_compute <= 0.0 || all_memory <= 0.0) {
        return traffic;
    }
    const std::vector<double> links = d2d_bandwidth(d);
    for (std::size_t i = 0; i < d->dies.size(); ++i) {
        const double dies = d.get(d->dies[i].count, 1.0);
        if (links[i] <= 0.0 || dies <= 0.0) {
            continue;  // what joins this die is not stated
        }
        const double c = compute[i] / all_compute;
        const double m = memory[i] / all_memory;
        traffic.share += dies * c * (1.0 - m);
        const double crossing = std::max(c * (1.0 - m), m * (1.0 - c));
        if (crossing > 0.0) {
            const double bound = links[i] / crossing;
            traffic.bandwidth =
                traffic.bandwidth > 0.0 ? std::min(traffic.bandwidth, bound) : bound;
        }
    }
    return traffic;
}

/// Stacks give no more than the links between the dies carry, and every byte that crosses costs the
/// link's energy.
void limit_by_links(const ResolvedDesign& d, DeviceRating& rating) {
    const RemoteTraffic traffic = remote_traffic(d);
    if (traffic.bandwidth <= 0.0) {
        return;
    }
    double stacks = 0.0;
    for (int i = 0; i < rating.tier_count; ++i) {
        const MemoryTier& tier = rating.tiers[static_cast<unsigned>(i)];
        stacks += tier.kind == MemoryTier::Kind::kStack ? tier.bandwidth : 0.0;
    }
    if (stacks <= 0.0) {
        return;
    }
    const double passed = std::min(1.0, traffic.bandwidth / stacks);
    const double joules = traffic.share * d.get(d->package.d2d.energy, 0.0);
    for (int i = 0; i < rating.tier_count; ++i) {
        MemoryTier& tier = rating.tiers[static_cast<unsigned>(i)];
        if (tier.kind == MemoryTier::Kind::kStack) {
            tier.bandwidth *= passed;
            tier.transit_energy_per_byte = joules;
        }
    }
    rating.memory_bytes_per_s -= stacks * (1.0 - passed);
}

/// A count in the published package, where there is one; else the count now.
double then_or_now(double then, double now) { return then > 0.0 ? then : now; }

double units_then(const ResolvedBlock& block) {
    return std::floor(block.calibration_count * block.sold_per_count + 1e-9);
}

/// Links follow the PHYs: a device with half of its link PHYs has half of its links.
double rate_links(const ResolvedDesign& d) {
    const ResolvedLink& link = d->system.scale_up;
    double stated = 0.0;
    double now = 0.0;
    double calibrated = 0.0;
    for (const ResolvedBlock& block : d->blocks) {
        if (block.role != BlockRole::kLinkPhy) {
            continue;
        }
        const double dies = dies_in_package(d, block);
        if (block.bandwidth.is_set()) {
            stated += d[block.bandwidth] * dies;
            continue;
        }
        now += sold_count(d, block) * dies;
        calibrated += units_then(block) * dies;
    }
    if (stated > 0.0 || !link.present) {
        return stated;
    }
    const double content = calibrated > 0.0 ? now / calibrated : 1.0;
    return d[link.bandwidth] * d.get(link.links_per_device, std::max(calibrated, 1.0)) * content;
}

/// Memory other than HBM keeps the number of PHYs that each part had in the published package.
void check_memory_phys(const ResolvedDesign& d, DeviceRating& rating) {
    double phys = 0.0;
    double phys_then = 0.0;
    for (const ResolvedBlock& block : d->blocks) {
        if (block.role == BlockRole::kMemoryPhy && !block.hbm_phy) {
            const double dies = dies_in_package(d, block);
            phys += sold_count(d, block) * dies;
            phys_then +=
                units_then(block) * then_or_now(d->dies[block.die].calibration_count, dies);
        }
    }
    double stacks = 0.0;
    double stacks_then = 0.0;
    for (const ResolvedMemory& memory : d->package.memory) {
        const double count = memory.fine_pitch ? 0.0 : d.get(memory.count, 0.0);
        stacks += count;
        stacks_then += memory.fine_pitch ? 0.0 : then_or_now(memory.calibration_count, count);
    }
    const double served = phys_then > 0.0 ? stacks_then * phys / phys_then : stacks;
    if (stacks > served * (1.0 + 1e-12)) {
        rating.violations.push_back(
            {.constraint = ConstraintId::kMemoryPhy, .value = stacks, .limit = served});
    }
}

double busiest_datapath(const Formats& peak, const Formats& energy) {
    double busiest = 0.0;
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        busiest = std::max(busiest, peak[f] * energy[f]);
    }
    return busiest;
}

double memory_power(const DeviceRating& rating) {
    double memory = 0.0;
    for (int i = 0; i < rating.tier_count; ++i) {
        const MemoryTier& tier = rating.tiers[static_cast<unsigned>(i)];
        memory += tier.bandwidth * (tier.energy_per_byte + tier.transit_energy_per_byte);
    }
    return memory;
}

/// What stacks and their static power draw less now than in the published package [W].
double missing_stack_power(const ResolvedDesign& d) {
    double power = 0.0;
    for (const ResolvedMemory& memory : d->package.memory) {
        const double now = d.get(memory.count, 0.0);
        const double bandwidth = d.get(memory.pin_rate, 0.0) * d.get(memory.bus_width, 0.0);
        power += (then_or_now(memory.calibration_count, now) - now) *
                 (bandwidth * d.get(memory.energy, 0.0) + d.get(memory.static_power, 0.0));
    }
    return power;
}

/// What dies leak and their blocks draw less now than in the published package [W].
double missing_static_power(const ResolvedDesign& d, const Layout& layout) {
    double power = 0.0;
    for (std::size_t i = 0; i < d->dies.size() && i < layout.dies.size(); ++i) {
        const ResolvedDie& die = d->dies[i];
        const double now = d.get(die.count, 1.0);
        const double then = then_or_now(die.calibration_count, now);
        for (std::size_t j = 0; j < die.blocks.size(); ++j) {
            const ResolvedBlock& block = d->blocks[die.blocks[j]];
            const double content = content_ratio(d, block);
            const double leakage = block_leakage(d, die, block, layout.dies[i].block_area[j]);
            const double ratio = content > 0.0 ? 1.0 / content : 1.0;
            power +=
                (then * ratio - now) * leakage + (then - now * content) * d.get(block.power, 0.0);
        }
    }
    return power;
}

/// Full power with the content, nodes and clock the calibrated limit belongs to.
double calibration_power(const ResolvedDesign& d, const Formats& fabric, const DeviceRating& rating,
                         const Layout& layout) {
    Formats peak{};
    Formats energy{};
    for (const ResolvedBlock& block : d->blocks) {
        const ResolvedDie& die = d->dies[block.die];
        const double dies = then_or_now(die.calibration_count, d.get(die.count, 1.0));
        const double units = units_then(block) * dies;
        const double scale = calibration_switching_scale(d, die);
        const auto& then = block.calibration_rate;
        const bool known = *std::max_element(then.begin(), then.end()) > 0.0;
        for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
            const double rate = units * (known ? then[f] : d.get(block.rate[f], 0.0));
            peak[f] += rate;
            energy[f] += rate * scale * fabric[f];
        }
    }
    for (std::size_t f = 0; f < kNumberFormatCount; ++f) {
        energy[f] = peak[f] > 0.0 ? energy[f] / peak[f] : 0.0;
    }
    return rating.static_power + missing_static_power(d, layout) + memory_power(rating) +
           missing_stack_power(d) + busiest_datapath(peak, energy);
}

void rate_power(const ResolvedDesign& d, const Formats& fabric, const Layout& layout,
                DeviceRating& rating) {
    rating.static_power = static_power(d, layout);
    rating.full_power = rating.static_power + memory_power(rating) +
                        busiest_datapath(rating.peak, rating.energy_per_op);
    rating.power_limit = d.get(d->device.power_limit, rating.full_power);
    const double calibrated = d->device.calibration_power_limit;
    const double at_calibration =
        calibrated > 0.0 ? calibration_power(d, fabric, rating, layout) : 0.0;
    const double rated =
        at_calibration > 0.0 ? calibrated * rating.full_power / at_calibration : rating.full_power;
    rating.power = std::min(rating.power_limit, rated);
}

/// Alpha-power law: what the clock is proportional to at supply `vdd`, 0 at or below the threshold.
/// A node without a threshold knows no such law.
double supply_speed(const ResolvedDesign& d, const ResolvedNode& node, double vdd) {
    if (!node.threshold_voltage.is_set()) {
        return 1.0;
    }
    const double overdrive = vdd - d[node.threshold_voltage];
    return overdrive > 0.0 ? math::pow(overdrive, kVelocitySaturation) / vdd : 0.0;
}

/// Clock that the blocks of a die reach at the device's supply, from the one at calibration: to
/// nominal supply there, across the nodes, and to the supply here.
double reachable_clock(const ResolvedDesign& d, const ResolvedDie& die) {
    const auto& device = d->device;
    const ResolvedNode& then = d->nodes[die.calibration_node];
    const ResolvedNode& now = d->nodes[die.node];
    const double nominal_then = d.get(then.vdd, 1.0);
    const double nominal_now = d.get(now.vdd, 1.0);
    const double vdd_then = device.calibration_vdd > 0.0 ? device.calibration_vdd : nominal_then;
    const double vdd_now = d.get(device.vdd, nominal_now);
    const double node = d.get(now.speed_scale, 1.0) / d.get(then.speed_scale, 1.0);
    if (&then == &now && vdd_then == vdd_now) {
        return kClockSlack * device.calibration_clock;
    }
    const double before = supply_speed(d, then, vdd_then);
    const double nominal_speed_now = supply_speed(d, now, nominal_now);
    if (before <= 0.0 || nominal_speed_now <= 0.0) {
        return 0.0;
    }
    const double supply = supply_speed(d, then, nominal_then) / before *
                          supply_speed(d, now, vdd_now) / nominal_speed_now;
    // The slack is a part's own and is not there twice: who lowers the supply has spent it.
    return (supply < 1.0 ? 1.0 : kClockSlack) * device.calibration_clock * node * supply;
}

void check_clock(const ResolvedDesign& d, DeviceRating& rating) {
    double reachable = std::numeric_limits<double>::infinity();
    double lowest_margin = std::numeric_limits<double>::infinity();
    FlatViolation supply{.constraint = ConstraintId::kSupply};
    for (const ResolvedBlock& block : d->blocks) {
        if (block.role != BlockRole::kCompute) {
            continue;
        }
        const ResolvedDie& die = d->dies[block.die];
        reachable = std::min(reachable, reachable_clock(d, die));
        const ResolvedNode& node = d->nodes[die.node];
        if (!node.threshold_voltage.is_set() || !(node.vdd.is_set() || d->device.vdd.is_set())) {
            continue;
        }
        const double vdd = d.get(d->device.vdd, d.get(node.vdd, 0.0));
        const double margin = vdd - d[node.threshold_voltage];
        if (margin < lowest_margin) {
            lowest_margin = margin;
            supply.value = vdd;
            supply.limit = d[node.threshold_voltage];
            supply.subject = static_cast<int>(block.die);
        }
    }
    if (lowest_margin <= 0.0) {
        rating.violations.push_back(supply);
    } else if (d->device.calibration_clock > 0.0 && rating.clock > reachable) {
        rating.violations.push_back(
            {.constraint = ConstraintId::kClock, .value = rating.clock, .limit = reachable});
    }
}

/// HBM needs wiring that carries it, a PHY for each stack, and a rate that it is made for.
void check_memory(const ResolvedDesign& d, DeviceRating& rating) {
    double stacks = 0.0;
    for (const ResolvedMemory& memory : d->package.memory) {
        const double count = d.get(memory.count, 0.0);
        stacks += memory.fine_pitch ? count : 0.0;
        const double pins = d.get(memory.pin_rate, 0.0);
        const double rated = d.get(memory.rated_pin_rate, pins);
        if (count > 0.0 && pins > kPinRateSlack * rated) {
            rating.violations.push_back(
                {.constraint = ConstraintId::kPinRate, .value = pins, .limit = rated});
        }
    }
    double phys = 0.0;
    for (const ResolvedBlock& block : d->blocks) {
        phys += block.hbm_phy ? sold_count(d, block) * dies_in_package(d, block) : 0.0;
    }
    if (stacks > 0.0 && !d->package.fine_pitch) {
        rating.violations.push_back(
            {.constraint = ConstraintId::kFinePitch, .value = stacks, .limit = 0.0});
    }
    if (stacks > phys) {
        rating.violations.push_back(
            {.constraint = ConstraintId::kMemoryPhy, .value = stacks, .limit = phys});
    }
}

void check_server(const ResolvedDesign& d, DeviceRating& rating) {
    const double asked = d.get(d->system.accelerators_per_server, 0.0);
    const double slots = d.get(d->system.server_slots, asked);
    if (asked > slots) {
        rating.violations.push_back(
            {.constraint = ConstraintId::kServerSlots, .value = asked, .limit = slots});
    }
}

}  // namespace

double sold_count(const ResolvedDesign& d, const ResolvedBlock& block) {
    return block.sold_is_explicit
               ? d[block.sold]
               : std::floor(d.get(block.count, 1.0) * block.sold_per_count + 1e-9);
}

double sold_capacity(const ResolvedDesign& d, const ResolvedBlock& block) {
    return block.sold_capacity_is_explicit ? d[block.sold_capacity]
                                           : d.get(block.capacity, 0.0) * block.sold_per_capacity;
}

DeviceRating rate_device(const ResolvedDesign& d, const Layout& layout, const Context&) {
    DeviceRating rating;
    rating.clock = d.get(d->device.clock, d->device.calibration_clock);
    rating.max_clock =
        std::max(rating.clock, d.get(d->device.max_clock, rating.clock) * clock_ratio(d));
    const Formats fabric = fabric_energies(d);
    rate_compute(d, fabric, rating);
    rate_on_die_memory(d, layout, rating);
    rating.unit_bytes /= std::max(rating.compute_units, 1.0);
    rate_stacks(d, rating);
    limit_by_links(d, rating);
    rating.link_bytes_per_s = rate_links(d);
    for (std::size_t i = 0; i < d->dies.size() && i < layout.dies.size(); ++i) {
        rating.silicon_area += layout.dies[i].area * d.get(d->dies[i].count, 1.0);
    }
    rate_power(d, fabric, layout, rating);
    check_clock(d, rating);
    check_memory_phys(d, rating);
    check_memory(d, rating);
    check_server(d, rating);
    return rating;
}

}  // namespace wafercast
