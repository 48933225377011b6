#include "functional/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "functional/kernels.hpp"
#include "functional/train/matrix_product.hpp"

namespace wafercast::functional {
namespace {

using Values = std::vector<float>;

std::size_t index(Tensor tensor) { return static_cast<std::size_t>(tensor); }

/// A fixed sequence of bits from a seed (SplitMix64).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t bits() {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }
    /// Uniform in [-1, 1).
    float symmetric() {
        return static_cast<float>(static_cast<double>(bits() >> 11U) * 0x1.0p-52 - 1.0);
    }
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(bits() % limit); }

private:
    std::uint64_t state_;
};

bool is_norm(std::size_t tensor) {
    return tensor == index(Tensor::AttentionNorm) || tensor == index(Tensor::FeedForwardNorm) ||
           tensor == index(Tensor::FinalNorm);
}

TrainedTensors zeros(const TransformerShape& shape) {
    TrainedTensors tensors;
    for (std::size_t t = 0; t < index(Tensor::Classifier); ++t) {
        tensors.values[t].assign(tensor_shape(shape, static_cast<Tensor>(t)).size(), 0.0F);
    }
    return tensors;
}

TrainedTensors initial(const TransformerShape& shape, Random& random) {
    TrainedTensors tensors = zeros(shape);
    for (std::size_t t = 0; t < index(Tensor::Classifier); ++t) {
        Values& values = tensors.values[t];
        const TensorShape s = tensor_shape(shape, static_cast<Tensor>(t));
        float bound = std::sqrt(3.0F / static_cast<float>(s.columns));
        if (t == index(Tensor::Embedding)) bound *= 0.3F;
        if (t == index(Tensor::Output) || t == index(Tensor::Down)) bound *= 0.5F;
        for (float& v : values) v = is_norm(t) ? 1.0F : bound * random.symmetric();
    }
    return tensors;
}

/// What the backward pass needs from one layer's forward pass; all [token][element].
struct LayerCache {
    Values input, normed, query, key, value, weights, mixed;
    Values middle, normed2, gate, up, sigmoid, hidden;
    Values scale, scale2;  // 1 / rms, one a token
};

Values transposed(const float* matrix, std::size_t rows, std::size_t columns) {
    Values out(rows * columns);
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) out[c * rows + r] = matrix[r * columns + c];
    }
    return out;
}

}  // namespace

class TrainingStep::Implementation {
public:
    Implementation(const TransformerShape& shape, std::size_t sequences, std::size_t length)
        : shape_(shape), sequences_(sequences), length_(length), tokens_(sequences * length) {
        layers_.resize(shape.layers);
        const std::size_t pairs = shape.head_size() / 2;
        for (std::size_t p = 0; p < length; ++p) {
            for (std::size_t i = 0; i < pairs; ++i) {
                const double exponent = static_cast<double>(i) / static_cast<double>(pairs);
                const double angle =
                    static_cast<double>(p) / std::pow(double{shape.rope_base}, exponent);
                cosines_.push_back(static_cast<float>(std::cos(angle)));
                sines_.push_back(static_cast<float>(std::sin(angle)));
            }
        }
    }

    double run(const TrainedTensors& tensors, std::span<const Token> inputs,
               std::span<const Token> targets, TrainedTensors& gradients) {
        tensors_ = &tensors;
        gradients_ = &gradients;
        Values x = embed(inputs);
        for (std::size_t l = 0; l < shape_.layers; ++l) x = forward_layer(l, std::move(x));
        Values scale;
        const Values normed = norm(x, Tensor::FinalNorm, 0, scale);
        Values logits = multiply(normed, Tensor::Embedding, 0);
        const double loss = cross_entropy(logits, targets);
        Values d_normed = multiply_back(logits, normed, Tensor::Embedding, 0);
        Values dx(x.size(), 0.0F);
        norm_back(d_normed, x, scale, Tensor::FinalNorm, 0, dx);
        for (std::size_t l = shape_.layers; l-- > 0;) dx = backward_layer(l, std::move(dx));
        Values& d_embedding = gradients.values[index(Tensor::Embedding)];
        for (std::size_t t = 0; t < tokens_; ++t) {
            const std::size_t row = static_cast<std::size_t>(inputs[t]) * shape_.dim;
            for (std::size_t i = 0; i < shape_.dim; ++i) {
                d_embedding[row + i] += dx[t * shape_.dim + i];
            }
        }
        return loss;
    }

private:
    struct Matrix {
        const float* values;
        float* gradient;
        std::size_t rows, columns;
    };
    Matrix matrix(Tensor tensor, std::size_t layer) const {
        const TensorShape s = tensor_shape(shape_, tensor);
        const std::size_t offset = layer * s.rows * s.columns;
        return {tensors_->values[index(tensor)].data() + offset,
                gradients_->values[index(tensor)].data() + offset, s.rows, s.columns};
    }

