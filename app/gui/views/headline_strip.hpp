#pragma once

#include <QWidget>

#include "gui/models/evaluation_service.hpp"
#include "gui/models/theme.hpp"

namespace wafercast::gui {

class MetricCard;

/// The answer in one row: cost with its band for builder and owner, speed, energy, device cost,
/// power, and whether it works.
class HeadlineStrip final : public QWidget {
    Q_OBJECT
public:
    /// Where a number is explained.
    enum class Topic { kCost, kSilicon, kSpeed, kEnergy, kLimits };

    explicit HeadlineStrip(QWidget* parent = nullptr);

    void show(const Answer& answer);
    void setTheme(const Theme& theme);
    [[nodiscard]] MetricCard& ownerCard() { return *owner_; }
    [[nodiscard]] MetricCard& builderCard() { return *builder_; }
    [[nodiscard]] MetricCard& verdictCard() { return *verdict_; }

signals:
    void asked(wafercast::gui::HeadlineStrip::Topic topic);

private:
    MetricCard* card(const QString& title, Topic topic, const QString& help);
    void showCost(const Evaluation& evaluation, bool complete);
    void showServing(const Evaluation& evaluation);
    void showDevice(const Evaluation& evaluation);
    void showVerdict(const Evaluation& evaluation);
    void showFailures(const Failures& failures);

    MetricCard* owner_;
    MetricCard* builder_;
    MetricCard* renter_;
    MetricCard* rate_;
    MetricCard* user_;
    MetricCard* energy_;
    MetricCard* cost_;
    MetricCard* power_;
    MetricCard* verdict_;
};

}  // namespace wafercast::gui
