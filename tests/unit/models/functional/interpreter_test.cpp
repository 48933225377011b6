#include "functional/interpreter.hpp"

#include <cmath>
#include <sstream>

#include "gtest/gtest.h"

#include "math/math.hpp"
#include "unit/models/functional/functional_test_support.hpp"

namespace wafercast::functional {
namespace {

using namespace testing;

std::shared_ptr<const PreparedModel> prepare(const Checkpoint& checkpoint, const char* numerics) {
    const auto contract = find_numerics(numerics);
    EXPECT_TRUE(contract.has_value()) << numerics;
    return PreparedModel::prepare(checkpoint, *contract);
}

std::vector<Token> some_tokens(std::size_t count, std::size_t vocabulary) {
    Numbers numbers(21);
    std::vector<Token> tokens(count);
    for (Token& t : tokens) t = static_cast<Token>(numbers.below(vocabulary));
    return tokens;
}

/// Logits after every token, fed in blocks of the given size.
std::vector<std::vector<float>> all_logits(ValueInterpreter& interpreter,
                                           const std::vector<Token>& tokens, std::size_t block) {
    std::vector<std::vector<float>> result;
    for (std::size_t begin = 0; begin < tokens.size(); begin += block) {
        const std::size_t size = std::min(block, tokens.size() - begin);
        interpreter.feed(std::span{tokens}.subspan(begin, size), true);
        for (std::size_t t = 0; t < size; ++t) {
            const auto logits = interpreter.logits(t);
            result.emplace_back(logits.begin(), logits.end());
        }
    }
    return result;
}

/// The forward pass again, in double and with plain loops: nothing shared with the interpreter.
class PlainForward {
public:
    explicit PlainForward(const Checkpoint& c)
        : c_(c), keys_(c.shape.layers), values_(c.shape.layers) {}

    std::vector<double> step(Token token, std::size_t position) {
        const auto& s = c_.shape;
        const auto row =
            c_.tensor(Tensor::Embedding).subspan(static_cast<std::size_t>(token) * s.dim, s.dim);
        std::vector<double> x(row.begin(), row.end());
        for (std::size_t l = 0; l < s.layers; ++l) layer(x, l, position);
        return times(Tensor::Classifier, 0, norm(x, Tensor::FinalNorm, 0), s.vocabulary);
    }

private:
    std::vector<double> norm(const std::vector<double>& x, Tensor t, std::size_t l) const {
        double squares = 0.0;
        for (const double v : x) squares += v * v;
        const double scale = 1.0 / std::sqrt(squares / static_cast<double>(x.size()) + 1e-5);
        std::vector<double> y(x);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] *= scale * double{c_.tensor(t, l)[i]};
        return y;
    }
    std::vector<double> times(Tensor t, std::size_t l, const std::vector<double>& x,
                              std::size_t rows) const {
        std::vector<double> y(rows, 0.0);
        const auto w = c_.tensor(t, l);
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t i = 0; i < x.size(); ++i) y[r] += double{w[r * x.size() + i]} * x[i];
        }
        return y;
    }
    void rotate(std::vector<double>& v, std::size_t position) const {
        const std::size_t hs = c_.shape.head_size();
        for (std::size_t i = 0; i < v.size(); i += 2) {
            const double angle =
                static_cast<double>(position) /
                std::pow(10000.0, static_cast<double>(i % hs) / static_cast<double>(hs));
            const double a = v[i];
            v[i] = a * std::cos(angle) - v[i + 1] * std::sin(angle);
            v[i + 1] = a * std::sin(angle) + v[i + 1] * std::cos(angle);
        }
    }
    void layer(std::vector<double>& x, std::size_t l, std::size_t position) {
        const auto& s = c_.shape;
        const std::size_t hs = s.head_size();
        const auto n = norm(x, Tensor::AttentionNorm, l);
        auto q = times(Tensor::Query, l, n, s.dim);
        auto k = times(Tensor::Key, l, n, s.kv_dim());
        rotate(q, position);
        rotate(k, position);
        keys_[l].push_back(k);
        values_[l].push_back(times(Tensor::Value, l, n, s.kv_dim()));
        std::vector<double> mixed(s.dim, 0.0);
        for (std::size_t h = 0; h < s.heads; ++h) {
            const std::size_t kv = h / (s.heads / s.kv_heads) * hs;
            std::vector<double> p;
            double sum = 0.0;
            for (const auto& key : keys_[l]) {
                double dot = 0.0;
                for (std::size_t i = 0; i < hs; ++i) dot += q[h * hs + i] * key[kv + i];
                p.push_back(std::exp(dot / std::sqrt(static_cast<double>(hs))));
                sum += p.back();
            }
            for (std::size_t t = 0; t < p.size(); ++t) {
                for (std::size_t i = 0; i < hs; ++i) {
                    mixed[h * hs + i] += p[t] / sum * values_[l][t][kv + i];
                }
            }
        }
        const auto o = times(Tensor::Output, l, mixed, s.dim);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] += o[i];
        const auto m = norm(x, Tensor::FeedForwardNorm, l);
        auto gate = times(Tensor::Gate, l, m, s.hidden);
        const auto up = times(Tensor::Up, l, m, s.hidden);
        for (std::size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1.0 + std::exp(-gate[i]));
        const auto down = times(Tensor::Down, l, gate, s.dim);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] += down[i];
    }

    const Checkpoint& c_;
    std::vector<std::vector<std::vector<double>>> keys_, values_;
};