    Values embed(std::span<const Token> inputs) const {
        Values x;
        x.reserve(tokens_ * shape_.dim);
        for (const Token token : inputs) {
            const float* row = tensors_->values[index(Tensor::Embedding)].data() +
                               static_cast<std::size_t>(token) * shape_.dim;
            x.insert(x.end(), row, row + shape_.dim);
        }
        return x;
    }

    /// y = x W^T
    Values multiply(const Values& x, Tensor tensor, std::size_t layer) const {
        const Matrix m = matrix(tensor, layer);
        const Values columns_first = transposed(m.values, m.rows, m.columns);
        Values y(tokens_ * m.rows, 0.0F);
        add_product(tokens_, m.rows, m.columns, {x.data(), m.columns, 1}, columns_first.data(),
                    y.data());
        return y;
    }

    /// dW += dy^T x; returns dx = dy W
    Values multiply_back(const Values& dy, const Values& x, Tensor tensor,
                         std::size_t layer) const {
        const Matrix m = matrix(tensor, layer);
        add_product(m.rows, m.columns, tokens_, {dy.data(), 1, m.rows}, x.data(), m.gradient);
        Values dx(tokens_ * m.columns, 0.0F);
        add_product(tokens_, m.columns, m.rows, {dy.data(), m.rows, 1}, m.values, dx.data());
        return dx;
    }

    Values norm(const Values& x, Tensor tensor, std::size_t layer, Values& scale) const {
        const Matrix gain = matrix(tensor, layer);
        const std::size_t d = shape_.dim;
        Values y(x.size());
        scale.assign(tokens_, 0.0F);
        for (std::size_t t = 0; t < tokens_; ++t) {
            float squares = 0.0F;
            for (std::size_t i = 0; i < d; ++i) squares += x[t * d + i] * x[t * d + i];
            scale[t] = 1.0F / std::sqrt(squares / static_cast<float>(d) + shape_.norm_epsilon);
            for (std::size_t i = 0; i < d; ++i) {
                y[t * d + i] = gain.values[i] * (x[t * d + i] * scale[t]);
            }
        }
        return y;
    }

    /// dx += the norm's share of dy
    void norm_back(const Values& dy, const Values& x, const Values& scale, Tensor tensor,
                   std::size_t layer, Values& dx) const {
        const Matrix gain = matrix(tensor, layer);
        const std::size_t d = shape_.dim;
        for (std::size_t t = 0; t < tokens_; ++t) {
            const float r = scale[t];
            float dot = 0.0F;
            for (std::size_t i = 0; i < d; ++i) {
                const float v = x[t * d + i];
                gain.gradient[i] += dy[t * d + i] * v * r;
                dot += dy[t * d + i] * gain.values[i] * v;
            }
            const float common = r * r * r * dot / static_cast<float>(d);
            for (std::size_t i = 0; i < d; ++i) {
                dx[t * d + i] += dy[t * d + i] * gain.values[i] * r - x[t * d + i] * common;
            }
        }
    }

    /// Rotates every pair; `direction` -1 is the inverse, which is also the transpose.
    void rotate(Values& v, std::size_t width, float direction) const {
        const std::size_t pairs = shape_.head_size() / 2;
        for (std::size_t t = 0; t < tokens_; ++t) {
            const std::size_t p = t % length_;
            for (std::size_t i = 0; i < width; i += 2) {
                const float c = cosines_[p * pairs + i / 2 % pairs];
                const float s = direction * sines_[p * pairs + i / 2 % pairs];
                float* pair = &v[t * width + i];
                const float a = pair[0];
                const float b = pair[1];
                pair[0] = a * c - b * s;
                pair[1] = a * s + b * c;
            }
        }
    }

