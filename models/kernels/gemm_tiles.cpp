#include "kernels/gemm_tiles.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <tuple>

#include "performance/datapath.hpp"

namespace wafercast {
namespace {

constexpr double kDefaultClock = 1e9;  // [Hz] of a device that states none
/// What a unit's accumulators hold [element]: 64 K registers of 32 bits, half of them free.
constexpr double kTileElements = 32768.0;
/// A unit alone gets more than its share of the cache's ports.
constexpr double kUnitFeedAlone = 1.4;
constexpr double kFeedWidth = 64.0;  // [byte/cycle] from the cache into a unit
/// [op/s] in 16 bits of the largest unit whose ports are known. A larger one is several: a core
/// with many systolic arrays, or all of a device that does not state its units.
constexpr double kLargestUnit = 20e12;
constexpr double kLeastPart = 64.0;  // depth of a part
constexpr double kManyTiles = 32.0;  // of a unit: its last one is a small part of the time
constexpr double kFewTiles = 4.0;    // of a unit, that are worth parts
constexpr double kStep = 32.0;       // of the loop over depth
constexpr double kSparseWeightBytes = 9.0 / 16.0;
constexpr double kSparseRate = 2.0;

constexpr std::array kFineSides{256.0, 192.0, 160.0, 128.0, 96.0, 80.0, 64.0, 48.0, 32.0, 16.0};
constexpr std::array kPowerSides{256.0, 128.0, 64.0, 32.0, 16.0};
constexpr std::array kParts{1.0,  2.0,  3.0,  4.0,  5.0,  6.0,  8.0, 10.0,
                            12.0, 16.0, 20.0, 24.0, 32.0, 48.0, 64.0};

inline double fourth(double x) {
    const double square = x * x;
    return square * square;
}

/// The next whole number, of lengths and counts: std::ceil is a call where the CPU may lack one.
inline double whole_up(double x) {
    constexpr double kLargest = 4e18;
    if (!(x < kLargest)) {
        return x;
    }
    const auto below = static_cast<double>(static_cast<std::int64_t>(x));
    return below + static_cast<double>(below < x);
}

double share(double x) { return std::clamp(x, 0.0, 1.0); }

/// A side of a tile, and how many of it cover a length.
struct Side {
    double length, count;
};

struct Sides {
    std::array<Side, kFineSides.size()> side;
    std::size_t count = 0;
    [[nodiscard]] std::span<const Side> all() const { return {side.data(), count}; }
};

/// Sides worth a try along a length, the longest first: of those that make the same number of tiles
/// the shortest.
Sides sides_for(const TiledGemm& gemm, double length) {
    Sides kept;
    const std::span<const double> sides = gemm.fine_tiles ? std::span<const double>{kFineSides}
                                                          : std::span<const double>{kPowerSides};
    const double scale = gemm.kind == UnitKind::kSystolic ? gemm.array / 64.0 : 1.0;
    for (const double side : sides) {
        if (side < gemm.least_side) {
            break;
        }
        const Side next{side * scale, whole_up(length / (side * scale))};
        if (kept.count > 0 && kept.side[kept.count - 1].count == next.count) {
            --kept.count;
        }
        kept.side[kept.count++] = next;
    }
    return kept;
}

Sides only(double side, double length) {
    Sides one;
    one.side[one.count++] = {side, whole_up(length / side)};
    return one;
}

/// A library with one tile halves it along a result that is shorter, and runs it in clusters of two
/// where there are more rows than half of it has.
Sides row_sides(const TiledGemm& gemm) {
    if (gemm.only_tile <= 0.0) {
        return sides_for(gemm, gemm.m);
    }
    const double half = gemm.only_tile / 2.0;
    Sides one = only(gemm.m > gemm.only_tile ? gemm.only_tile : half, gemm.m);
    if (gemm.m > half) {
        one.side[0].count = 2.0 * whole_up(one.side[0].count / 2.0);
    }
    return one;
}

Sides column_sides(const TiledGemm& gemm) {
    const double half = gemm.only_tile / 2.0;
    return gemm.only_tile > 0.0 ? only(gemm.m > half ? gemm.only_tile : half, gemm.n)
                                : sides_for(gemm, gemm.n);
}

inline bool fits(const TiledGemm& gemm, double rows, double columns) {
    const double most =
        gemm.kind == UnitKind::kSystolic ? 8.0 * gemm.array * gemm.array : kTileElements;
    return rows * columns <= most;
}

struct TileSides {
    Side rows, columns;
};

/// Tiles worth a try: for each number of rows the widest that fits, and narrower ones as long as a
/// unit has few of them; more would level nothing that fewer do not.
struct TileList {
    std::array<TileSides, kFineSides.size() * kFineSides.size()> tile;
    std::size_t count = 0;

