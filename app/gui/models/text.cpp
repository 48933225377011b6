#include "gui/models/text.hpp"

#include <QRegularExpression>
#include <QStringList>

#include "format/format_number.hpp"

namespace wafercast::gui {

QString text(std::string_view utf8) {
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

QString pretty(const QString& plain) {
    static const QRegularExpression squared{QStringLiteral("\\b([munck]?m)2\\b")};
    QString shown = plain;
    shown.replace(squared, QStringLiteral("\\1²"));
    static const QRegularExpression micro{QStringLiteral("(?<=\\d )u(?=(m|s|J|A|W)\\b)")};
    shown.replace(micro, QStringLiteral("µ"));
    return shown;
}

QString rangeText(double low, double high, Dimension dimension) {
    QString from = quantityText(low, dimension);
    const QString to = quantityText(high, dimension);
    const qsizetype unit = to.lastIndexOf(QLatin1Char{' '});
    if (unit > 0 && from.endsWith(to.mid(unit))) {
        from.chop(to.size() - unit);
    }
    return QStringLiteral("%1 – %2").arg(from, to);
}

QString quantityText(double baseValue, Dimension dimension, int digits) {
    return pretty(text(format_quantity(baseValue, dimension, digits)));
}

QString lineLabel(std::string_view label) {
    QString shown = text(label);
    if (shown == QLatin1String{"nre"}) {
        return QStringLiteral("NRE");
    }
    shown.replace(QLatin1Char{'_'}, QLatin1Char{' '});
    if (!shown.isEmpty()) {
        shown[0] = shown[0].toUpper();
    }
    return shown;
}

QString failureText(const Failures& failures) {
    QStringList lines;
    for (const Failure& failure : failures) {
        QString place;
        if (!failure.where.file.empty()) {
            place = text(failure.where.file) + QLatin1Char{':'};
            if (failure.where.line > 0) {
                place += QString::number(failure.where.line) + QLatin1Char{':'} +
                         QString::number(failure.where.column) + QLatin1Char{':'};
            }
            place += QLatin1Char{' '};
        }
        lines << place + text(failure.message);
    }
    return lines.join(QLatin1Char{'\n'});
}

}  // namespace wafercast::gui
