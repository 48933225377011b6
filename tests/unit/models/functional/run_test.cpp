#include "functional/run.hpp"

#include <unistd.h>

#include "gtest/gtest.h"

#include "functional/run_cache.hpp"
#include "functional/sha256.hpp"
#include "unit/models/functional/functional_test_support.hpp"

namespace wafercast::functional {
namespace {

using namespace testing;
namespace fs = std::filesystem;

class FunctionalRunTest : public ::testing::Test {
protected:
    FunctionalRunTest()
        : folder_(fs::temp_directory_path() /
                  ("wafercast-run-" + std::to_string(::getpid()) + "-" +
                   ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        write_bytes(folder_ / "model.bin", random_checkpoint(small_shape()));
        write_bytes(folder_ / "tok.bin",
                    write_tokenizer(*Tokenizer::from_pieces(small_vocabulary(300), "t")));
        std::string text;
        for (int i = 0; i < 600; ++i) text += "abc cab a\n"[static_cast<std::size_t>(i * 7 % 10)];
        write_bytes(folder_ / "text.txt", std::as_bytes(std::span{text}));
    }
    ~FunctionalRunTest() override { fs::remove_all(folder_); }

    FunctionalRequest request() const {
        FunctionalRequest r;
        r.model = (folder_ / "model.bin").string();
        r.text = (folder_ / "text.txt").string();
        r.numerics = *find_numerics("int8");
        r.tokens = 40;
        r.generate = 10;
        r.cache_directory = folder_ / "cache";
        return r;
    }
    fs::path entry() const {
        for (const auto& e : fs::recursive_directory_iterator(folder_ / "cache")) {
            if (e.path().extension() == ".run") return e.path();
        }
        return {};
    }

    fs::path folder_;
};

TEST_F(FunctionalRunTest, IsRememberedBitByBit) {
    const auto first = run_functional(request());
    ASSERT_TRUE(first.has_value()) << first.error().front().message;
    EXPECT_FALSE(first->from_cache);
    EXPECT_GE(first->quality.scored_tokens, 40U);
    EXPECT_EQ(first->generated.size(), 10U);
    EXPECT_TRUE(first->statistics.measured);
    EXPECT_GT(first->statistics.weight_sparsity, 0.0);
    const auto second = run_functional(request());
    ASSERT_TRUE(second.has_value());
    EXPECT_TRUE(second->from_cache);
    EXPECT_EQ(second->run_id, first->run_id);
    EXPECT_EQ(second->quality, first->quality);
    EXPECT_EQ(second->traffic, first->traffic);
    EXPECT_EQ(second->statistics, first->statistics);
    EXPECT_EQ(second->generated_text, first->generated_text);
    EXPECT_EQ(second->protocol, first->protocol);
}

TEST_F(FunctionalRunTest, EveryInputChangesTheIdentity) {
    std::set<std::string> ids;
    const auto id_of = [&](const FunctionalRequest& r) {
        const auto run = run_functional(r);
        EXPECT_TRUE(run.has_value());
        return run.has_value() ? run->run_id : std::string{};
    };
    ids.insert(id_of(request()));
    auto changed = request();
    changed.numerics = *find_numerics("w_int4_g32");
    ids.insert(id_of(changed));
    changed = request();
    changed.window = 20;
    ids.insert(id_of(changed));
    changed = request();
    changed.leading_bos = true;
    ids.insert(id_of(changed));
    auto text = read_bytes(folder_ / "text.txt");
    text.back() = std::byte{'b'};
    write_bytes(folder_ / "text.txt", text);
    ids.insert(id_of(request()));
    write_bytes(folder_ / "model.bin", random_checkpoint(small_shape(), 8));
    ids.insert(id_of(request()));
    EXPECT_EQ(ids.size(), 6U);
    auto threads = request();
    threads.threads = 1;
    EXPECT_TRUE(ids.contains(id_of(threads)));
}

TEST_F(FunctionalRunTest, ADamagedEntryIsIgnoredAndReplaced) {
    const auto first = run_functional(request());
    ASSERT_TRUE(first.has_value());
    auto bytes = read_bytes(entry());
    bytes[bytes.size() / 2] ^= std::byte{1};
    write_bytes(entry(), bytes);
    const auto second = run_functional(request());
    ASSERT_TRUE(second.has_value());
    EXPECT_FALSE(second->from_cache);
    EXPECT_EQ(second->quality, first->quality);
    EXPECT_TRUE(run_functional(request())->from_cache);
    write_bytes(entry(), {});
    EXPECT_FALSE(run_functional(request())->from_cache);
}

TEST_F(FunctionalRunTest, CachedOnlyDoesNotRun) {
    auto r = request();
    r.cached_only = true;
    const auto missing = run_functional(r);
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().front().code, "functional.not_cached");
    ASSERT_TRUE(run_functional(request()).has_value());
    EXPECT_TRUE(run_functional(r).has_value());
}

TEST_F(FunctionalRunTest, AnUnwritableCacheIsOnlyAWarning) {
    write_bytes(folder_ / "cache", {});  // a file where the folder should be
    const auto run = run_functional(request());
    ASSERT_TRUE(run.has_value());
    ASSERT_FALSE(run->warnings.empty());
    EXPECT_NE(run->warnings.back().find("could not be remembered"), std::string::npos);
}

TEST_F(FunctionalRunTest, ProblemsAreNamed) {
    const auto code_of = [](const FunctionalRequest& r) {
        const auto run = run_functional(r);
        return run.has_value() ? std::string{"none"} : run.error().front().code;
    };
    auto r = request();
    r.text = (folder_ / "none.txt").string();
    EXPECT_EQ(code_of(r), "functional.cannot_read");
    r = request();
    r.text = (folder_ / "short.txt").string();
    write_bytes(folder_ / "short.txt", std::as_bytes(std::span{"ab", 2}));
    EXPECT_EQ(code_of(r), "functional.text_too_short");
    r = request();
    r.model = (folder_ / "text.txt").string();
    EXPECT_EQ(code_of(r), "functional.bad_file");
    write_bytes(folder_ / "tok2.bin", {});
    EXPECT_EQ(code_of(request()), "functional.no_tokenizer");
}

TEST_F(FunctionalRunTest, WarnsWhenTheModelKnowsNothingOfTheText) {
    // random weights: worse than a uniform guess
    const auto run = run_functional(request());
    ASSERT_TRUE(run.has_value());
    ASSERT_FALSE(run->warnings.empty());
    EXPECT_NE(run->warnings.front().find("no better than chance"), std::string::npos);
}

TEST(BuiltinTiny, BeatsAUnigramOnHeldOutText) {
    const fs::path tiny = builtin_models_directory() / "tiny";
    ASSERT_TRUE(fs::exists(tiny / "model.bin")) << tiny;
    const auto loaded = load_model(tiny / "model.bin", tiny / "tokenizer.bin");
    ASSERT_TRUE(loaded.has_value());
    const char* source = std::getenv("WAFERCAST_SOURCE_DIR");
    ASSERT_NE(source, nullptr);
    const std::string whole =
        read_text(fs::path{source} / "models" / "functional" / "train" / "genesis.txt");
    const std::string held_out = read_text(tiny / "text.txt");
    ASSERT_TRUE(whole.ends_with(held_out));
    const auto training = loaded->tokenizer.encode(whole.substr(0, whole.size() - held_out.size()));
    const auto scored = loaded->tokenizer.encode(held_out);
    FunctionalRequest request;
    request.tokens = 2000;
    request.numerics = *find_numerics("int8");
    const auto run = run_functional(request);
    ASSERT_TRUE(run.has_value()) << run.error().front().message;
    EXPECT_GE(run->quality.scored_tokens, 2000U);
    const double unigram = unigram_nll(training, scored, loaded->tokenizer.size());
    EXPECT_LT(run->quality.nll_reference.mean, unigram - 1.0);  // measured: 3.7 against 5.06 nat
    EXPECT_LT(run->quality.kl.mean, 0.01);
    EXPECT_TRUE(run->warnings.empty());
    EXPECT_FALSE(run->generated_text.empty());
}

TEST(Sha256, MatchesPublishedVectors) {
    Sha256 empty;
    EXPECT_EQ(empty.hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    Sha256 abc;
    abc.update(std::as_bytes(std::span{"abc", 3}));
    EXPECT_EQ(abc.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 pieces;
    const std::string million(1000000, 'a');
    for (std::size_t i = 0; i < million.size(); i += 37) {
        pieces.update(std::as_bytes(
            std::span{million}.subspan(i, std::min<std::size_t>(37, million.size() - i))));
    }
    EXPECT_EQ(pieces.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace wafercast::functional
