#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <cstdio>
#include <future>
#include <optional>

#include "gui/models/text.hpp"
#include "gui/views/appearance.hpp"
#include "gui/views/benchmark.hpp"
#include "gui/views/main_window.hpp"
#include "gui/views/metric_card.hpp"
#include "gui/views/screenshots.hpp"
#include "gui/views/wait_for.hpp"
#include "session/shipped_files.hpp"

namespace {

using wafercast::Result;
using wafercast::Session;
namespace gui = wafercast::gui;

constexpr int kBadInput = 2;
constexpr int kCannotWrite = 4;
constexpr const char* kFirstDesign = "h100-sxm.toml";

struct Arguments {
    QString design;  ///< empty: the one we ship
    QString screenshots;
    bool benchmark = false;
    bool json = false;
};

Arguments parse(const QCoreApplication& application) {
    QCommandLineParser parser;
    parser.setApplicationDescription(
        gui::MainWindow::tr("What a million tokens cost, from the wafer up.\n\n"
                            "Example: wafercast-studio data/designs/h100-sxm.toml"));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("design"),
                                 gui::MainWindow::tr("a design file; without it a shipped one"),
                                 QStringLiteral("[DESIGN.toml]"));
    parser.addOption({QStringLiteral("benchmark"),
                      gui::MainWindow::tr("measure the window and print the figures")});
    parser.addOption({QStringLiteral("format"), gui::MainWindow::tr("text or json"),
                      QStringLiteral("FORMAT"), QStringLiteral("text")});
    parser.addOption({QStringLiteral("screenshots"),
                      gui::MainWindow::tr("save every view, light and dark"),
                      QStringLiteral("DIR")});
    parser.process(application);
    Arguments arguments;
    arguments.design = parser.positionalArguments().value(0);
    arguments.benchmark = parser.isSet(QStringLiteral("benchmark"));
    arguments.json = parser.value(QStringLiteral("format")) == QLatin1String{"json"};
    arguments.screenshots = parser.value(QStringLiteral("screenshots"));
    return arguments;
}

/// Whether an argument asks for a run without a display; read before Qt starts.
bool isScripted(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view word{argv[i]};
        if (word.starts_with("--benchmark") || word.starts_with("--screenshots")) {
            return true;
        }
    }
    return false;
}

/// Scripted runs have no display: Qt says of every tooltip what its offscreen platform leaves out.
void logWithoutPlatformNotes(QtMsgType type, const QMessageLogContext& context,
                             const QString& message) {
    if (!message.startsWith(QLatin1String{"This plugin does not support"})) {
        std::fprintf(stderr, "%s\n",
                     qFormatLogMessage(type, context, message).toUtf8().constData());
    }
}

int complain(const wafercast::Failures& failures) {
    std::fputs(gui::failureText(failures).toUtf8().constData(), stderr);
    std::fputs("\n", stderr);
    return kBadInput;
}

QString shippedDesign() {
    const auto folder = wafercast::data_folder();
    return folder ? QString::fromStdString((*folder / "designs" / kFirstDesign).string())
                  : QString{};
}

int photograph(gui::MainWindow& window, gui::Appearance& appearance, const Arguments& arguments) {
    const QStringList failed = gui::takeScreenshots(window, appearance, arguments.screenshots);
    for (const QString& path : failed) {
        std::fprintf(stderr, "cannot write %s\n", path.toUtf8().constData());
    }
    if (!failed.isEmpty()) {
        return kCannotWrite;
    }
    if (qEnvironmentVariableIsSet("QT_SCALE_FACTOR")) {
        return 0;
    }
    // The scale is fixed when Qt starts: the second set is taken by another process.
    QProcess twice;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_SCALE_FACTOR"), QStringLiteral("2"));
    twice.setProcessEnvironment(environment);
    twice.setProcessChannelMode(QProcess::ForwardedChannels);
    twice.start(QCoreApplication::applicationFilePath(), QCoreApplication::arguments().mid(1));
    twice.waitForFinished(-1);
    return twice.exitCode();
}

/// Runs a script over the window, or the window itself.
int run(gui::MainWindow& window, gui::Appearance& appearance, const Arguments& arguments) {
    double first_paint = 0.0;
    QObject::connect(&window.headline().ownerCard(), &gui::MetricCard::painted, &window, [&] {
        if (first_paint == 0.0) {
            first_paint = gui::secondsSinceStart();
        }
    });
    window.show();
    if (!arguments.benchmark && arguments.screenshots.isEmpty()) {
        return QApplication::exec();
    }
    window.resize(1280, 800);
    gui::waitFor([&] { return first_paint > 0.0; });
    if (arguments.benchmark) {
        const auto figures = gui::measure(window, appearance, first_paint);
        std::fputs(gui::measurementText(figures, arguments.json).toUtf8().constData(), stdout);
        return 0;
    }
    return photograph(window, appearance, arguments);
}

}  // namespace

int main(int argc, char** argv) {
    const bool scripted = isScripted(argc, argv);
    // A scripted run neither reads nor changes what the user has set.
    const QTemporaryDir scratch;
    if (scripted && !qEnvironmentVariableIsSet("XDG_RUNTIME_DIR")) {
        qputenv("XDG_RUNTIME_DIR", scratch.path().toUtf8());
    }
    if (scripted && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    if (scripted) {
        qInstallMessageHandler(logWithoutPlatformNotes);
    }
    // The catalog is read while Qt starts.
    wafercast::SessionOptions options;
    auto opening = std::async(std::launch::async, [options] { return Session::open(options); });
    QApplication application{argc, argv};
    QCoreApplication::setApplicationName(QStringLiteral("wafercast-studio"));
    QCoreApplication::setApplicationVersion(QStringLiteral(WAFERCAST_VERSION));
    const Arguments arguments = parse(application);
    gui::Appearance appearance{application};
    auto opened = opening.get();
    if (!opened) {
        return complain(opened.error());
    }
    const std::shared_ptr<const Session> session = std::move(*opened);
    std::optional<gui::Settings> settings;
    if (scripted) {
        settings.emplace(scratch.filePath(QStringLiteral("settings.ini")));
        settings->setTheme(gui::ThemeChoice::kLight);
    } else {
        settings.emplace();
    }
    appearance.choose(settings->theme());
    gui::MainWindow window{session, *settings, appearance};
    const QString design = arguments.design.isEmpty() ? shippedDesign() : arguments.design;
    if (const auto failures = window.document().open(design); !failures.empty()) {
        return complain(failures);
    }
    return run(window, appearance, arguments);
}