    Values forward_layer(std::size_t l, Values x) {
        LayerCache& c = layers_[l];
        c.input = std::move(x);
        c.normed = norm(c.input, Tensor::AttentionNorm, l, c.scale);
        c.query = multiply(c.normed, Tensor::Query, l);
        c.key = multiply(c.normed, Tensor::Key, l);
        c.value = multiply(c.normed, Tensor::Value, l);
        rotate(c.query, shape_.dim, 1.0F);
        rotate(c.key, shape_.kv_dim(), 1.0F);
        attend(c);
        c.middle = multiply(c.mixed, Tensor::Output, l);
        for (std::size_t i = 0; i < c.middle.size(); ++i) c.middle[i] += c.input[i];
        c.normed2 = norm(c.middle, Tensor::FeedForwardNorm, l, c.scale2);
        c.gate = multiply(c.normed2, Tensor::Gate, l);
        c.up = multiply(c.normed2, Tensor::Up, l);
        c.sigmoid.resize(c.gate.size());
        std::transform(c.gate.begin(), c.gate.end(), c.sigmoid.begin(), [](float g) { return -g; });
        kernels::best_kernels().exponential(c.sigmoid.data(), c.sigmoid.size());
        c.hidden.resize(c.gate.size());
        for (std::size_t i = 0; i < c.gate.size(); ++i) {
            c.sigmoid[i] = 1.0F / (1.0F + c.sigmoid[i]);
            c.hidden[i] = c.gate[i] * c.sigmoid[i] * c.up[i];
        }
        Values out = multiply(c.hidden, Tensor::Down, l);
        for (std::size_t i = 0; i < out.size(); ++i) out[i] += c.middle[i];
        return out;
    }

    Values backward_layer(std::size_t l, Values dx) {
        LayerCache& c = layers_[l];
        const Values d_hidden = multiply_back(dx, c.hidden, Tensor::Down, l);
        Values d_gate(d_hidden.size());
        Values d_up(d_hidden.size());
        for (std::size_t i = 0; i < d_hidden.size(); ++i) {
            const float s = c.sigmoid[i];
            d_up[i] = d_hidden[i] * c.gate[i] * s;
            d_gate[i] = d_hidden[i] * c.up[i] * (s + c.gate[i] * s * (1.0F - s));
        }
        Values d_normed = multiply_back(d_gate, c.normed2, Tensor::Gate, l);
        add(d_normed, multiply_back(d_up, c.normed2, Tensor::Up, l));
        norm_back(d_normed, c.middle, c.scale2, Tensor::FeedForwardNorm, l, dx);
        const Values d_mixed = multiply_back(dx, c.mixed, Tensor::Output, l);
        Values d_query(c.query.size(), 0.0F);
        Values d_key(c.key.size(), 0.0F);
        Values d_value(c.value.size(), 0.0F);
        attend_back(c, d_mixed, d_query, d_key, d_value);
        rotate(d_query, shape_.dim, -1.0F);
        rotate(d_key, shape_.kv_dim(), -1.0F);
        d_normed = multiply_back(d_query, c.normed, Tensor::Query, l);
        add(d_normed, multiply_back(d_key, c.normed, Tensor::Key, l));
        add(d_normed, multiply_back(d_value, c.normed, Tensor::Value, l));
        norm_back(d_normed, c.input, c.scale, Tensor::AttentionNorm, l, dx);
        return dx;
    }

    static void add(Values& sum, const Values& term) {
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += term[i];
    }

