/// A checkpoint made ready for one numerics contract: rounded, quantised and packed.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "functional/checkpoint.hpp"
#include "functional/graph.hpp"
#include "functional/kernels.hpp"
#include "functional/numerics.hpp"

namespace wafercast::functional {

/// One linear operator's weights. With integer accumulation the packed values are the integers
/// themselves and `row_scale` holds one scale a row; otherwise they are the values after rounding.
struct PreparedMatrix {
    kernels::PackedMatrix packed;
    std::vector<float> row_scale;
    std::uint64_t bytes = 0;  ///< in the contract's format, with scales
};

/// Everything the interpreter reads. Immutable after `prepare`, shared between threads.
class PreparedModel {
public:
    /// Rounds the weights as the contract says. Memory: about one float a weight.
    [[nodiscard]] static std::shared_ptr<const PreparedModel> prepare(
        const Checkpoint& checkpoint, const NumericsContract& numerics);

    [[nodiscard]] const TransformerShape& shape() const { return checkpoint_.shape; }
    [[nodiscard]] const NumericsContract& numerics() const { return numerics_; }
    [[nodiscard]] const std::vector<Operator>& graph() const { return graph_; }
    [[nodiscard]] const PreparedMatrix& matrix(const Operator& op) const;
    [[nodiscard]] std::span<const float> norm(const Operator& op) const;
    [[nodiscard]] std::span<const float> embedding(std::size_t token) const;
    /// Inverse wavelength of each rotated pair of a head: 1 / base^(2 i / head_size).
    [[nodiscard]] std::span<const float> rope_frequencies() const { return frequencies_; }

private:
    PreparedModel() = default;
    [[nodiscard]] PreparedMatrix prepare_matrix(const Operator& op) const;

    Checkpoint checkpoint_;
    NumericsContract numerics_;
    std::vector<Operator> graph_;
    std::vector<PreparedMatrix> matrices_;  // in graph order, empty where an operator has none
    std::vector<float> rounded_embedding_;  // empty when the embedding is exact
    std::vector<float> frequencies_;
};

}  // namespace wafercast::functional
