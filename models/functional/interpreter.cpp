#include "functional/interpreter.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace wafercast::functional {
namespace {

constexpr std::size_t kHeadLanes = 8;
/// Columns whose 8-bit products sum without rounding in float32: 1024 x 127^2 < 2^24.
constexpr std::size_t kExactColumns = 1024;

std::size_t padded_heads(std::size_t heads) {
    return (heads + kHeadLanes - 1) / kHeadLanes * kHeadLanes;
}

}  // namespace

ValueInterpreter::Vectors::Vectors(std::size_t length)
    : values(kernels::padded(length) * kernels::kTokenBlock), stride(kernels::padded(length)) {}

ValueInterpreter::ValueInterpreter(std::shared_ptr<const PreparedModel> model, std::size_t capacity,
                                   const kernels::KernelSet& kernels)
    : model_(std::move(model)),
      kernels_(&kernels),
      capacity_(capacity),
      head_lanes_(padded_heads(model_->shape().heads)) {
    const TransformerShape& shape = model_->shape();
    const std::size_t widest = std::max(shape.dim, shape.hidden);
    for (const std::size_t length :
         {shape.dim, shape.dim, shape.dim, shape.kv_dim(), shape.kv_dim(), std::size_t{0},
          shape.dim, shape.hidden, shape.hidden, shape.dim, shape.vocabulary}) {
        slots_.emplace_back(length);
    }
    rounded_ = Vectors(widest);
    partial_ = Vectors(widest);
    input_scale_.resize(kernels::kTokenBlock);
    const std::size_t row = shape.head_size() * head_lanes_;
    keys_ = kernels::AlignedBuffer(shape.layers * capacity * row);
    values_ = kernels::AlignedBuffer(shape.layers * capacity * row);
    scores_ = kernels::AlignedBuffer(kernels::kTokenBlock * capacity * head_lanes_);
    lanes_ = kernels::AlignedBuffer(row);
    for (std::size_t p = 0; p < capacity; ++p) {
        for (const float frequency : model_->rope_frequencies()) {
            const float angle = static_cast<float>(p) * frequency;
            cosines_.push_back(std::cos(angle));
            sines_.push_back(std::sin(angle));
        }
    }
}

void ValueInterpreter::feed(std::span<const Token> tokens, bool classify) {
    assert(!tokens.empty() && tokens.size() <= kernels::kTokenBlock);
    assert(position_ + tokens.size() <= capacity_);
    block_ = tokens.size();
    for (const Operator& op : model_->graph()) {
        if (op.kind == OperatorKind::Classifier && !classify) continue;
        execute(op, tokens);
    }
    position_ += block_;
    traffic_.tokens += block_;
    if (classify) traffic_.classified_tokens += block_;
}

void ValueInterpreter::execute(const Operator& op, std::span<const Token> tokens) {
    switch (op.kind) {
        case OperatorKind::Embed:
            return embed(op, tokens);
        case OperatorKind::Norm:
            return norm(op);
        case OperatorKind::Linear:
        case OperatorKind::Classifier:
            return linear(op);
        case OperatorKind::Rope:
            return rope(op);
        case OperatorKind::CacheWrite:
            return write_cache(op);
        case OperatorKind::AttentionScore:
            return score(op);
        case OperatorKind::Softmax:
            return softmax();
        case OperatorKind::AttentionMix:
            return mix(op);
        case OperatorKind::Gate:
            return gate();
        case OperatorKind::Residual:
            return add_residual();
    }
}

std::span<const float> ValueInterpreter::logits(std::size_t i) const {
    return {slots_[static_cast<std::size_t>(Slot::Logits)].at(i), model_->shape().vocabulary};
}

