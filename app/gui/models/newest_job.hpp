#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace wafercast::gui {

/// A thread that runs the newest job it was given. Giving another asks the running one to stop and
/// replaces one that waits.
class NewestJob {
public:
    using Job = std::function<void(std::stop_token)>;

    NewestJob();
    ~NewestJob();  ///< asks the running job to stop and waits for it
    NewestJob(const NewestJob&) = delete;
    NewestJob& operator=(const NewestJob&) = delete;

    void give(Job job);

    /// Asks the running job to stop and forgets one that waits.
    void cancel();

private:
    void run(const std::stop_token& end);

    std::mutex mutex_;
    std::condition_variable_any given_;
    Job waiting_;
    std::stop_source current_;
    std::jthread thread_;
};

}  // namespace wafercast::gui
