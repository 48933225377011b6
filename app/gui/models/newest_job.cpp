#include "gui/models/newest_job.hpp"

#include <utility>

namespace wafercast::gui {

NewestJob::NewestJob() : thread_{[this](const std::stop_token& end) { run(end); }} {}

NewestJob::~NewestJob() {
    cancel();
    thread_.request_stop();
}

void NewestJob::give(Job job) {
    {
        const std::lock_guard lock{mutex_};
        waiting_ = std::move(job);
        current_.request_stop();
    }
    given_.notify_one();
}

void NewestJob::cancel() {
    const std::lock_guard lock{mutex_};
    waiting_ = nullptr;
    current_.request_stop();
}

void NewestJob::run(const std::stop_token& end) {
    while (!end.stop_requested()) {
        Job job;
        std::stop_token stop;
        {
            std::unique_lock lock{mutex_};
            if (!given_.wait(lock, end, [this] { return static_cast<bool>(waiting_); })) {
                return;
            }
            job = std::exchange(waiting_, nullptr);
            current_ = std::stop_source{};
            stop = current_.get_token();
        }
        job(stop);
    }
}

}  // namespace wafercast::gui
