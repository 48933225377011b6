#include "kernels/gemm_tiles.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "performance/datapath.hpp"

namespace wafercast {
namespace {

constexpr double kDefaultClock = 1e9;  // [Hz] of a device that states none
/// What a unit's accumulators hold [element]: 64 K registers of 32 bits, half of them free.
constexpr double kTileElements = 32768.0;
/// A unit alone gets more than its share of the cache's ports.
constexpr double kUnitFeedAlone = 1.4;
constexpr double kFeedWidth = 64.0;  // [byte/cycle] from the cache into a unit
constexpr double kLeastPart = 64.0;  // depth of a part
constexpr double kStep = 32.0;       // of the loop over depth
constexpr double kSparseWeightBytes = 9.0 / 16.0;
constexpr double kSparseRate = 2.0;

constexpr std::array kFineSides{256.0, 192.0, 160.0, 128.0, 96.0, 80.0, 64.0, 48.0, 32.0, 16.0};
constexpr std::array kPowerSides{256.0, 128.0, 64.0, 32.0, 16.0};
constexpr std::array kParts{1.0,  2.0,  3.0,  4.0,  5.0,  6.0,  8.0, 10.0,
                            12.0, 16.0, 20.0, 24.0, 32.0, 48.0, 64.0};

double fourth(double x) {
    const double square = x * x;
    return square * square;
}

double share(double x) { return std::clamp(x, 0.0, 1.0); }

struct Sides {
    std::array<double, kFineSides.size()> side{};
    std::size_t count = 0;
    void add(double s) { side[count++] = s; }
    [[nodiscard]] std::span<const double> all() const { return {side.data(), count}; }
};

/// Sides worth a try along a length: of those that make the same number of tiles the smallest.
Sides sides_for(const TiledGemm& gemm, double length) {
    Sides kept;
    const std::span<const double> sides = gemm.fine_tiles ? std::span<const double>{kFineSides}
                                                          : std::span<const double>{kPowerSides};
    const double scale = gemm.kind == UnitKind::kSystolic ? gemm.array / 64.0 : 1.0;
    double tiles = 0.0;
    for (const double side : sides) {
        const double scaled = side * scale;
        const double count = std::ceil(length / scaled);
        if (kept.count > 0 && count == tiles) {
            kept.side[kept.count - 1] = scaled;
        } else {
            kept.add(scaled);
        }
        tiles = count;
    }
    return kept;
}

Sides only(double side) {
    Sides one;
    one.add(side);
    return one;
}

/// The tile of a library that has one: half of it along a result that is shorter.
Sides row_sides(const TiledGemm& gemm) {
    return gemm.only_tile > 0.0
               ? only(gemm.m > gemm.only_tile ? gemm.only_tile : gemm.only_tile / 2.0)
               : sides_for(gemm, gemm.m);
}

Sides column_sides(const TiledGemm& gemm) {
    return gemm.only_tile > 0.0
               ? only(gemm.m > gemm.only_tile / 2.0 ? gemm.only_tile : gemm.only_tile / 2.0)
               : sides_for(gemm, gemm.n);
}

bool fits(const TiledGemm& gemm, double rows, double columns) {
    const double most =
        gemm.kind == UnitKind::kSystolic ? 8.0 * gemm.array * gemm.array : kTileElements;
    return rows * columns <= most;
}

/// Operations of a tile of depth k, as the unit counts them [op].
double tile_operations(const TiledGemm& gemm, double rows, double columns, double depth) {
    switch (gemm.kind) {
        case UnitKind::kTensorCore:
            return 2.0 * rows * columns * depth;
        case UnitKind::kSystolic: {
            // The wavefront needs the sides of the array to enter and to leave, whether the sums or
            // the weights stay in place.
            const double a = gemm.array;
            const double across = std::ceil(rows / a), along = std::ceil(columns / a);
            const double sums_stay = across * along * (depth + 2.0 * a - 2.0);
            const double weights_stay =
                along * std::ceil(depth / a) * (std::min(rows, gemm.m) + 2.0 * a - 2.0);
            return 2.0 * a * a * std::min(sums_stay, weights_stay);
        }
        case UnitKind::kVector:
        case UnitKind::kInMemory:
        case UnitKind::kRomWeights:
            break;
    }
    return 2.0 * std::min(rows, gemm.m) * std::min(columns, gemm.n) * depth;
}

struct TileCount {
    double down = 1.0, across = 1.0;
    [[nodiscard]] double all() const { return down * across; }
};

TileCount tiles_of(const TiledGemm& gemm, double rows, double columns) {
    TileCount tiles{std::ceil(gemm.m / rows), std::ceil(gemm.n / columns)};
    if (gemm.only_tile > 0.0 && gemm.m > gemm.only_tile / 2.0) {
        tiles.down = 2.0 * std::ceil(tiles.down / 2.0);  // clusters of two
    }
    return tiles;
}

/// Bytes of operands that a tile takes in for each step in depth.
double operand_bytes(const TiledGemm& gemm, const TileCount& tiles, double rows, double columns) {
    const double x = gemm.input_bytes * std::min(rows, gemm.m);
    const double w = gemm.weight_bytes * std::min(columns, gemm.n);
    return tiles.all() > 1.0 ? x + w - gemm.multicast * 0.5 * std::max(x, w) : x + w;
}

/// Memory traffic [byte]: units that run together form a block of tiles and share its rows and
/// columns; the next block reads again what the cache has lost.
double memory_bytes(const TiledGemm& gemm, const TileCount& tiles, double rows, double columns) {
    const double x = gemm.batches * gemm.m * gemm.k * gemm.input_bytes;
    const double w = gemm.batches * gemm.k * gemm.n * gemm.weight_bytes;
    const double y = gemm.batches * gemm.m * gemm.n * gemm.output_bytes;
    double bytes = x * gemm.missed_inputs + w * gemm.missed_weights + y * gemm.missed_outputs;
    if (gemm.missed_again > 0.0) {
        const double together = std::min(tiles.all(), gemm.units);
        double down = std::min(tiles.down, std::max(1.0, std::sqrt(together * columns / rows)));
        const double across = std::min(tiles.across, std::max(1.0, together / down));
        down = std::min(tiles.down, together / across);
        bytes +=
            gemm.missed_again * (w * (tiles.down / down - 1.0) + x * (tiles.across / across - 1.0));
    }
    return bytes;
}

/// What no number of parts changes about the tiles of one shape.
struct TileShape {
    double rows, columns;
    TileCount tiles;
    double operands;  ///< [byte] for each step in depth
    double bytes;     ///< of memory traffic
};

TileShape tile_shape(const TiledGemm& gemm, double rows, double columns) {
    const TileCount tiles = tiles_of(gemm, rows, columns);
    return {rows, columns, tiles, operand_bytes(gemm, tiles, rows, columns),
            memory_bytes(gemm, tiles, rows, columns)};
}

double fixed_time(const TiledGemm& gemm, double parts) {
    return parts > 1.0 ? gemm.launch + gemm.split +
                             (parts + 1.0) * gemm.batches * gemm.m * gemm.n * 4.0 * gemm.split_byte
                       : gemm.launch;
}

TiledTime time_of(const TiledGemm& gemm, const TileShape& shape, double parts) {
    const double tiles = gemm.batches * shape.tiles.all() * parts;
    const double depth = std::ceil(gemm.k / parts / kStep) * kStep;
    const double waves = std::ceil(tiles / gemm.units);
    const double math = waves * tile_operations(gemm, shape.rows, shape.columns, depth) * gemm.op;
    const double feed =
        shape.operands * depth * std::max(tiles * gemm.feed, waves * gemm.unit_feed);
    const double chain = waves * depth * gemm.chain;
    const double ends =
        waves * (gemm.wave + shape.rows * shape.columns * gemm.output_bytes * gemm.store);
    const double unit = ends + std::sqrt(std::sqrt(fourth(math) + fourth(feed) + fourth(chain)));
    TiledTime time;
    time.memory = shape.bytes * gemm.memory;
    time.compute = math;
    time.bytes = shape.bytes;
    const double fixed = fixed_time(gemm, parts);
    time.fixed = fixed + waves * gemm.wave;
    time.seconds = fixed + std::sqrt(std::sqrt(fourth(unit) + fourth(time.memory)));
    time.tiling = {shape.rows, shape.columns, parts};
    return time;
}

/// No tiling of this shape in so many parts is faster.
double least_time(const TiledGemm& gemm, const TileShape& shape, double parts) {
    const double tiles = gemm.batches * shape.tiles.all();
    const double feed = tiles * shape.operands * gemm.k * gemm.feed;
    return fixed_time(gemm, parts) + std::max(feed, shape.bytes * gemm.memory);
}

bool may_part(const TiledGemm& gemm, double parts) {
    return parts == 1.0 || (parts <= gemm.most_parts && gemm.k / parts >= kLeastPart);
}

}  // namespace

TiledTime tiled_time(const TiledGemm& gemm, const Tiling& tiling) {
    return time_of(gemm, tile_shape(gemm, tiling.rows, tiling.columns), tiling.parts);
}

TiledTime fastest_tiling_plainly(const TiledGemm& gemm) {
    TiledTime best;
    best.seconds = std::numeric_limits<double>::infinity();
    const Sides down = row_sides(gemm), across = column_sides(gemm);
    for (const double rows : down.all()) {
        for (const double columns : across.all()) {
            if (!fits(gemm, rows, columns)) {
                continue;
            }
            for (const double parts : kParts) {
                if (!may_part(gemm, parts)) {
                    break;
                }
                const TiledTime time = tiled_time(gemm, {rows, columns, parts});
                if (time.seconds < best.seconds) {
                    best = time;
                }
            }
        }
    }
    return best;
}

TiledTime fastest_tiling(const TiledGemm& gemm) {
    TiledTime best;
    best.seconds = std::numeric_limits<double>::infinity();
    const Sides down = row_sides(gemm), across = column_sides(gemm);
    for (const double rows : down.all()) {
        for (const double columns : across.all()) {
            if (!fits(gemm, rows, columns)) {
                continue;
            }
            const TileShape shape = tile_shape(gemm, rows, columns);
            for (const double parts : kParts) {
                if (!may_part(gemm, parts) || least_time(gemm, shape, parts) > best.seconds) {
                    break;
                }
                const TiledTime time = time_of(gemm, shape, parts);
                if (time.seconds < best.seconds) {
                    best = time;
                }
            }
        }
    }
    return best;
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
    path.widened = kNumberFormatBits[index(shape.weights)] < bits;
    path.narrow = bits <= 8.0 && !path.integer;
    return path;
}

}  // namespace

