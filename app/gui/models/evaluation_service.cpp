#include "gui/models/evaluation_service.hpp"

#include <QElapsedTimer>
#include <QMetaObject>
#include <utility>

#include "gui/models/text.hpp"

namespace wafercast::gui {

namespace {

/// Pause after the last quick answer before the bands are asked for [ms].
constexpr int kPause = 60;

EvaluateOptions optionsFor(const Session& session, Depth depth, std::stop_token stop,
                           const Notice& notice) {
    EvaluateOptions options;
    options.seed = session.options().seed;
    options.stop = std::move(stop);
    options.notice = notice;
    if (depth == Depth::kQuick) {
        options.samples = 0;
        options.functional = EvaluateOptions::Functional::kCachedOnly;
    }
    return options;
}

}  // namespace

Evaluate evaluateWith(const Session& session) {
    return [&session](const LoadedDesign& loaded, Depth depth, std::stop_token stop,
                      const Notice& notice) {
        Answer answer;
        answer.complete = depth == Depth::kComplete;
        auto evaluation = session.evaluate(loaded, optionsFor(session, depth, stop, notice));
        const auto prepared = session.prepare(loaded);
        if (!evaluation || !prepared) {
            answer.failures = evaluation ? prepared.error() : evaluation.error();
            return answer;
        }
        answer.wafers = std::make_shared<const std::vector<DieWafer>>(
            wafer_maps(prepared->resolved, evaluation->metrics));
        answer.roofline = std::make_shared<const Roofline>(roofline(*evaluation));
        answer.evaluation = std::make_shared<const Evaluation>(std::move(evaluation).value());
        return answer;
    };
}

EvaluationService::EvaluationService(Evaluate evaluate, QObject* parent)
    : QObject{parent},
      evaluate_{std::move(evaluate)},
      quick_{std::make_unique<NewestJob>()},
      complete_{std::make_unique<NewestJob>()} {
    pause_.setSingleShot(true);
    pause_.setInterval(kPause);
    connect(&pause_, &QTimer::timeout, this, [this] { complete_->give(jobFor(Depth::kComplete)); });
}

EvaluationService::~EvaluationService() = default;

void EvaluationService::request(std::shared_ptr<const LoadedDesign> design,
                                std::uint64_t revision) {
    if (revision < requested_ || revision <= forgotten_) {
        return;
    }
    newest_ = std::move(design);
    requested_ = revision;
    pause_.stop();
    complete_->cancel();
    setBusy(true);
    quick_->give(jobFor(Depth::kQuick));
}

void EvaluationService::forget() {
    forgotten_ = requested_;
    newest_.reset();
    pause_.stop();
    quick_->cancel();
    complete_->cancel();
    setBusy(false);
}

EvaluationService::Job EvaluationService::jobFor(Depth depth) {
    // The job holds its own copies; `this` is only used to post, and outlives both threads.
    return [this, depth, design = newest_, revision = requested_](std::stop_token stop) {
        const Notice notice = [this](const std::string& words) {
            QMetaObject::invokeMethod(
                this, [this, shown = text(words)] { emit noticed(shown); }, Qt::QueuedConnection);
        };
        QElapsedTimer clock;
        clock.start();
        Answer answer = evaluate_(*design, depth, stop, notice);
        answer.seconds = static_cast<double>(clock.nsecsElapsed()) * 1e-9;
        answer.revision = revision;
        answer.design = design;
        QMetaObject::invokeMethod(
            this, [this, done = std::move(answer)] { receive(done); }, Qt::QueuedConnection);
    };
}

void EvaluationService::receive(const Answer& answer) {
    const bool closed = answer.revision <= forgotten_;
    const bool overtaken = answer.revision < shown_;
    const bool late = answer.complete && answer.revision != requested_;
    if (closed || overtaken || late) {
        ++dropped_;
        return;
    }
    shown_ = answer.revision;
    emit answered(answer);
    if (answer.revision != requested_) {
        return;
    }
    if (!answer.complete && answer.failures.empty()) {
        pause_.start();
    } else {
        setBusy(false);
    }
}

void EvaluationService::setBusy(bool busy) {
    if (busy != busy_) {
        busy_ = busy;
        emit busyChanged(busy);
    }
}

}  // namespace wafercast::gui
