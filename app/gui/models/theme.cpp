#include "gui/models/theme.hpp"

namespace wafercast::gui {

namespace {

struct WidgetColours {
    QColor window, base, alternate, text, faint, button, highlight, highlighted, link, shadow;
};

QPalette paletteOf(const WidgetColours& c) {
    QPalette palette;
    palette.setColor(QPalette::Window, c.window);
    palette.setColor(QPalette::WindowText, c.text);
    palette.setColor(QPalette::Base, c.base);
    palette.setColor(QPalette::AlternateBase, c.alternate);
    palette.setColor(QPalette::Text, c.text);
    palette.setColor(QPalette::PlaceholderText, c.faint);
    palette.setColor(QPalette::Button, c.button);
    palette.setColor(QPalette::ButtonText, c.text);
    palette.setColor(QPalette::BrightText, c.highlighted);
    palette.setColor(QPalette::Highlight, c.highlight);
    palette.setColor(QPalette::HighlightedText, c.highlighted);
    palette.setColor(QPalette::Link, c.link);
    palette.setColor(QPalette::LinkVisited, c.link);
    palette.setColor(QPalette::ToolTipBase, c.base);
    palette.setColor(QPalette::ToolTipText, c.text);
    palette.setColor(QPalette::Light, c.button.lighter(115));
    palette.setColor(QPalette::Midlight, c.button.lighter(108));
    palette.setColor(QPalette::Mid, c.button.darker(118));
    palette.setColor(QPalette::Dark, c.button.darker(140));
    palette.setColor(QPalette::Shadow, c.shadow);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, c.faint);
    }
    return palette;
}

constexpr std::array<QRgb, 6> kSeries{0xff0072b2, 0xffe69f00, 0xff009e73,
                                      0xffcc79a7, 0xff56b4e9, 0xffd55e00};

}  // namespace

Theme lightTheme() {
    Theme theme;
    theme.palette = paletteOf({.window = QColor{0xee, 0xf0, 0xf3},
                               .base = QColor{0xff, 0xff, 0xff},
                               .alternate = QColor{0xf5, 0xf7, 0xf9},
                               .text = QColor{0x1b, 0x22, 0x2c},
                               .faint = QColor{0x63, 0x6e, 0x7d},
                               .button = QColor{0xe6, 0xe9, 0xee},
                               .highlight = QColor{0x1f, 0x6f, 0xb5},
                               .highlighted = QColor{0xff, 0xff, 0xff},
                               .link = QColor{0x16, 0x60, 0xa3},
                               .shadow = QColor{0x9a, 0xa3, 0xae}});
    theme.canvas = QColor{0xff, 0xff, 0xff};
    theme.ink = QColor{0x1b, 0x22, 0x2c};
    theme.faint = QColor{0x5c, 0x67, 0x76};
    theme.grid = QColor{0xe3, 0xe7, 0xec};
    theme.accent = QColor{0x1f, 0x6f, 0xb5};
    theme.part = QColor{0x3d, 0x8f, 0xd1};
    theme.group = QColor{0xc4, 0xda, 0xee};
    theme.total = QColor{0x14, 0x4a, 0x7c};
    theme.good = QColor{0x2f, 0x86, 0xc6};
    theme.partial = QColor{0xf0, 0xb4, 0x3c};
    theme.lost = QColor{0xd3, 0xd8, 0xde};
    theme.warning = QColor{0xb4, 0x3c, 0x00};
    for (std::size_t i = 0; i < kSeries.size(); ++i) {
        theme.series[i] = QColor::fromRgb(kSeries[i]);
    }
    return theme;
}

Theme darkTheme() {
    Theme theme;
    theme.dark = true;
    theme.palette = paletteOf({.window = QColor{0x1d, 0x21, 0x27},
                               .base = QColor{0x16, 0x19, 0x1e},
                               .alternate = QColor{0x1b, 0x1f, 0x25},
                               .text = QColor{0xe4, 0xe8, 0xed},
                               .faint = QColor{0x93, 0x9e, 0xac},
                               .button = QColor{0x2a, 0x2f, 0x37},
                               .highlight = QColor{0x2b, 0x74, 0xb8},
                               .highlighted = QColor{0xff, 0xff, 0xff},
                               .link = QColor{0x6c, 0xb6, 0xf2},
                               .shadow = QColor{0x0b, 0x0d, 0x10}});
    theme.canvas = QColor{0x16, 0x19, 0x1e};
    theme.ink = QColor{0xe4, 0xe8, 0xed};
    theme.faint = QColor{0x9a, 0xa5, 0xb2};
    theme.grid = QColor{0x2b, 0x31, 0x39};
    theme.accent = QColor{0x5f, 0xb0, 0xf0};
    theme.part = QColor{0x4d, 0xa3, 0xe6};
    theme.group = QColor{0x2a, 0x43, 0x5a};
    theme.total = QColor{0xa9, 0xd4, 0xf7};
    theme.good = QColor{0x3f, 0x96, 0xd8};
    theme.partial = QColor{0xe3, 0xa1, 0x29};
    theme.lost = QColor{0x3a, 0x42, 0x4c};
    theme.warning = QColor{0xff, 0x9a, 0x5c};
    for (std::size_t i = 0; i < kSeries.size(); ++i) {
        theme.series[i] = QColor::fromRgb(kSeries[i]).lighter(118);
    }
    return theme;
}

bool isDark(const QPalette& palette) {
    return palette.color(QPalette::WindowText).lightness() >
           palette.color(QPalette::Window).lightness();
}

}  // namespace wafercast::gui