    explicit TileList(const TiledGemm& gemm) {
        const Sides down = row_sides(gemm), across = column_sides(gemm);
        const double most = kManyTiles * gemm.units / gemm.batches;
        for (const Side& rows : down.all()) {
            bool widest = true;
            for (const Side& columns : across.all()) {
                if (!fits(gemm, rows.length, columns.length)) {
                    continue;
                }
                if (!widest && rows.count * columns.count > most) {
                    break;
                }
                tile[count++] = {rows, columns};
                widest = false;
            }
        }
    }
    [[nodiscard]] std::span<const TileSides> all() const { return {tile.data(), count}; }
};

/// Operations of a tile of depth k, as the unit counts them [op].
inline double tile_operations(const TiledGemm& gemm, double rows, double columns, double depth) {
    switch (gemm.kind) {
        case UnitKind::kTensorCore:
            return 2.0 * rows * columns * depth;
        case UnitKind::kSystolic: {
            // The wavefront needs the sides of the array to enter and to leave: with every tile of
            // sums that stay, once where the next weights shift in while rows still stream.
            const double a = gemm.array;
            const double across = whole_up(rows / a), along = whole_up(columns / a);
            const double sums_stay = across * along * (depth + 2.0 * a - 2.0);
            const double streamed = std::max(std::min(rows, gemm.m), a * gemm.shift);
            const double weights_stay = along * whole_up(depth / a) * streamed + 2.0 * a - 2.0;
            return 2.0 * a * a * std::min(sums_stay, weights_stay);
        }
        case UnitKind::kVector:
        case UnitKind::kInMemory:
        case UnitKind::kRomWeights:
            break;
    }
    return 2.0 * std::min(rows, gemm.m) * std::min(columns, gemm.n) * depth;
}

/// Tiles of one shape, before the depth is cut.
struct TileShape {
    Side rows, columns;
    double tiles = 0.0;     ///< of all batches
    double operands = 0.0;  ///< bytes that a tile takes in for each step in depth
};

inline TileShape tile_shape(const TiledGemm& gemm, const Side& rows, const Side& columns) {
    TileShape shape{rows, columns, gemm.batches * rows.count * columns.count, 0.0};
    const double x = gemm.input_bytes * std::min(rows.length, gemm.m);
    const double w = gemm.weight_bytes * std::min(columns.length, gemm.n);
    const double longer = std::min(gemm.multicast, 1.0);
    const double shorter = std::clamp(gemm.multicast - 1.0, 0.0, 1.0);
    shape.operands = x + w - 0.5 * (longer * std::max(x, w) + shorter * std::min(x, w));
    return shape;
}

/// Traffic when every operand is read once [byte].
double least_bytes(const TiledGemm& gemm) {
    return gemm.batches * (gemm.m * gemm.k * gemm.input_bytes * gemm.missed_inputs +
                           gemm.k * gemm.n * gemm.weight_bytes * gemm.missed_weights +
                           gemm.m * gemm.n * gemm.output_bytes * gemm.missed_outputs);
}

/// Traffic that comes on top [byte]: units that run together form a block of tiles and share its
/// rows and columns; the next block reads again what the cache has lost.
double bytes_again(const TiledGemm& gemm, const TileShape& shape) {
    if (!(gemm.missed_again > 0.0)) {
        return 0.0;
    }
    const double all_down = shape.rows.count, all_across = shape.columns.count;
    if (all_down * all_across <= gemm.units) {
        return 0.0;  // one block
    }
    const double together = std::min(all_down * all_across, gemm.units);
    const double square = std::sqrt(together * shape.columns.length / shape.rows.length);
    const double across =
        std::min(all_across, std::max(1.0, together / std::min(all_down, std::max(1.0, square))));
    const double down = std::min(all_down, together / across);
    return gemm.missed_again * gemm.batches * gemm.k *
           (gemm.n * gemm.weight_bytes * (all_down / down - 1.0) +
            gemm.m * gemm.input_bytes * (all_across / across - 1.0));
}

inline double fixed_time(const TiledGemm& gemm, double parts) {
    return parts > 1.0 ? gemm.launch + gemm.split +
                             (parts + 1.0) * gemm.batches * gemm.m * gemm.n * 4.0 * gemm.split_byte
                       : gemm.launch;
}

/// What one unit takes for its share of the tiles, by what may bound it.
struct UnitTime {
    double ends = 0.0, math = 0.0, feed = 0.0, chain = 0.0, waves = 0.0;
};

/// Depth of a part, whole steps of the loop.
inline double part_depth(const TiledGemm& gemm, double parts) {
    return whole_up((parts == 1.0 ? gemm.k : gemm.k / parts) * (1.0 / kStep)) * kStep;
}

inline UnitTime unit_time(const TiledGemm& gemm, const TileShape& shape, double parts,
                          double depth) {
    constexpr double kRounding = 1e-9;  // of the quotient, which is a product here
    const double tiles = shape.tiles * parts;
    const double rows = shape.rows.length, columns = shape.columns.length;
    UnitTime unit;
    unit.waves = whole_up(tiles * gemm.per_unit - kRounding);
    unit.ends = unit.waves * (gemm.wave + rows * columns * gemm.output_bytes * gemm.store);
    unit.math = unit.waves * tile_operations(gemm, rows, columns, depth) * gemm.op;
    unit.feed = shape.operands * depth * std::max(tiles * gemm.feed, unit.waves * gemm.unit_feed);
    unit.chain = unit.waves * depth * gemm.chain;
    return unit;
}

/// The fourth power of the time of a unit is at least this: (e + r)^4 - r^4 grows with r, which is
/// at least the largest of what r is the norm of.
inline double least_unit(const UnitTime& unit) {
    const double largest = std::max(unit.math, std::max(unit.feed, unit.chain));
    return fourth(unit.ends + largest) +
           (fourth(unit.math) + fourth(unit.feed) + fourth(unit.chain) - fourth(largest));
}

TiledTime time_of(const TiledGemm& gemm, const TileShape& shape, double parts, double bytes,
                  const UnitTime& unit) {
    const double loop =
        std::sqrt(std::sqrt(fourth(unit.math) + fourth(unit.feed) + fourth(unit.chain)));
    TiledTime time;
    time.bytes = bytes;
    time.memory = bytes * gemm.memory;
    time.compute = unit.math;
    const double fixed = fixed_time(gemm, parts);
    time.fixed = fixed + unit.waves * gemm.wave;
    time.seconds = fixed + std::sqrt(std::sqrt(fourth(unit.ends + loop) + fourth(time.memory)));
    time.tiling = {shape.rows.length, shape.columns.length, parts};
    return time;
}

/// Where the units have many tiles each, none idles for long and parts gain nothing.
inline bool few_tiles(const TiledGemm& gemm, double tiles) {
    return tiles <= kFewTiles * gemm.units;
}

inline bool may_part(const TiledGemm& gemm, const TileShape& shape, double parts) {
    return parts == 1.0 || (parts <= gemm.most_parts && gemm.k >= parts * kLeastPart &&
                            few_tiles(gemm, shape.tiles));
}

/// The best tiling so far, and what it rules out.
class Search {
public:
    explicit Search(const TiledGemm& gemm)
        : gemm_{gemm},
          bytes_{least_bytes(gemm)},
          depth_{part_depth(gemm, 1.0)},
          two_parts_{fixed_time(gemm, 2.0)} {
        best_.seconds = std::numeric_limits<double>::infinity();
        least_memory_ = fourth(bytes_ * gemm.memory);
    }