TEST(ValueInterpreter, MatchesAPlainForwardPassInDouble) {
    const auto checkpoint = checkpoint_from(random_checkpoint(small_shape()));
    ASSERT_TRUE(checkpoint.has_value());
    ValueInterpreter interpreter(prepare(*checkpoint, "fp32"), 20);
    PlainForward plain(*checkpoint);
    const auto tokens = some_tokens(20, 300);
    const auto logits = all_logits(interpreter, tokens, 3);
    for (std::size_t p = 0; p < tokens.size(); ++p) {
        const auto expected = plain.step(tokens[p], p);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_NEAR(double{logits[p][i]}, expected[i], 2e-5) << p << " " << i;
        }
    }
}

TEST(ValueInterpreter, BlocksAndInstructionSetsGiveTheSameBits) {
    const auto checkpoint = checkpoint_from(random_checkpoint(small_shape()));
    const auto tokens = some_tokens(23, 300);
    for (const auto& numerics : example_numerics()) {
        const auto model = prepare(*checkpoint, numerics.c_str());
        ValueInterpreter one(model, 23, kernels::available_kernels().front());
        const auto expected = all_logits(one, tokens, 1);
        for (const auto& set : kernels::available_kernels()) {
            for (const std::size_t block : {1U, 2U, 3U, 4U}) {
                ValueInterpreter other(model, 40, set);  // capacity must not matter either
                EXPECT_EQ(all_logits(other, tokens, block), expected)
                    << numerics << " " << set.name << " blocks of " << block;
            }
        }
    }
}

TEST(ValueInterpreter, EveryContractChangesTheLogits) {
    const auto checkpoint = checkpoint_from(random_checkpoint(small_shape()));
    const auto tokens = some_tokens(12, 300);
    std::map<std::vector<float>, std::string> seen;
    for (const auto& numerics : example_numerics()) {
        ValueInterpreter interpreter(prepare(*checkpoint, numerics.c_str()), 12);
        const auto logits = all_logits(interpreter, tokens, 4).back();
        const auto [it, is_new] = seen.emplace(logits, numerics);
        EXPECT_TRUE(is_new) << numerics << " gives the logits of " << it->second;
    }
}