    /// Calls `visit(query offset, key offset of position 0, row of weights, positions)` for every
    /// sequence, head and query position.
    template <typename Visit>
    void each_query(Visit&& visit) const {
        const std::size_t hs = shape_.head_size();
        const std::size_t shared = shape_.heads / shape_.kv_heads;
        for (std::size_t s = 0; s < sequences_; ++s) {
            for (std::size_t h = 0; h < shape_.heads; ++h) {
                for (std::size_t i = 0; i < length_; ++i) {
                    const std::size_t row = ((s * shape_.heads + h) * length_ + i) * length_;
                    visit((s * length_ + i) * shape_.dim + h * hs,
                          s * length_ * shape_.kv_dim() + (h / shared) * hs, row, i + 1);
                }
            }
        }
    }

    void attend(LayerCache& c) const {
        const std::size_t hs = shape_.head_size();
        const std::size_t kv = shape_.kv_dim();
        const float scale = 1.0F / std::sqrt(static_cast<float>(hs));
        c.weights.assign(sequences_ * shape_.heads * length_ * length_, 0.0F);
        c.mixed.assign(tokens_ * shape_.dim, 0.0F);
        each_query([&](std::size_t q, std::size_t k, std::size_t row, std::size_t count) {
            float* p = &c.weights[row];
            float largest = -std::numeric_limits<float>::infinity();
            for (std::size_t j = 0; j < count; ++j) {
                float dot = 0.0F;
                for (std::size_t e = 0; e < hs; ++e) dot += c.query[q + e] * c.key[k + j * kv + e];
                p[j] = dot * scale;
                largest = std::max(largest, p[j]);
            }
            for (std::size_t j = 0; j < count; ++j) p[j] -= largest;
            kernels::best_kernels().exponential(p, count);
            float sum = 0.0F;
            for (std::size_t j = 0; j < count; ++j) sum += p[j];
            for (std::size_t j = 0; j < count; ++j) {
                p[j] /= sum;
                for (std::size_t e = 0; e < hs; ++e) {
                    c.mixed[q + e] += p[j] * c.value[k + j * kv + e];
                }
            }
        });
    }

    void attend_back(const LayerCache& c, const Values& d_mixed, Values& d_query, Values& d_key,
                     Values& d_value) const {
        const std::size_t hs = shape_.head_size();
        const std::size_t kv = shape_.kv_dim();
        const float scale = 1.0F / std::sqrt(static_cast<float>(hs));
        Values d_weight(length_);
        each_query([&](std::size_t q, std::size_t k, std::size_t row, std::size_t count) {
            const float* p = &c.weights[row];
            float expected = 0.0F;
            for (std::size_t j = 0; j < count; ++j) {
                float dot = 0.0F;
                for (std::size_t e = 0; e < hs; ++e) {
                    dot += d_mixed[q + e] * c.value[k + j * kv + e];
                    d_value[k + j * kv + e] += p[j] * d_mixed[q + e];
                }
                d_weight[j] = dot;
                expected += p[j] * dot;
            }
            for (std::size_t j = 0; j < count; ++j) {
                const float d_score = p[j] * (d_weight[j] - expected) * scale;
                for (std::size_t e = 0; e < hs; ++e) {
                    d_query[q + e] += d_score * c.key[k + j * kv + e];
                    d_key[k + j * kv + e] += d_score * c.query[q + e];
                }
            }
        });
    }

    /// Mean loss [nat]; the logits become their own gradient.
    double cross_entropy(Values& logits, std::span<const Token> targets) const {
        const std::size_t v = shape_.vocabulary;
        const float share = 1.0F / static_cast<float>(tokens_);
        double loss = 0.0;
        for (std::size_t t = 0; t < tokens_; ++t) {
            float* row = &logits[t * v];
            const float largest = *std::max_element(row, row + v);
            for (std::size_t i = 0; i < v; ++i) row[i] -= largest;
            const auto target = static_cast<std::size_t>(targets[t]);
            const double target_logit = double{row[target]};
            kernels::best_kernels().exponential(row, v);
            float sum = 0.0F;
            for (std::size_t i = 0; i < v; ++i) sum += row[i];
            loss += std::log(double{sum}) - target_logit;
            for (std::size_t i = 0; i < v; ++i) row[i] = row[i] / sum * share;
            row[target] -= share;
        }
        return loss / static_cast<double>(tokens_);
    }

