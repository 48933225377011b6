#include "functional/train/matrix_product.hpp"

#include <cstring>

#pragma GCC diagnostic ignored "-Wpsabi"

namespace wafercast::functional {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kTileRows = 4;
constexpr std::size_t kTileVectors = 2;
constexpr std::size_t kTileColumns = kLanes * kTileVectors;

using Vector [[gnu::vector_size(32)]] = float;

[[gnu::always_inline]] inline void tile(std::size_t columns, std::size_t depth,
                                        const StridedMatrix& a, const float* b, float* c) {
    Vector sum[kTileRows][kTileVectors];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
        for (std::size_t v = 0; v < kTileVectors; ++v) {
            std::memcpy(&sum[r][v], c + r * columns + v * kLanes, sizeof(Vector));
        }
    }
    for (std::size_t k = 0; k < depth; ++k) {
        Vector w[kTileVectors];
#pragma GCC unroll 2
        for (std::size_t v = 0; v < kTileVectors; ++v) {
            std::memcpy(&w[v], b + k * columns + v * kLanes, sizeof(Vector));
        }
#pragma GCC unroll 4
        for (std::size_t r = 0; r < kTileRows; ++r) {
            const float x = a.data[r * a.row_stride + k * a.column_stride];
#pragma GCC unroll 2
            for (std::size_t v = 0; v < kTileVectors; ++v) sum[r][v] = sum[r][v] + w[v] * x;
        }
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
        for (std::size_t v = 0; v < kTileVectors; ++v) {
            std::memcpy(c + r * columns + v * kLanes, &sum[r][v], sizeof(Vector));
        }
    }
}

[[gnu::always_inline]] inline void edge(std::size_t rows, std::size_t first, std::size_t last,
                                        std::size_t columns, std::size_t depth,
                                        const StridedMatrix& a, const float* b, float* c) {
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t k = 0; k < depth; ++k) {
            const float x = a.data[r * a.row_stride + k * a.column_stride];
            for (std::size_t n = first; n < last; ++n) c[r * columns + n] += b[k * columns + n] * x;
        }
    }
}

[[gnu::always_inline]] inline void product(std::size_t rows, std::size_t columns, std::size_t depth,
                                           const StridedMatrix& a, const float* b, float* c) {
    const std::size_t whole_columns = columns / kTileColumns * kTileColumns;
    std::size_t r = 0;
    for (; r + kTileRows <= rows; r += kTileRows) {
        const StridedMatrix part{a.data + r * a.row_stride, a.row_stride, a.column_stride};
        for (std::size_t n = 0; n < whole_columns; n += kTileColumns) {
            tile(columns, depth, part, b + n, c + r * columns + n);
        }
        edge(kTileRows, whole_columns, columns, columns, depth, part, b, c + r * columns);
    }
    const StridedMatrix rest{a.data + r * a.row_stride, a.row_stride, a.column_stride};
    edge(rows - r, 0, columns, columns, depth, rest, b, c + r * columns);
}

[[gnu::target("avx2")]] void product_avx2(std::size_t rows, std::size_t columns, std::size_t depth,
                                          const StridedMatrix& a, const float* b, float* c) {
    product(rows, columns, depth, a, b, c);
}

void product_plain(std::size_t rows, std::size_t columns, std::size_t depth, const StridedMatrix& a,
                   const float* b, float* c) {
    product(rows, columns, depth, a, b, c);
}

}  // namespace

void add_product(std::size_t rows, std::size_t columns, std::size_t depth, const StridedMatrix& a,
                 const float* b, float* c) {
    if (__builtin_cpu_supports("avx2")) {
        product_avx2(rows, columns, depth, a, b, c);
    } else {
        product_plain(rows, columns, depth, a, b, c);
    }
}

}  // namespace wafercast::functional
