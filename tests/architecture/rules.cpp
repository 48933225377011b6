#include "architecture/rules.hpp"

#include <algorithm>
#include <array>

namespace wafercast::architecture {

const std::vector<Rule>& rules() {
    static const std::vector<Rule> table = {
        {"units", "engine/units/", {}, {}},
        {"core", "engine/core/", {"units"}, {}},
        {"engine", "engine/", {"core"}, {"threads"}},
        {"models", "models/", {"engine"}, {"boost", "eigen"}},
        {"functional", "models/functional/", {"engine"}, {"nlohmann-json", "threads"}},
        {"validation", "models/validation/", {"models", "functional", "data"}, {}},
        {"optimizers", "optimizers/", {"engine"}, {"nlopt", "eigen", "boost", "threads"}},
        {"data", "data/", {"core"}, {"toml++", "sqlite", "nlohmann-json"}},
        {"format", "data/format/", {"core"}, {}},
        {"plugin_host", "plugins/host/", {"engine"}, {"dl"}},
        {"plugin_sdk", "plugins/sdk/", {"engine"}, {}},
        {"plugins", "plugins/", {"plugin_sdk"}, {}},
        {"session",
         "app/session/",
         {"models", "functional", "optimizers", "data", "plugin_host", "format", "validation"},
         {"threads"}},
        {"cli", "app/cli/", {"session", "format"}, {"cli11", "nlohmann-json"}},
        {"gui_models",
         "app/gui/models/",
         {"session", "format"},
         {"qt-core", "qt-gui"},
         {"qt-core", "qt-gui"}},
        {"gui",
         "app/gui/",
         {"gui_models"},
         {"qt-core", "qt-gui", "qt-widgets", "qt-svg"},
         {"qt-core", "qt-gui", "qt-widgets", "qt-svg"}},
        {"bench", "tests/benchmarks/", {"session"}, {"sqlite"}},
    };
    return table;
}

const Rule* rule_for(std::string_view file) {
    const Rule* best = nullptr;
    for (const Rule& rule : rules()) {
        const bool inside = file.substr(0, rule.folder.size()) == rule.folder;
        if (inside && (best == nullptr || rule.folder.size() > best->folder.size())) best = &rule;
    }
    return best;
}

std::set<std::string> reachable(const std::string& target) {
    std::set<std::string> found;
    std::vector<std::string> open = {target};
    while (!open.empty()) {
        const std::string next = open.back();
        open.pop_back();
        if (!found.insert(next).second) continue;
        for (const Rule& rule : rules()) {
            if (rule.target == next) open.insert(open.end(), rule.links.begin(), rule.links.end());
        }
    }
    return found;
}

namespace {

struct Prefix {
    std::string_view begins;
    std::string_view library;
};

constexpr std::array kPrefixes = {
    Prefix{"boost/", "boost"},
    Prefix{"Eigen/", "eigen"},
    Prefix{"unsupported/Eigen/", "eigen"},
    Prefix{"nlopt", "nlopt"},
    Prefix{"toml++/", "toml++"},
    Prefix{"sqlite3", "sqlite"},
    Prefix{"nlohmann/", "nlohmann-json"},
    Prefix{"CLI/", "cli11"},
    Prefix{"gtest/", "gtest"},
    Prefix{"gmock/", "gtest"},
    Prefix{"rapidcheck", "rapidcheck"},
    Prefix{"QtCore/", "qt-core"},
    Prefix{"QtGui/", "qt-gui"},
    Prefix{"QtWidgets/", "qt-widgets"},
    Prefix{"QtSvg/", "qt-svg"},
    Prefix{"QtTest/", "qt-test"},
};

/// Headers of the C library and the system that need no library of their own.
constexpr std::array kSystem = {
    std::string_view{"cxxabi.h"},       std::string_view{"errno.h"},
    std::string_view{"fcntl.h"},        std::string_view{"immintrin.h"},
    std::string_view{"poll.h"},         std::string_view{"pwd.h"},
    std::string_view{"sched.h"},        std::string_view{"signal.h"},
    std::string_view{"stdint.h"},       std::string_view{"stdlib.h"},
    std::string_view{"string.h"},       std::string_view{"sys/file.h"},
    std::string_view{"sys/ioctl.h"},    std::string_view{"sys/mman.h"},
    std::string_view{"sys/resource.h"}, std::string_view{"sys/stat.h"},
    std::string_view{"sys/statfs.h"},   std::string_view{"sys/time.h"},
    std::string_view{"sys/types.h"},    std::string_view{"sys/wait.h"},
    std::string_view{"termios.h"},      std::string_view{"time.h"},
    std::string_view{"unistd.h"},
};

/// Widgets' headers written without their module, `<QLabel>`; QtCore's and QtGui's are the rest.
bool is_widget_header(std::string_view header) {
    static const std::set<std::string_view> names = {"QAbstractButton",
                                                     "QAbstractItemView",
                                                     "QApplication",
                                                     "QBoxLayout",
                                                     "QButtonGroup",
                                                     "QCheckBox",
                                                     "QColorDialog",
                                                     "QComboBox",
                                                     "QCompleter",
                                                     "QDialog",
                                                     "QDialogButtonBox",
                                                     "QDockWidget",
                                                     "QDoubleSpinBox",
                                                     "QFileDialog",
                                                     "QFormLayout",
                                                     "QFrame",
                                                     "QGraphicsItem",
                                                     "QGraphicsScene",
                                                     "QGraphicsView",
                                                     "QGridLayout",
                                                     "QGroupBox",
                                                     "QHBoxLayout",
                                                     "QHeaderView",
                                                     "QInputDialog",
                                                     "QLabel",
                                                     "QLayout",
                                                     "QLineEdit",
                                                     "QListView",
                                                     "QListWidget",
                                                     "QMainWindow",
                                                     "QMenu",
                                                     "QMenuBar",
                                                     "QMessageBox",
                                                     "QPlainTextEdit",
                                                     "QProgressBar",
                                                     "QPushButton",
                                                     "QRadioButton",
                                                     "QRubberBand",
                                                     "QScrollArea",
                                                     "QScrollBar",
                                                     "QSizeGrip",
                                                     "QSizePolicy",
                                                     "QSlider",
                                                     "QSpinBox",
                                                     "QSplitter",
                                                     "QStackedWidget",
                                                     "QStatusBar",
                                                     "QStyle",
                                                     "QStyleFactory",
                                                     "QStyleOption",
                                                     "QStyleOptionViewItem",
                                                     "QStylePainter",
                                                     "QStyledItemDelegate",
                                                     "QTabBar",
                                                     "QTabWidget",
                                                     "QTableView",
                                                     "QTableWidget",
                                                     "QTextBrowser",
                                                     "QTextEdit",
                                                     "QToolBar",
                                                     "QToolButton",
                                                     "QToolTip",
                                                     "QTreeView",
                                                     "QTreeWidget",
                                                     "QUndoView",
                                                     "QVBoxLayout",
                                                     "QWhatsThis",
                                                     "QWidget",
                                                     "QWidgetAction"};
    return names.contains(header);
}

bool is_gui_header(std::string_view header) {
    static const std::set<std::string_view> names = {
        "QAction",         "QActionGroup",  "QBrush",           "QClipboard",
        "QColor",          "QCursor",       "QDesktopServices", "QDrag",
        "QFont",           "QFontDatabase", "QFontMetrics",     "QFontMetricsF",
        "QGuiApplication", "QIcon",         "QIconEngine",      "QImage",
        "QKeyEvent",       "QKeySequence",  "QMouseEvent",      "QPaintEvent",
        "QPainter",        "QPainterPath",  "QPalette",         "QPen",
        "QPixmap",         "QPixmapCache",  "QPolygonF",        "QResizeEvent",
        "QScreen",         "QShortcut",     "QStandardItem",    "QStandardItemModel",
        "QStaticText",     "QStyleHints",   "QTextDocument",    "QTextLayout",
        "QTransform",      "QUndoCommand",  "QUndoStack",       "QValidator",
        "QWheelEvent",     "QWindow"};
    return names.contains(header);
}

}  // namespace

std::string library_of(std::string_view header) {
    for (const Prefix& prefix : kPrefixes) {
        if (header.substr(0, prefix.begins.size()) == prefix.begins)
            return std::string{prefix.library};
    }
    if (header == "dlfcn.h") return "dl";
    if (header == "pthread.h") return "threads";
    if (std::find(kSystem.begin(), kSystem.end(), header) != kSystem.end()) return "";
    const bool qt = header.size() > 1 && header[0] == 'Q' && header[1] >= 'A' && header[1] <= 'Z';
    if (qt) {
        if (header.substr(0, 4) == "QSvg") return "qt-svg";
        if (is_widget_header(header)) return "qt-widgets";
        return is_gui_header(header) ? "qt-gui" : "qt-core";
    }
    const bool standard = header.find_first_of("./") == std::string_view::npos;
    return standard ? "" : "?";
}

}  // namespace wafercast::architecture