TiledGemm tiled_gemm(const KernelDevice& device, const GemmShape& shape) {
    const GemmConstants& c = device.constants->gemm;
    const Path path = path_of(device, shape);
    TiledGemm gemm{.m = shape.m, .n = shape.n, .k = shape.k, .batches = shape.batches};
    const bool stationary =
        device.kind == UnitKind::kInMemory || device.kind == UnitKind::kRomWeights;
    gemm.kind = device.kind;
    gemm.units = std::max(1.0, device.units);
    // Time of the datapath, at the clock that short kernels run at.
    const double stated = device.clock > 0.0 ? device.clock : kDefaultClock;
    const double clock = std::max(stated, device.max_clock);
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
    const double ports =
        device.cache_bandwidth > 0.0 ? device.cache_bandwidth : gemm.units * clock * kFeedWidth;
    // A cache in front of a memory is at least as fast; else it would not be there.
    const double cache = std::max(ports * c.feed, 2.0 * device.memory_bandwidth);
    gemm.feed = 1.0 / cache;
    gemm.unit_feed = std::max(gemm.feed, gemm.units / (cache * kUnitFeedAlone));
    gemm.chain = c.chain * gemm.cycle * gemm.input_bytes * (shape.m <= 1.0 ? c.single_row : 1.0);
    gemm.chain *= path.widened ? c.widen_chain : path.integer ? c.integer_chain : 1.0;
    gemm.store = gemm.cycle / c.store;
    const bool plugin = path.integer || path.widened;
    gemm.launch = c.launch + (plugin ? c.plugin : 0.0);
    gemm.wave = c.wave;
    gemm.split = c.split;
    gemm.split_byte = gemm.memory / c.split_traffic;
    gemm.multicast = c.multicast;
    gemm.fine_tiles = c.fine_tiles > 0.5;
    gemm.only_tile = path.narrow && device.kind == UnitKind::kTensorCore ? c.library_tile : 0.0;
    gemm.most_parts = gemm.only_tile > 0.0 ? 1.0 : plugin ? c.plugin_splits : kParts.back();
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
    return gemm;
}

}  // namespace wafercast