void ValueInterpreter::embed(const Operator& op, std::span<const Token> tokens) {
    const OperandFormat& format = model_->numerics().of(OperatorKind::Embed).weight;
    for (std::size_t t = 0; t < block_; ++t) {
        assert(tokens[t] >= 0 && static_cast<std::size_t>(tokens[t]) < op.rows);
        const auto row = model_->embedding(static_cast<std::size_t>(tokens[t]));
        std::copy(row.begin(), row.end(), slot(op.output).at(t));
        traffic_.embedding_bytes += format.storage_bits(row.size()) / 8;
    }
}

void ValueInterpreter::norm(const Operator& op) {
    const auto gain = model_->norm(op);
    for (std::size_t t = 0; t < block_; ++t) {
        const float* x = slot(op.input).at(t);
        float* out = slot(op.output).at(t);
        float squares = 0.0F;
        for (std::size_t i = 0; i < gain.size(); ++i) squares += x[i] * x[i];
        squares /= static_cast<float>(gain.size());
        squares += model_->shape().norm_epsilon;
        const float inverse = 1.0F / std::sqrt(squares);
        for (std::size_t i = 0; i < gain.size(); ++i) out[i] = gain[i] * (inverse * x[i]);
    }
}

void ValueInterpreter::linear(const Operator& op) {
    const OperatorNumerics& contract = model_->numerics().of(op.kind);
    const PreparedMatrix& matrix = model_->matrix(op);
    Vectors& output = slot(op.output);
    if (!contract.input.is_exact() && !op.same_input) round_inputs(op, contract);
    if (contract.accumulator == Accumulator::Int32) {
        multiply_integers(matrix, output);
    } else {
        const Vectors& input = contract.input.is_exact() ? slot(op.input) : rounded_;
        multiply(matrix, input.at(0), input.stride, output);
    }
    if (contract.output_bits > 0) {
        for (std::size_t t = 0; t < block_; ++t) {
            const std::span<float> row{output.at(t), op.rows};
            const float scale = quantise_symmetric(row, contract.output_bits);
            for (float& v : row) v *= scale;
        }
    }
    const std::uint64_t macs = std::uint64_t{op.rows} * op.columns * block_;
    const std::uint64_t bytes = matrix.bytes * block_;
    const bool classifier = op.kind == OperatorKind::Classifier;
    (classifier ? traffic_.classifier_macs : traffic_.linear_macs) += macs;
    (classifier ? traffic_.classifier_weight_bytes : traffic_.linear_weight_bytes) += bytes;
}

void ValueInterpreter::round_inputs(const Operator& op, const OperatorNumerics& contract) {
    for (std::size_t t = 0; t < block_; ++t) {
        const float* source = slot(op.input).at(t);
        const std::span<float> row{rounded_.at(t), op.columns};
        std::copy_n(source, op.columns, row.begin());
        if (contract.accumulator == Accumulator::Int32) {
            input_scale_[t] = quantise_symmetric(row, contract.input.bits);
        } else {
            round_to_format(row, contract.input, 0.0F);
        }
        traffic_.linear_inputs += op.columns;
        traffic_.zero_linear_inputs +=
            static_cast<std::uint64_t>(std::count(row.begin(), row.end(), 0.0F));
    }
}

void ValueInterpreter::multiply(const PreparedMatrix& matrix, const float* input,
                                std::size_t stride, Vectors& output) {
    kernels_->linear(matrix.packed, 0, matrix.packed.columns, input, stride, block_, output.at(0),
                     output.stride);
}