// Integer accumulation is exact: the same as a sum in 64-bit integers, however long the row.
TEST(ValueInterpreter, IntegerAccumulationIsExactPastTheFloatRange) {
    TransformerShape shape = small_shape();
    shape.hidden = 2500;  // more columns of `down` than one exact run of float sums
    shape.layers = 1;
    const auto checkpoint = checkpoint_from(random_checkpoint(shape));
    ASSERT_TRUE(checkpoint.has_value());
    std::vector<float> x(shape.hidden);
    Numbers numbers(31);
    for (float& v : x) v = static_cast<float>(numbers.below(3) + 125);  // as large as they get
    std::vector<float> w(shape.hidden, 127.0F);
    const auto packed = kernels::pack(w, 1, shape.hidden);
    double sum = 0.0;
    std::int64_t expected = 0;
    for (std::size_t begin = 0; begin < shape.hidden; begin += 1024) {
        float part[16];
        const std::size_t end = std::min<std::size_t>(shape.hidden, begin + 1024);
        kernels::best_kernels().linear(packed, begin, end, x.data(), shape.hidden, 1, part, 16);
        sum += double{part[0]};
    }
    for (const float v : x) expected += 127 * static_cast<std::int64_t>(v);
    EXPECT_EQ(static_cast<std::int64_t>(sum), expected);
    // and the interpreter takes that path without a difference between instruction sets
    const auto model = prepare(*checkpoint, "int8");
    const auto tokens = some_tokens(4, 300);
    ValueInterpreter a(model, 4, kernels::available_kernels().front());
    ValueInterpreter b(model, 4);
    EXPECT_EQ(all_logits(a, tokens, 1), all_logits(b, tokens, 4));
}

TEST(ValueInterpreter, CountersEqualTheClosedForms) {
    const auto checkpoint = checkpoint_from(random_checkpoint(small_shape()));
    for (const auto& numerics : example_numerics()) {
        const auto model = prepare(*checkpoint, numerics.c_str());
        ValueInterpreter interpreter(model, 30);
        const auto logits = all_logits(interpreter, some_tokens(30, 300), 4);
        Traffic counted = interpreter.traffic();
        counted.linear_inputs = counted.zero_linear_inputs = 0;
        EXPECT_EQ(counted, closed_form_traffic(small_shape(), model->numerics(), 0, 30))
            << numerics;
    }
}

TEST(ValueInterpreter, CountersMatchTheReferenceTable) {
    const auto table = shared_folder() / "reference" / "functional" / "operator_traffic.csv";
    SKIP_WITHOUT(table);
    SKIP_WITHOUT(stories_model());
    const auto checkpoint = read_checkpoint(stories_model());
    ASSERT_TRUE(checkpoint.has_value());
    std::map<std::string, std::string> expected;
    for (const auto& row : read_csv(table)) {
        if (row.at("model") == "stories260K") expected[row.at("quantity")] = row.at("value");
    }
    const auto model = prepare(*checkpoint, "fp32");
    ValueInterpreter interpreter(model, 256);
    const auto tokens = some_tokens(256, 512);
    interpreter.feed(std::span{tokens}.first(1), true);
    const Traffic one = interpreter.traffic();
    const auto check = [&](const char* quantity, std::uint64_t value) {
        EXPECT_EQ(expected.at(quantity), std::to_string(value)) << quantity;
    };
    check("linear_macs_per_token_in_layers", one.linear_macs);
    check("classifier_macs_per_token", one.classifier_macs);
    check("linear_weight_bytes_per_token", one.linear_weight_bytes);
    check("classifier_weight_bytes_per_token_fp32", one.classifier_weight_bytes);
    check("embedding_row_bytes_per_token_fp32", one.embedding_bytes);
    check("kv_write_bytes_per_token_fp32", one.kv_write_bytes);
    check("parameters", checkpoint->shape.parameters());
    EXPECT_EQ(expected.at("attention_macs_at_position_p"),
              std::to_string(one.attention_macs) + "*(p+1)");
    EXPECT_EQ(expected.at("kv_read_bytes_at_position_p_fp32"),
              std::to_string(one.kv_read_bytes) + "*(p+1)");
    for (std::size_t p = 1; p < 256; ++p) interpreter.feed(std::span{tokens}.subspan(p, 1), true);
    check("total_macs_decode_of_256_tokens_from_position_0", interpreter.traffic().macs());
}

