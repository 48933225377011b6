#include "gui/models/evaluation_service.hpp"

#include <QApplication>
#include <atomic>
#include <condition_variable>
#include <gtest/gtest.h>
#include <mutex>
#include <vector>

#include "gui/studio_fixture.hpp"
#include "gui/views/wait_for.hpp"

namespace wafercast::gui {
namespace {

/// An evaluation that waits at a gate.
class Gate {
public:
    Evaluate evaluate() {
        return
            [this](const LoadedDesign& loaded, Depth depth, std::stop_token stop, const Notice&) {
                started_ += 1;
                std::unique_lock lock{mutex_};
                const bool waits = loaded.design.title == "slow";
                opened_.wait(lock, [&] { return !waits || open_; });
                if (stop.stop_requested()) {
                    stopped_ += 1;
                }
                Answer answer;
                answer.complete = depth == Depth::kComplete;
                auto evaluation = std::make_shared<Evaluation>();
                evaluation->design = loaded.design.title;
                answer.evaluation = evaluation;
                return answer;
            };
    }

    void open() {
        {
            const std::lock_guard lock{mutex_};
            open_ = true;
        }
        opened_.notify_all();
    }

    [[nodiscard]] int started() const { return started_; }
    [[nodiscard]] int stopped() const { return stopped_; }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
    std::atomic<int> started_ = 0;
    std::atomic<int> stopped_ = 0;
};

std::shared_ptr<const LoadedDesign> named(const char* title) {
    auto loaded = std::make_shared<LoadedDesign>();
    loaded->design.title = title;
    return loaded;
}

class EvaluationServiceTest : public testing::Test {
protected:
    EvaluationServiceTest() {
        QObject::connect(&service, &EvaluationService::answered, &service,
                         [this](const Answer& answer) { answers.push_back(answer); });
    }
    ~EvaluationServiceTest() override { gate.open(); }

    bool idle() {
        return waitFor([this] { return !service.isBusy(); }, 5000);
    }

    Gate gate;
    EvaluationService service{gate.evaluate()};
    std::vector<Answer> answers;
};

TEST_F(EvaluationServiceTest, AnswersQuicklyThenCompletely) {
    service.request(named("fast"), 1);
    EXPECT_TRUE(service.isBusy());
    ASSERT_TRUE(idle());
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_FALSE(answers[0].complete);
    EXPECT_TRUE(answers[1].complete);
    EXPECT_EQ(answers[1].revision, 1U);
}

TEST_F(EvaluationServiceTest, AnAnswerOfAClosedDesignIsDropped) {
    service.request(named("slow"), 1);
    ASSERT_TRUE(waitFor([this] { return gate.started() == 1; }));
    service.forget();
    service.request(named("fast"), 2);
    gate.open();
    ASSERT_TRUE(idle());
    for (const Answer& answer : answers) {
        EXPECT_EQ(answer.evaluation->design, "fast");
    }
    EXPECT_EQ(service.dropped(), 1U);
    EXPECT_EQ(gate.stopped(), 1);
}

TEST_F(EvaluationServiceTest, TheNewestOfManyRequestsWins) {
    service.request(named("slow"), 1);
    ASSERT_TRUE(waitFor([this] { return gate.started() == 1; }));
    for (std::uint64_t revision = 2; revision <= 60; ++revision) {
        service.request(named("fast"), revision);
    }
    gate.open();
    ASSERT_TRUE(idle());
    // One that ran, then the newest; the 58 between never started.
    EXPECT_EQ(gate.started(), 3);
    EXPECT_EQ(answers.back().revision, 60U);
    EXPECT_TRUE(answers.back().complete);
    for (std::size_t i = 1; i < answers.size(); ++i) {
        EXPECT_GE(answers[i].revision, answers[i - 1].revision);
    }
}

TEST_F(EvaluationServiceTest, AnOlderRequestIsIgnored) {
    service.request(named("fast"), 5);
    ASSERT_TRUE(idle());
    const auto before = answers.size();
    service.request(named("fast"), 4);
    EXPECT_FALSE(service.isBusy());
    EXPECT_EQ(answers.size(), before);
}

TEST_F(EvaluationServiceTest, LateBandsAreDropped) {
    // Quick answers come at once; only the complete ones wait at the gate.
    std::atomic<bool> release = false;
    std::atomic<int> complete = 0;
    EvaluationService bands{[&](const LoadedDesign&, Depth depth, std::stop_token, const Notice&) {
        Answer answer;
        answer.complete = depth == Depth::kComplete;
        if (answer.complete && ++complete == 1) {
            while (!release) {
                std::this_thread::yield();
            }
        }
        answer.evaluation = std::make_shared<Evaluation>();
        return answer;
    }};
    std::vector<std::pair<std::uint64_t, bool>> seen;
    QObject::connect(&bands, &EvaluationService::answered, &bands, [&](const Answer& answer) {
        seen.emplace_back(answer.revision, answer.complete);
    });
    bands.request(named("fast"), 1);
    ASSERT_TRUE(waitFor([&] { return complete == 1; }));
    bands.request(named("fast"), 2);
    release = true;
    ASSERT_TRUE(waitFor([&] { return !bands.isBusy(); }));
    EXPECT_EQ(bands.dropped(), 1U);
    const std::vector<std::pair<std::uint64_t, bool>> expected{{1, false}, {2, false}, {2, true}};
    EXPECT_EQ(seen, expected);
}

}  // namespace
}  // namespace wafercast::gui