    /// What a shape takes in one part at least, to the fourth power.
    [[nodiscard]] double least_whole(const TileShape& shape) const {
        return least_unit(unit_time(gemm_, shape, 1.0, depth_)) + least_memory_;
    }

    [[nodiscard]] bool whole_ruled_out(double least) const {
        return ruled_out(gemm_.launch, least);
    }

    void try_shape(const TileShape& shape, bool whole) {
        double least = 0.0;
        bool parts = may_part(gemm_, shape, 2.0);
        if (parts) {
            // No number of parts lessens the work of all units together.
            const double math =
                shape.tiles * gemm_.per_unit * gemm_.op *
                tile_operations(gemm_, shape.rows.length, shape.columns.length, gemm_.k);
            const double feed = shape.tiles * shape.operands * gemm_.k * gemm_.feed;
            least = fourth(math) + fourth(feed) + least_memory_;
            parts = !ruled_out(two_parts_, least);
        }
        if (!whole && !parts) {
            return;
        }
        const double bytes = bytes_ + bytes_again(gemm_, shape);
        const double memory = fourth(bytes * gemm_.memory);
        if (whole) {
            try_parts(shape, 1.0, depth_, bytes, memory);
        }
        for (std::size_t i = 1; parts && i < kParts.size(); ++i) {
            if (!may_part(gemm_, shape, kParts[i]) ||
                ruled_out(fixed_time(gemm_, kParts[i]), least)) {
                break;
            }
            try_parts(shape, kParts[i], part_depth(gemm_, kParts[i]), bytes, memory);
        }
    }