TEST(ValueInterpreter, ReproducesTheReferenceLogits) {
    const auto table = shared_folder() / "reference" / "functional" / "stories260K_logits.csv";
    SKIP_WITHOUT(table);
    SKIP_WITHOUT(stories_model());
    const auto loaded = load_model(stories_model(), stories_tokenizer());
    ASSERT_TRUE(loaded.has_value());
    const auto model = PreparedModel::prepare(loaded->checkpoint, NumericsContract{});
    std::size_t compared = 0;
    for (const auto& row : read_csv(table)) {
        std::vector<Token> tokens = loaded->tokenizer.encode(row.at("prompt"));
        tokens.insert(tokens.begin(), kBeginOfStream);
        const auto position = static_cast<std::size_t>(std::stoul(row.at("position")));
        ValueInterpreter interpreter(model, 512);
        if (position + 1 > tokens.size()) {
            const auto more = generate_greedy(interpreter, tokens, position + 1 - tokens.size());
            tokens.insert(tokens.end(), more.begin(), more.end());
            interpreter.reset();
        }
        tokens.resize(position + 1);
        const auto logits = all_logits(interpreter, tokens, 4).back();
        for (std::size_t i = 0; i < 8; ++i) {
            EXPECT_NEAR(double{logits[i]}, std::stod(row.at("logit" + std::to_string(i))), 1e-5)
                << row.at("prompt") << " " << position;
            ++compared;
        }
    }
    EXPECT_EQ(compared, 14U * 8U);
}

TEST(ValueInterpreter, ReproducesTheReferenceTokens) {
    const auto table = shared_folder() / "reference" / "functional" / "stories260K_greedy_fp32.csv";
    SKIP_WITHOUT(table);
    SKIP_WITHOUT(stories_model());
    const auto loaded = load_model(stories_model(), stories_tokenizer());
    ASSERT_TRUE(loaded.has_value());
    const auto model = PreparedModel::prepare(loaded->checkpoint, NumericsContract{});
    const auto rows = read_csv(table);
    EXPECT_GE(rows.size(), 2U);
    for (const auto& row : rows) {
        std::vector<Token> tokens = loaded->tokenizer.encode(row.at("prompt"));
        tokens.insert(tokens.begin(), kBeginOfStream);
        EXPECT_EQ(std::to_string(tokens.size()), row.at("n_prompt_tokens_incl_bos"));
        ValueInterpreter interpreter(model, 512);
        const auto more = generate_greedy(interpreter, tokens, 200);
        tokens.insert(tokens.end(), more.begin(), more.end());
        std::ostringstream text;
        for (const Token t : tokens) text << (text.tellp() > 0 ? " " : "") << t;
        EXPECT_EQ(text.str(), row.at("token_ids"));
    }
}

TEST(GenerateGreedy, StopsAtTheCapacity) {
    const auto checkpoint = checkpoint_from(random_checkpoint(small_shape()));
    ValueInterpreter interpreter(prepare(*checkpoint, "fp32"), 9);
    const std::vector<Token> prompt = {1, 5, 6};
    EXPECT_EQ(generate_greedy(interpreter, prompt, 100).size(), 7U);  // the last one is not fed
    interpreter.reset();
    EXPECT_EQ(generate_greedy(interpreter, prompt, 2).size(), 2U);
}

TEST(Greatest, TakesTheLowestOnATieAndSkipsNotANumber) {
    const float nan = std::nanf("");
    EXPECT_EQ(greatest(std::vector<float>{1.0F, 3.0F, 3.0F}), 1);
    EXPECT_EQ(greatest(std::vector<float>{nan, -3.0F, nan, 2.0F}), 3);
    EXPECT_EQ(greatest(std::vector<float>{nan, nan}), 0);
}

}  // namespace
}  // namespace wafercast::functional
