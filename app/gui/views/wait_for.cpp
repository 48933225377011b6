#include "gui/views/wait_for.hpp"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTimer>

namespace wafercast::gui {

bool waitFor(const std::function<bool()>& done, int milliseconds) {
    QElapsedTimer clock;
    clock.start();
    QTimer tick;  // wakes the loop when nothing else happens
    tick.start(5);
    while (!done()) {
        if (clock.hasExpired(milliseconds)) {
            return false;
        }
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    }
    return true;
}

}  // namespace wafercast::gui
