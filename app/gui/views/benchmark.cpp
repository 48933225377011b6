#include "gui/views/benchmark.hpp"

#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QMouseEvent>
#include <QSlider>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <time.h>
#include <unistd.h>

#include "format/format_number.hpp"
#include "gui/models/text.hpp"
#include "gui/views/design_panel.hpp"
#include "gui/views/field_slider.hpp"
#include "gui/views/main_window.hpp"
#include "gui/views/metric_card.hpp"
#include "gui/views/plot_canvas.hpp"
#include "gui/views/wafer_panel.hpp"
#include "gui/views/wait_for.hpp"

namespace wafercast::gui {

namespace {

constexpr int kSteps = 120;
constexpr int kStartTimeField = 22;  ///< of /proc/self/stat, counted from one

void addSpread(std::vector<Measurement>& out, const QString& name, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) {
        return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
    };
    out.push_back({name + QStringLiteral(".median"), at(0.5), QStringLiteral("ms")});
    out.push_back({name + QStringLiteral(".p99"), at(0.99), QStringLiteral("ms")});
}

double threadMilliseconds() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) * 1e-6;
}

double residentMegabytes() {
    std::ifstream statm{"/proc/self/statm"};
    long total = 0;
    long resident = 0;
    statm >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

struct Drag {
    std::vector<double> steps;    ///< slider moved to headline painted [ms]
    std::vector<double> engines;  ///< of that, the evaluation on its thread [ms]
    std::vector<double> windows;  ///< processor time of the GUI thread [ms], whatever else runs
};

/// A drag of the clock: from each step of the slider until the headline is painted with its answer.
Drag dragSlider(MainWindow& window) {
    window.designPanel().select(QStringLiteral("device.clock"));
    QSlider& slider = window.designPanel().slider().slider();
    MetricCard& card = window.headline().ownerCard();
    std::uint64_t answered = 0;
    Drag drag;
    const auto watch = QObject::connect(&window.service(), &EvaluationService::answered, &window,
                                        [&](const Answer& answer) {
                                            answered = answer.revision;
                                            if (!answer.complete) {
                                                drag.engines.push_back(answer.seconds * 1e3);
                                            }
                                        });
    slider.setSliderDown(true);
    const int start = slider.value();
    for (int i = 1; i <= kSteps; ++i) {
        const int painted = card.repaints();
        QElapsedTimer clock;
        clock.start();
        const double used = threadMilliseconds();
        slider.setValue(start - i);
        const std::uint64_t wanted = window.document().revision();
        waitFor([&] { return answered == wanted && card.repaints() > painted; });
        drag.steps.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
        drag.windows.push_back(threadMilliseconds() - used);
    }
    slider.setSliderDown(false);
    QObject::disconnect(watch);
    return drag;
}

/// Moves the pointer over a figure, from each move until it is painted.
std::vector<double> hoverOver(PlotCanvas& canvas) {
    std::vector<double> times;
    for (int i = 0; i < kSteps; ++i) {
        const QPointF at{canvas.width() * (0.2 + 0.6 * i / kSteps), canvas.height() * 0.4};
        QMouseEvent move{QEvent::MouseMove, at,           canvas.mapToGlobal(at),
                         Qt::NoButton,      Qt::NoButton, Qt::NoModifier};
        QElapsedTimer clock;
        clock.start();
        QApplication::sendEvent(&canvas, &move);
        canvas.repaint();
        times.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }
    return times;
}

std::vector<double> changeTheme(MainWindow& window, Appearance& appearance) {
    std::vector<double> times;
    for (int i = 0; i < 20; ++i) {
        QElapsedTimer clock;
        clock.start();
        appearance.choose(i % 2 == 0 ? ThemeChoice::kDark : ThemeChoice::kLight);
        QApplication::processEvents();
        window.repaint();
        times.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }
    return times;
}

}  // namespace

double secondsSinceStart() {
    std::ifstream stat{"/proc/self/stat"};
    std::string words{std::istreambuf_iterator<char>{stat}, {}};
    // The program's name, in brackets, may hold spaces.
    std::istringstream rest{words.substr(words.rfind(')') + 1)};
    std::string word;
    for (int field = 3; field <= kStartTimeField; ++field) {
        rest >> word;
    }
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    const double started = std::stod(word) / static_cast<double>(sysconf(_SC_CLK_TCK));
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 - started;
}

std::vector<Measurement> measure(MainWindow& window, Appearance& appearance, double firstPaint) {
    std::vector<Measurement> out;
    out.push_back({QStringLiteral("first_paint"), firstPaint, QStringLiteral("s")});
    waitFor([&] { return !window.service().isBusy(); });
    out.push_back(
        {QStringLiteral("first_complete_answer"), secondsSinceStart(), QStringLiteral("s")});
    const Drag drag = dragSlider(window);
    addSpread(out, QStringLiteral("slider_step_to_headline"), drag.steps);
    addSpread(out, QStringLiteral("slider_step_engine"), drag.engines);
    addSpread(out, QStringLiteral("slider_step_window_cpu"), drag.windows);
    waitFor([&] { return !window.service().isBusy(); });
    addSpread(out, QStringLiteral("hover_wafer"), hoverOver(window.waferPanel().canvas()));
    addSpread(out, QStringLiteral("hover_roofline"), hoverOver(window.rooflineCanvas()));
    addSpread(out, QStringLiteral("theme_change"), changeTheme(window, appearance));
    out.push_back({QStringLiteral("resident_memory"), residentMegabytes(), QStringLiteral("MB")});
    return out;
}

QString measurementText(const std::vector<Measurement>& measurements, bool json) {
    QStringList lines;
    for (const Measurement& m : measurements) {
        lines << (json ? QStringLiteral("  { \"name\": \"%1\", \"value\": %2, \"unit\": \"%3\" }")
                       : QStringLiteral("%1  %2 %3"))
                     .arg(json ? m.name : m.name.leftJustified(32),
                          json ? text(json_number(m.value)) : text(format_number(m.value)), m.unit);
    }
    return json
               ? QStringLiteral("[\n") + lines.join(QStringLiteral(",\n")) + QStringLiteral("\n]\n")
               : lines.join(QLatin1Char{'\n'}) + QLatin1Char{'\n'};
}

}  // namespace wafercast::gui
