#pragma once

#include <QMetaType>
#include <QObject>
#include <QString>
#include <QTimer>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "evaluate/roofline.hpp"
#include "gui/models/newest_job.hpp"
#include "session/session.hpp"
#include "session/wafer_maps.hpp"

namespace wafercast::gui {

/// What one revision of a design evaluates to. Shared and never changed once answered.
struct Answer {
    std::uint64_t revision = 0;
    bool complete = false;  ///< with bands and the functional run
    std::shared_ptr<const LoadedDesign> design;
    std::shared_ptr<const Evaluation> evaluation;  ///< null when the design has problems
    std::shared_ptr<const std::vector<DieWafer>> wafers;
    std::shared_ptr<const Roofline> roofline;
    Failures failures;
    double seconds = 0.0;  ///< the evaluation took on its thread
};

/// How much of an answer is asked for.
enum class Depth { kQuick, kComplete };

using Notice = std::function<void(const std::string&)>;
/// Evaluates a design; runs on a worker thread.
using Evaluate = std::function<Answer(const LoadedDesign&, Depth, std::stop_token, const Notice&)>;

/// Evaluates with a session that outlives the function.
Evaluate evaluateWith(const Session& session);

/// Answers requests off the GUI thread: first the numbers, then, once edits pause, the bands and
/// the functional run.
///
/// The newest request wins: one that waits is replaced, one that runs is asked to stop, and an
/// answer older than what was shown, or from before forget(), is dropped. Bands are dropped unless
/// they are of the newest request.
class EvaluationService final : public QObject {
    Q_OBJECT
public:
    explicit EvaluationService(Evaluate evaluate, QObject* parent = nullptr);
    ~EvaluationService() override;

    /// Revisions rise; a request below the newest is ignored.
    void request(std::shared_ptr<const LoadedDesign> design, std::uint64_t revision);

    /// Drops whatever is under way: another design is being opened.
    void forget();

    [[nodiscard]] bool isBusy() const { return busy_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

signals:
    void answered(const wafercast::gui::Answer& answer);
    void busyChanged(bool busy);
    void noticed(const QString& text);

private:
    using Job = NewestJob::Job;

    Job jobFor(Depth depth);
    void receive(const Answer& answer);
    void setBusy(bool busy);

    Evaluate evaluate_;
    std::shared_ptr<const LoadedDesign> newest_;
    std::uint64_t requested_ = 0;
    std::uint64_t shown_ = 0;
    std::uint64_t forgotten_ = 0;  ///< answers up to here belong to a design that was closed
    std::uint64_t dropped_ = 0;
    bool busy_ = false;
    QTimer pause_;
    // Last, so that the threads end before what they use does.
    std::unique_ptr<NewestJob> quick_;
    std::unique_ptr<NewestJob> complete_;
};

}  // namespace wafercast::gui

Q_DECLARE_METATYPE(wafercast::gui::Answer)
