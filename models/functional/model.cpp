#include "functional/model.hpp"

#include <algorithm>
#include <cmath>

#include "math/math.hpp"

namespace wafercast::functional {
namespace {

bool has_matrix(const Operator& op) {
    return op.kind == OperatorKind::Linear || op.kind == OperatorKind::Classifier;
}

float absolute_maximum(std::span<const float> values) {
    float largest = 0.0F;
    for (const float v : values) largest = std::max(largest, std::fabs(v));
    return largest;
}

/// Rounds each row of a matrix by itself.
std::vector<float> round_rows(std::span<const float> source, std::size_t columns,
                              const OperandFormat& format) {
    std::vector<float> values(source.begin(), source.end());
    const float largest = format.scaling == Scaling::NvFp4 ? absolute_maximum(source) : 0.0F;
    for (std::size_t begin = 0; begin < values.size(); begin += columns) {
        round_to_format(std::span{values}.subspan(begin, columns), format, largest);
    }
    return values;
}

}  // namespace

std::shared_ptr<const PreparedModel> PreparedModel::prepare(const Checkpoint& checkpoint,
                                                            const NumericsContract& numerics) {
    std::shared_ptr<PreparedModel> model(new PreparedModel);
    model->checkpoint_ = checkpoint;
    model->numerics_ = numerics;
    model->graph_ = build_graph(checkpoint.shape);
    model->matrices_.resize(model->graph_.size());
    for (std::size_t i = 0; i < model->graph_.size(); ++i) {
        const Operator& op = model->graph_[i];
        if (has_matrix(op)) model->matrices_[i] = model->prepare_matrix(op);
    }
    const OperandFormat& table = numerics.of(OperatorKind::Embed).weight;
    if (!table.is_exact()) {
        model->rounded_embedding_ =
            round_rows(checkpoint.tensor(Tensor::Embedding), checkpoint.shape.dim, table);
    }
    const std::size_t head_size = checkpoint.shape.head_size();
    const double log_base = math::log(double{checkpoint.shape.rope_base});
    for (std::size_t i = 0; i < head_size; i += 2) {
        const float fraction = static_cast<float>(i) / static_cast<float>(head_size);
        model->frequencies_.push_back(1.0F /
                                      static_cast<float>(math::exp(double{fraction} * log_base)));
    }
    return model;
}

PreparedMatrix PreparedModel::prepare_matrix(const Operator& op) const {
    const OperatorNumerics& contract = numerics_.of(op.kind);
    const auto source = checkpoint_.tensor(op.tensor, op.layer);
    PreparedMatrix matrix;
    matrix.bytes = op.rows * (contract.weight.storage_bits(op.columns) / 8);
    if (contract.accumulator == Accumulator::Int32) {
        std::vector<float> integers(source.begin(), source.end());
        for (std::size_t row = 0; row < op.rows; ++row) {
            matrix.row_scale.push_back(quantise_symmetric(
                std::span{integers}.subspan(row * op.columns, op.columns), contract.weight.bits));
        }
        matrix.row_scale.resize(kernels::padded(op.rows));
        matrix.packed = kernels::pack(integers, op.rows, op.columns);
    } else if (contract.weight.is_exact()) {
        matrix.packed = kernels::pack(source, op.rows, op.columns);
    } else {
        matrix.packed =
            kernels::pack(round_rows(source, op.columns, contract.weight), op.rows, op.columns);
    }
    return matrix;
}

const PreparedMatrix& PreparedModel::matrix(const Operator& op) const {
    return matrices_[static_cast<std::size_t>(&op - graph_.data())];
}

std::span<const float> PreparedModel::norm(const Operator& op) const {
    return checkpoint_.tensor(op.tensor, op.layer);
}

std::span<const float> PreparedModel::embedding(std::size_t token) const {
    const std::span<const float> table = rounded_embedding_.empty()
                                             ? checkpoint_.tensor(Tensor::Embedding)
                                             : std::span<const float>{rounded_embedding_};
    return table.subspan(token * shape().dim, shape().dim);
}

}  // namespace wafercast::functional
