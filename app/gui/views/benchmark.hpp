#pragma once

#include <QString>
#include <vector>

namespace wafercast::gui {

class Appearance;
class MainWindow;

/// A measured figure of the window.
struct Measurement {
    QString name;
    double value = 0.0;
    QString unit;
};

/// Seconds since the kernel started this process.
double secondsSinceStart();

/// Drives the shown window as a person would: first paint, slider steps to the repainted headline,
/// hover, theme change; and the memory it takes.
/// @param firstPaint [s] since the process was started
std::vector<Measurement> measure(MainWindow& window, Appearance& appearance, double firstPaint);

/// As lines of text, or as JSON with the rows of wafercast-bench.
QString measurementText(const std::vector<Measurement>& measurements, bool json);

}  // namespace wafercast::gui