/// Integer products are summed in float32 over runs short enough to be exact, and the runs in
/// double: the same result as a 32-bit integer accumulator, at the speed of float vectors.
void ValueInterpreter::multiply_integers(const PreparedMatrix& matrix, Vectors& output) {
    const auto& packed = matrix.packed;
    const std::size_t columns = packed.columns;
    if (columns <= kExactColumns) {
        multiply(matrix, rounded_.at(0), rounded_.stride, output);
    } else {
        std::vector<double> sum(block_ * packed.rows, 0.0);
        for (std::size_t begin = 0; begin < columns; begin += kExactColumns) {
            const std::size_t end = std::min(columns, begin + kExactColumns);
            kernels_->linear(packed, begin, end, rounded_.at(0), rounded_.stride, block_,
                             partial_.at(0), partial_.stride);
            for (std::size_t t = 0; t < block_; ++t) {
                for (std::size_t r = 0; r < packed.rows; ++r) {
                    sum[t * packed.rows + r] += double{partial_.at(t)[r]};
                }
            }
        }
        for (std::size_t t = 0; t < block_; ++t) {
            for (std::size_t r = 0; r < packed.rows; ++r) {
                output.at(t)[r] = static_cast<float>(sum[t * packed.rows + r]);
            }
        }
    }
    for (std::size_t t = 0; t < block_; ++t) {
        for (std::size_t r = 0; r < packed.rows; ++r) {
            output.at(t)[r] = output.at(t)[r] * (matrix.row_scale[r] * input_scale_[t]);
        }
    }
}

/// Rotates adjacent pairs (2i, 2i + 1) of every head by position / wavelength.
void ValueInterpreter::rope(const Operator& op) {
    const std::size_t pairs = model_->rope_frequencies().size();
    const TransformerShape& shape = model_->shape();
    const std::size_t length = op.input == Slot::Query ? shape.dim : shape.kv_dim();
    for (std::size_t t = 0; t < block_; ++t) {
        float* v = slot(op.input).at(t);
        const float* cosine = cosines_.data() + (position_ + t) * pairs;
        const float* sine = sines_.data() + (position_ + t) * pairs;
        for (std::size_t i = 0; i < length; i += 2) {
            const std::size_t pair = i / 2 % pairs;
            const float a = v[i];
            const float b = v[i + 1];
            v[i] = a * cosine[pair] - b * sine[pair];
            v[i + 1] = a * sine[pair] + b * cosine[pair];
        }
    }
}

float* ValueInterpreter::cache_row(kernels::AlignedBuffer& cache, std::size_t layer,
                                   std::size_t position) {
    return cache.data() +
           (layer * capacity_ + position) * model_->shape().head_size() * head_lanes_;
}

/// Rounds a key or value vector and copies each key head to all the lanes of its query heads.
void ValueInterpreter::spread(std::span<float> vector, const OperandFormat& format,
                              float* lanes) const {
    const TransformerShape& shape = model_->shape();
    const std::size_t head_size = shape.head_size();
    const std::size_t shared = shape.heads / shape.kv_heads;
    if (format.group == kPerHead) {
        for (std::size_t h = 0; h < shape.kv_heads; ++h) {
            round_to_format(vector.subspan(h * head_size, head_size), format, 0.0F);
        }
    } else {
        round_to_format(vector, format, 0.0F);
    }
    for (std::size_t h = 0; h < shape.heads; ++h) {
        for (std::size_t i = 0; i < head_size; ++i) {
            lanes[i * head_lanes_ + h] = vector[(h / shared) * head_size + i];
        }
    }
}

void ValueInterpreter::write_cache(const Operator& op) {
    const OperandFormat& format = model_->numerics().of(OperatorKind::CacheWrite).weight;
    const TransformerShape& shape = model_->shape();
    for (std::size_t t = 0; t < block_; ++t) {
        const std::size_t p = position_ + t;
        spread({slot(Slot::Key).at(t), shape.kv_dim()}, format, cache_row(keys_, op.layer, p));
        spread({slot(Slot::Value).at(t), shape.kv_dim()}, format, cache_row(values_, op.layer, p));
        traffic_.kv_write_bytes += 2 * cache_row_bytes(format, shape);
    }
}