    void try_plainly(const TileShape& shape, double parts) {
        keep(time_of(gemm_, shape, parts, bytes_ + bytes_again(gemm_, shape),
                     unit_time(gemm_, shape, parts, part_depth(gemm_, parts))));
    }

    [[nodiscard]] const TiledTime& best() const { return best_; }

private:
    void try_parts(const TileShape& shape, double parts, double depth, double bytes,
                   double memory) {
        const UnitTime unit = unit_time(gemm_, shape, parts, depth);
        if (!ruled_out(fixed_time(gemm_, parts), least_unit(unit) + memory)) {
            keep(time_of(gemm_, shape, parts, bytes, unit));
        }
    }

    /// Is a time of `fixed` and at least the fourth root of `least` no better?
    [[nodiscard]] bool ruled_out(double fixed, double least) const {
        constexpr double kRounding = 1.0 + 1e-9;
        const double left = best_.seconds - fixed;
        return !(left > 0.0) || least > fourth(left) * kRounding;
    }

    void keep(const TiledTime& time) {
        if (time.seconds < best_.seconds ||
            (time.seconds == best_.seconds && larger(time.tiling, best_.tiling))) {
            best_ = time;
        }
    }

    static bool larger(const Tiling& a, const Tiling& b) {
        return std::tie(a.rows, a.columns, b.parts) > std::tie(b.rows, b.columns, a.parts);
    }

