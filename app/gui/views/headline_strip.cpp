#include "gui/views/headline_strip.hpp"

#include <QHBoxLayout>
#include <cmath>

#include "format/format_number.hpp"
#include "gui/models/text.hpp"
#include "gui/views/metric_card.hpp"
#include "units/units.hpp"

namespace wafercast::gui {

namespace {

namespace dim = dimension;

const QString kNothing = QStringLiteral("–");

QString perMtok(double usd) {
    return std::isfinite(usd) ? text(format_money(usd)) + QStringLiteral("/Mtok") : kNothing;
}

QString money(double usd) { return std::isfinite(usd) ? text(format_money(usd)) : kNothing; }

double side(const Evaluation& evaluation, Perspective perspective) {
    return evaluation.metrics.economics.usd_per_mtok[static_cast<std::size_t>(perspective)];
}

QString bandWords(const Band& band) {
    return QStringLiteral("%1 – %2").arg(money(band.p10), money(band.p90));
}

}  // namespace

HeadlineStrip::HeadlineStrip(QWidget* parent) : QWidget{parent} {
    auto* row = new QHBoxLayout{this};
    row->setContentsMargins(2, 2, 2, 2);
    row->setSpacing(2);
    owner_ = card(tr("Owner's cost"), Topic::kCost,
                  tr("Hardware at its price. The bar is P10 to P90 of all uncertain inputs."));
    builder_ = card(tr("Builder's cost"), Topic::kCost, tr("Silicon and system at cost"));
    renter_ = card(tr("Renter's cost"), Topic::kCost, tr("At the price of a device-hour"));
    rate_ = card(tr("Output rate"), Topic::kSpeed, tr("Output tokens per second and instance"));
    user_ = card(tr("Per user"), Topic::kSpeed, tr("Output tokens per second that one user sees"));
    energy_ = card(tr("Energy"), Topic::kEnergy, tr("Facility energy per output token"));
    cost_ = card(tr("Accelerator"), Topic::kSilicon, tr("Cost to build one accelerator"));
    power_ = card(tr("Rated power"), Topic::kEnergy, tr("Rated power of one accelerator"));
    verdict_ = card(tr("Limits"), Topic::kLimits, tr("Whether the design keeps every limit"));
    owner_->setEmphasis(true);
    builder_->setEmphasis(true);
    row->addStretch();
}

MetricCard* HeadlineStrip::card(const QString& title, Topic topic, const QString& help) {
    auto* made = new MetricCard{title, this};
    made->setToolTip(help);
    made->setValue(kNothing, {});
    connect(made, &MetricCard::clicked, this, [this, topic] { emit asked(topic); });
    layout()->addWidget(made);
    return made;
}

void HeadlineStrip::setTheme(const Theme& theme) {
    for (auto* made : findChildren<MetricCard*>()) {
        made->setTheme(theme);
    }
}

void HeadlineStrip::show(const Answer& answer) {
    if (answer.evaluation == nullptr) {
        showFailures(answer.failures);
        return;
    }
    showCost(*answer.evaluation, answer.complete);
    showServing(*answer.evaluation);
    showDevice(*answer.evaluation);
    showVerdict(*answer.evaluation);
}

void HeadlineStrip::showCost(const Evaluation& evaluation, bool complete) {
    const bool any = evaluation.metrics.has_workload;
    const double nothing = std::nan("");
    owner_->setValue(perMtok(any ? side(evaluation, Perspective::kOwner) : nothing), {});
    builder_->setValue(perMtok(any ? side(evaluation, Perspective::kBuilder) : nothing), {});
    renter_->setValue(
        perMtok(any ? side(evaluation, Perspective::kRenter) : nothing),
        tr("API price %1").arg(any ? money(side(evaluation, Perspective::kApi)) : kNothing));
    MetricCard* banded = evaluation.perspective == Perspective::kBuilder  ? builder_
                         : evaluation.perspective == Perspective::kRenter ? renter_
                                                                          : owner_;
    if (!complete) {
        banded->setBandFaint(true);
        return;
    }
    for (MetricCard* made : {owner_, builder_, renter_}) {
        const auto& band = evaluation.usd_per_mtok_band;
        const bool here =
            made == banded && band.has_value() && evaluation.perspective != Perspective::kApi;
        made->setBand(here ? band : std::nullopt, evaluation.metrics.economics.tokens.usd_per_mtok,
                      here ? bandWords(*band) : QString{});
    }
}

void HeadlineStrip::showServing(const Evaluation& evaluation) {
    const TokenEconomics& tokens = evaluation.metrics.economics.tokens;
    if (!evaluation.metrics.has_workload) {
        for (MetricCard* made : {rate_, user_, energy_}) {
            made->setValue(kNothing, tr("no workload"));
        }
        return;
    }
    const Dimension per_time = dim::token / dim::time;
    rate_->setValue(quantityText(tokens.tokens_per_second, per_time),
                    tokens.accelerators == 1.0
                        ? tr("on 1 accelerator")
                        : tr("on %1 accelerators").arg(text(format_count(tokens.accelerators))));
    user_->setValue(quantityText(tokens.tokens_per_second_per_user, per_time),
                    tr("first after %1").arg(quantityText(tokens.ttft_s, dim::time)));
    energy_->setValue(
        quantityText(tokens.joules_per_token, dim::energy / dim::token),
        tr("%1 without facility").arg(quantityText(tokens.it_joules_per_token, dim::energy)));
}

void HeadlineStrip::showDevice(const Evaluation& evaluation) {
    const Metrics& metrics = evaluation.metrics;
    cost_->setValue(money(metrics.economics.accelerator_cost),
                    tr("price %1").arg(money(metrics.economics.accelerator_price)));
    power_->setValue(
        quantityText(metrics.device.power, dim::power),
        metrics.has_workload
            ? tr("%1 at full load").arg(quantityText(metrics.serving.device_power, dim::power))
            : QString{});
}

void HeadlineStrip::showVerdict(const Evaluation& evaluation) {
    const auto broken = static_cast<int>(evaluation.violations.size());
    verdict_->setAlarm(!evaluation.feasible);
    verdict_->setValue(evaluation.feasible ? tr("Feasible") : tr("Infeasible"),
                       evaluation.feasible ? tr("all limits kept")
                       : broken == 1       ? tr("1 limit broken")
                                           : tr("%1 limits broken").arg(broken));
}

void HeadlineStrip::showFailures(const Failures& failures) {
    for (auto* made : findChildren<MetricCard*>()) {
        made->setBand(std::nullopt, 0.0, {});
        made->setValue(kNothing, {});
    }
    verdict_->setAlarm(true);
    verdict_->setValue(tr("Problem"), failures.size() == 1
                                          ? tr("1 in the design")
                                          : tr("%1 in the design").arg(failures.size()));
}

}  // namespace wafercast::gui