void ValueInterpreter::score(const Operator& op) {
    const TransformerShape& shape = model_->shape();
    const std::size_t head_size = shape.head_size();
    const OperandFormat& format = model_->numerics().of(OperatorKind::AttentionScore).weight;
    const float divisor = std::sqrt(static_cast<float>(head_size));
    for (std::size_t t = 0; t < block_; ++t) {
        const float* query = slot(Slot::Query).at(t);
        for (std::size_t h = 0; h < shape.heads; ++h) {
            for (std::size_t i = 0; i < head_size; ++i) {
                lanes_.data()[i * head_lanes_ + h] = query[h * head_size + i];
            }
        }
        const std::size_t count = position_ + t + 1;
        kernels_->attention_score(lanes_.data(), cache_row(keys_, op.layer, 0), count, head_size,
                                  head_lanes_, divisor,
                                  scores_.data() + t * capacity_ * head_lanes_);
        traffic_.attention_macs += std::uint64_t{count} * shape.dim;
        traffic_.kv_read_bytes += std::uint64_t{count} * cache_row_bytes(format, shape);
    }
}

void ValueInterpreter::softmax() {
    for (std::size_t t = 0; t < block_; ++t) {
        kernels_->softmax(scores_.data() + t * capacity_ * head_lanes_, position_ + t + 1,
                          head_lanes_);
    }
}

void ValueInterpreter::mix(const Operator& op) {
    const TransformerShape& shape = model_->shape();
    const std::size_t head_size = shape.head_size();
    const OperandFormat& format = model_->numerics().of(OperatorKind::AttentionMix).weight;
    for (std::size_t t = 0; t < block_; ++t) {
        const std::size_t count = position_ + t + 1;
        kernels_->attention_mix(scores_.data() + t * capacity_ * head_lanes_,
                                cache_row(values_, op.layer, 0), count, head_size, head_lanes_,
                                lanes_.data());
        float* mixed = slot(op.output).at(t);
        for (std::size_t h = 0; h < shape.heads; ++h) {
            for (std::size_t i = 0; i < head_size; ++i) {
                mixed[h * head_size + i] = lanes_.data()[i * head_lanes_ + h];
            }
        }
        traffic_.attention_macs += std::uint64_t{count} * shape.dim;
        traffic_.kv_read_bytes += std::uint64_t{count} * cache_row_bytes(format, shape);
    }
}

void ValueInterpreter::gate() {
    Vectors& gates = slot(Slot::Gate);
    for (std::size_t t = 0; t < block_; ++t) {
        kernels_->swiglu(gates.at(t), slot(Slot::Up).at(t), gates.stride);
    }
}

void ValueInterpreter::add_residual() {
    for (std::size_t t = 0; t < block_; ++t) {
        float* x = slot(Slot::Residual).at(t);
        const float* update = slot(Slot::Update).at(t);
        for (std::size_t i = 0; i < model_->shape().dim; ++i) x[i] += update[i];
    }
}

Token greatest(std::span<const float> logits) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < logits.size(); ++i) {
        if (logits[i] > logits[best] || (std::isnan(logits[best]) && !std::isnan(logits[i]))) {
            best = i;
        }
    }
    return std::isnan(logits[best]) ? 0 : static_cast<Token>(best);
}

std::vector<Token> generate_greedy(ValueInterpreter& interpreter, std::span<const Token> prompt,
                                   std::size_t count) {
    std::vector<Token> generated;
    std::size_t last = 0;
    for (std::size_t begin = 0; begin < prompt.size(); begin += kernels::kTokenBlock) {
        const std::size_t size = std::min(kernels::kTokenBlock, prompt.size() - begin);
        interpreter.feed(prompt.subspan(begin, size), begin + size == prompt.size());
        last = size - 1;
    }
    while (generated.size() < count) {
        generated.push_back(greatest(interpreter.logits(last)));
        if (generated.size() == count || interpreter.position() == interpreter.capacity()) break;
        interpreter.feed(std::span{generated}.last(1), true);
        last = 0;
    }
    return generated;
}

}  // namespace wafercast::functional
