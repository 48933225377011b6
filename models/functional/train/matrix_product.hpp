/// The one matrix product that training needs.
#pragma once

#include <cstddef>

namespace wafercast::functional {

/// A view of a matrix whose element (i, k) lies at data[i * row_stride + k * column_stride].
struct StridedMatrix {
    const float* data;
    std::size_t row_stride;
    std::size_t column_stride;
};

/// C[m][n] += sum over k of A(m, k) * B[k][n], added to C in order of k. B and C are row-major with
/// `columns` elements a row; vector lanes hold different columns, so the bits are the same on any
/// processor.
void add_product(std::size_t rows, std::size_t columns, std::size_t depth, const StridedMatrix& a,
                 const float* b, float* c);

}  // namespace wafercast::functional