    TransformerShape shape_;
    std::size_t sequences_;
    std::size_t length_;
    std::size_t tokens_;
    std::vector<LayerCache> layers_;
    Values cosines_, sines_;  // [position][pair]
    const TrainedTensors* tensors_ = nullptr;
    TrainedTensors* gradients_ = nullptr;
};

TrainingStep::TrainingStep(const TransformerShape& shape, std::size_t sequences, std::size_t length)
    : implementation_(std::make_unique<Implementation>(shape, sequences, length)) {}
TrainingStep::~TrainingStep() = default;

double TrainingStep::run(const TrainedTensors& tensors, std::span<const Token> inputs,
                         std::span<const Token> targets, TrainedTensors& gradients) {
    return implementation_->run(tensors, inputs, targets, gradients);
}

namespace {

/// Adam with decoupled weight decay on matrices.
class Adam {
public:
    Adam(const TransformerShape& shape, float weight_decay)
        : first_(zeros(shape)), second_(zeros(shape)), weight_decay_(weight_decay) {}

    void update(TrainedTensors& tensors, const TrainedTensors& gradients, float rate) {
        constexpr float kBeta1 = 0.9F;
        constexpr float kBeta2 = 0.99F;
        power1_ *= kBeta1;
        power2_ *= kBeta2;
        const float clip = clip_factor(gradients);
        for (std::size_t t = 0; t < index(Tensor::Classifier); ++t) {
            const float decay = is_norm(t) ? 0.0F : rate * weight_decay_;
            for (std::size_t i = 0; i < tensors.values[t].size(); ++i) {
                const float g = gradients.values[t][i] * clip;
                float& m = first_.values[t][i];
                float& v = second_.values[t][i];
                m = kBeta1 * m + (1.0F - kBeta1) * g;
                v = kBeta2 * v + (1.0F - kBeta2) * g * g;
                const float step = m / (1.0F - power1_) / (std::sqrt(v / (1.0F - power2_)) + 1e-8F);
                float& w = tensors.values[t][i];
                w -= rate * step + decay * w;
            }
        }
    }

private:
    static float clip_factor(const TrainedTensors& gradients) {
        double squares = 0.0;
        for (const Values& values : gradients.values) {
            for (const float g : values) squares += double{g} * double{g};
        }
        return static_cast<float>(1.0 / std::max(1.0, std::sqrt(squares)));
    }

    TrainedTensors first_;
    TrainedTensors second_;
    float weight_decay_;
    float power1_ = 1.0F;
    float power2_ = 1.0F;
};

float rate_at(const TrainingRecipe& recipe, std::size_t step) {
    constexpr std::size_t kWarmUp = 20;
    if (step < kWarmUp) {
        return recipe.learning_rate * static_cast<float>(step + 1) / static_cast<float>(kWarmUp);
    }
    const float left = static_cast<float>(recipe.steps - step) / static_cast<float>(recipe.steps);
    return recipe.learning_rate * (0.1F + 0.9F * left);
}

}  // namespace

TrainedTensors train(const TrainingRecipe& recipe, std::span<const Token> tokens,
                     const std::function<void(std::size_t, double)>& report) {
    Random random(recipe.seed);
    TrainedTensors tensors = initial(recipe.shape, random);
    TrainingStep step(recipe.shape, recipe.sequences, recipe.length);
    Adam adam(recipe.shape, recipe.weight_decay);
    std::vector<Token> inputs(recipe.sequences * recipe.length);
    std::vector<Token> targets(inputs.size());
    for (std::size_t i = 0; i < recipe.steps; ++i) {
        for (std::size_t s = 0; s < recipe.sequences; ++s) {
            const std::size_t begin = random.below(tokens.size() - recipe.length);
            for (std::size_t p = 0; p < recipe.length; ++p) {
                inputs[s * recipe.length + p] = p == 0 ? kBeginOfStream : tokens[begin + p];
                targets[s * recipe.length + p] = tokens[begin + p + 1];
            }
        }
        TrainedTensors gradients = zeros(recipe.shape);
        const double loss = step.run(tensors, inputs, targets, gradients);
        adam.update(tensors, gradients, rate_at(recipe, i));
        if (report) report(i, loss);
    }
    return tensors;
}

}  // namespace wafercast::functional