    const TiledGemm& gemm_;
    double bytes_;
    double depth_;
    double two_parts_;
    double least_memory_ = 0.0;
    TiledTime best_;
};

}  // namespace

TiledTime tiled_time(const TiledGemm& gemm, const Tiling& tiling) {
    const TileShape shape = tile_shape(gemm, {tiling.rows, whole_up(gemm.m / tiling.rows)},
                                       {tiling.columns, whole_up(gemm.n / tiling.columns)});
    return time_of(gemm, shape, tiling.parts, least_bytes(gemm) + bytes_again(gemm, shape),
                   unit_time(gemm, shape, tiling.parts, part_depth(gemm, tiling.parts)));
}

TiledTime fastest_tiling_plainly(const TiledGemm& gemm) {
    Search search{gemm};
    for (const TileList list{gemm}; const TileSides& tile : list.all()) {
        const TileShape shape = tile_shape(gemm, tile.rows, tile.columns);
        for (const double parts : kParts) {
            if (may_part(gemm, shape, parts)) {
                search.try_plainly(shape, parts);
            }
        }
    }
    return search.best();
}

TiledTime fastest_tiling(const TiledGemm& gemm) {
    Search search{gemm};
    const TileList list{gemm};
    std::array<double, kFineSides.size() * kFineSides.size()> least;
    std::size_t likeliest = 0;
    for (std::size_t i = 0; i < list.count; ++i) {
        least[i] = search.least_whole(tile_shape(gemm, list.tile[i].rows, list.tile[i].columns));
        likeliest = least[i] < least[likeliest] ? i : likeliest;
    }
    // The likeliest first: it rules out most others.
    const TileSides& first = list.tile[likeliest];
    search.try_shape(tile_shape(gemm, first.rows, first.columns), true);
    for (std::size_t i = 0; i < list.count; ++i) {
        const auto& [rows, columns] = list.tile[i];
        const bool whole = !search.whole_ruled_out(least[i]);
        const bool parts = few_tiles(gemm, gemm.batches * rows.count * columns.count);
        if (i != likeliest && (whole || parts)) {
            search.try_shape(tile_shape(gemm, rows, columns), whole);
        }
    }
    return search.best();
}

namespace {

/// The datapath's format for operands, and how its constants are called.
struct Path {
    NumberFormat format = NumberFormat::kBf16;
    double peak = 0.0;
    bool widened = false;  ///< weights are stored narrower than they are multiplied
    bool narrow = false;   ///< floats of 8 bits and fewer
    bool integer = false;
};

Path path_of(const KernelDevice& device, const GemmShape& shape) {
    const Datapath found = datapath(device.peak, shape.inputs);
    Path path{.format = found.format, .peak = found.peak};
    const double bits = kNumberFormatBits[index(found.format)];
    path.integer = found.format == NumberFormat::kInt8 || found.format == NumberFormat::kInt4;
    // Weights in place are part of the circuit that multiplies.
    const bool in_place =
        device.kind == UnitKind::kInMemory || device.kind == UnitKind::kRomWeights;
    path.widened = !in_place && kNumberFormatBits[index(shape.weights)] < bits;
    path.narrow = bits <= 8.0 && !path.integer;
    return path;
}

/// What a library starts, splits and tiles.
void set_library(TiledGemm& gemm, const GemmConstants& c, const Path& path, bool plugin,
                 bool vector) {
    gemm.launch = c.launch + (plugin ? c.plugin : 0.0);
    gemm.wave = c.wave;
    gemm.split = c.split;
    gemm.split_byte = gemm.memory / c.split_traffic;
    gemm.multicast = c.multicast;
    gemm.fine_tiles = c.fine_tiles > 0.5;
    gemm.only_tile = path.narrow && kNumberFormatBits[index(path.format)] >= 8.0 &&
                             gemm.kind == UnitKind::kTensorCore
                         ? c.library_tile
                         : 0.0;
    const bool block_scaled = path.narrow && kNumberFormatBits[index(path.format)] < 8.0;
    gemm.least_side =
        block_scaled && gemm.kind == UnitKind::kTensorCore ? c.block_scaled_side : 0.0;
    gemm.most_parts = gemm.only_tile > 0.0 || gemm.least_side > 0.0 ? 1.0
                      : plugin ? (vector ? 1.0 : c.plugin_splits)
                               : kParts.back();
}

/// Shares that the cache no longer holds.
void forget(TiledGemm& gemm, const KernelDevice& device, const GemmShape& shape) {
    const GemmConstants& c = device.constants->gemm;
    // What the cache still holds: all of it while it takes up less than `kept` of the cache, none
    // at twice that.
    const double x = shape.batches * shape.m * shape.k * gemm.input_bytes;
    const double w = shape.batches * shape.k * shape.n * gemm.weight_bytes;
    const double y = shape.batches * shape.m * shape.n * gemm.output_bytes;
    const double room = std::max(1.0, device.cache_bytes * c.kept);
    gemm.missed_inputs = 1.0 - share(2.0 - (x + w + y) / room);
    gemm.missed_outputs = gemm.missed_inputs;
    gemm.missed_weights =
        shape.weights_cold ? 1.0 : 1.0 - share(2.0 - (x + shape.weight_copies * w + y) / room);
    gemm.missed_again = share(1.0 - c.reuse * device.cache_bytes / std::max(1.0, x + w));
}

}  // namespace

TiledGemm tiled_gemm(const KernelDevice& device, const GemmShape& shape) {
    const GemmConstants& c = device.constants->gemm;
    const Path path = path_of(device, shape);
    TiledGemm gemm{.m = shape.m, .n = shape.n, .k = shape.k, .batches = shape.batches};
    const bool stationary =
        device.kind == UnitKind::kInMemory || device.kind == UnitKind::kRomWeights;
    gemm.kind = device.kind;
    // Time of the datapath, at the clock that short kernels run at.
    const double stated = device.clock > 0.0 ? device.clock : kDefaultClock;
    const double clock = std::max(stated, device.max_clock);
    const double units = std::max(1.0, device.units);
    const double wide_peak = datapath(device.peak, NumberFormat::kBf16).peak;
    const double several = std::max(1.0, wide_peak / (units * kLargestUnit));
    const bool arrays = device.kind == UnitKind::kSystolic;  // they share the tiles of their unit
    gemm.units = arrays ? units : units * several;
    const double ports_of = arrays ? several : 1.0;
    gemm.per_unit = 1.0 / gemm.units;
    gemm.cycle = 1.0 / clock;
    double rate = path.narrow ? c.narrow_rate : path.integer ? c.integer_rate : c.rate;
    rate *= path.widened ? c.widen_rate : 1.0;
    rate *= shape.sparse_weights ? kSparseRate : 1.0;
    const double unit_peak = std::max(path.peak, 1.0) * clock / stated / gemm.units;
    gemm.op = 1.0 / (unit_peak * rate);
    gemm.array = std::max(1.0, std::round(std::sqrt(0.5 * unit_peak * gemm.cycle)));
    // Bytes of an element as they travel.
    gemm.input_bytes = bytes_per_element(path.format);
    gemm.weight_bytes =
        shape.weight_bits > 0.0 ? shape.weight_bits / 8.0 : bytes_per_element(shape.weights);
    gemm.weight_bytes *= shape.sparse_weights ? kSparseWeightBytes : 1.0;
    gemm.weight_bytes = stationary ? 0.0 : gemm.weight_bytes;
    // Levels of memory.
    const double memory_bandwidth = device.memory_bandwidth * c.memory;
    gemm.memory = memory_bandwidth > 0.0 ? 1.0 / memory_bandwidth : 0.0;
    const double ports = device.cache_bandwidth > 0.0 ? device.cache_bandwidth
                                                      : gemm.units * ports_of * clock * kFeedWidth;
    // A cache in front of a memory is at least as fast; else it would not be there.
    const double cache = std::max(ports * c.feed, 2.0 * device.memory_bandwidth);
    gemm.feed = 1.0 / cache;
    gemm.unit_feed = std::max(gemm.feed, units / (cache * kUnitFeedAlone));
    const bool plugin = path.integer || path.widened;
    const bool vector = shape.m <= (plugin ? c.plugin_rows : 1.0);
    gemm.chain = c.chain * gemm.cycle * gemm.input_bytes;
    const bool streams = arrays || stationary;  // steps follow each other without waiting
    if (streams) {
        gemm.chain = 0.0;
    } else if (vector) {
        gemm.chain *= plugin ? c.plugin_vector : c.single_row;
    } else {
        gemm.chain *= path.widened ? c.widen_chain : path.integer ? c.integer_chain : 1.0;
    }
    gemm.store = gemm.cycle / (c.store * ports_of);
    set_library(gemm, c, path, plugin, vector);
    gemm.wave = stationary ? 0.0 : gemm.wave;
    gemm.shift = c.shift;
    forget(gemm, device, shape);
    return gemm;
}

}  // namespace wafercast
