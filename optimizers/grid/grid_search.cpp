#include "grid/grid_search.hpp"

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace wafercast {

namespace {

constexpr std::uint64_t kFewestChunkPoints = 16;
constexpr std::uint64_t kChunksAimedAt = 100;

/// Chunks in work, finished ones waiting for their turn, and arrays to use again.
class Queue {
public:
    Queue(const std::shared_ptr<const CompiledStudy>& study,
          const std::vector<std::uint64_t>& chunks, const GridOptions& options)
        : study_{study}, chunks_{chunks}, options_{options} {}

    void work() {
        BatchEvaluator evaluator{study_};
        const auto stop = [this] { return stopped(); };
        while (true) {
            std::size_t position = 0;
            std::unique_ptr<BatchResult> result;
            if (!claim(position, result)) {
                return;
            }
            const std::uint64_t first = chunks_[position] * options_.chunk_points;
            const auto count =
                static_cast<std::size_t>(std::min(options_.chunk_points, study_->size() - first));
            const bool whole = evaluator.evaluate(first, count, *result, stop);
            const std::lock_guard lock{mutex_};
            if (whole) {
                finished_.emplace(position, std::move(result));
            } else {
                stopped_ = true;
            }
            changed_.notify_all();
        }
    }

    /// The next result in order, or nothing after a stop.
    std::unique_ptr<BatchResult> next(std::size_t position) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return stopped_ || finished_.contains(position); });
        const auto found = finished_.find(position);
        if (found == finished_.end()) {
            return nullptr;
        }
        auto result = std::move(found->second);
        finished_.erase(found);
        return result;
    }

    void taken(std::unique_ptr<BatchResult> result) {
        const std::lock_guard lock{mutex_};
        spare_.push_back(std::move(result));
        ++taken_;
        changed_.notify_all();
    }

    void stop() {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
        changed_.notify_all();
    }

private:
    bool stopped() {
        if (options_.stop && options_.stop()) {
            return true;
        }
        const std::lock_guard lock{mutex_};
        return stopped_;
    }

    /// Waits while too many finished chunks wait for their turn.
    bool claim(std::size_t& position, std::unique_ptr<BatchResult>& result) {
        const std::size_t ahead = static_cast<std::size_t>(options_.threads) + 2;
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] {
            return stopped_ || claimed_ >= chunks_.size() || claimed_ < taken_ + ahead;
        });
        if (stopped_ || claimed_ >= chunks_.size()) {
            return false;
        }
        position = claimed_++;
        if (spare_.empty()) {
            result = std::make_unique<BatchResult>();
        } else {
            result = std::move(spare_.back());
            spare_.pop_back();
        }
        return true;
    }

    const std::shared_ptr<const CompiledStudy>& study_;
    const std::vector<std::uint64_t>& chunks_;
    const GridOptions& options_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t claimed_ = 0;
    std::size_t taken_ = 0;
    bool stopped_ = false;
    std::map<std::size_t, std::unique_ptr<BatchResult>> finished_;
    std::vector<std::unique_ptr<BatchResult>> spare_;
};

/// Stops the workers before they are joined, however the scope is left.
struct StopAtEnd {
    Queue& queue;
    explicit StopAtEnd(Queue& q) : queue{q} {}
    StopAtEnd(const StopAtEnd&) = delete;
    StopAtEnd& operator=(const StopAtEnd&) = delete;
    ~StopAtEnd() { queue.stop(); }
};

}  // namespace

std::uint64_t grid_chunk_points(std::uint64_t points) {
    return std::clamp(std::bit_ceil(points / kChunksAimedAt + 1), kFewestChunkPoints,
                      kMostChunkPoints);
}

bool search_grid(const std::shared_ptr<const CompiledStudy>& study,
                 const std::vector<std::uint64_t>& chunks, const GridOptions& options,
                 const std::function<bool(std::uint64_t chunk, const BatchResult&)>& take) {
    Queue queue{study, chunks, options};
    std::vector<std::jthread> workers;
    const StopAtEnd stop_at_end{queue};
    for (int i = 0; i < std::max(options.threads, 1); ++i) {
        workers.emplace_back([&queue] { queue.work(); });
    }
    for (std::size_t position = 0; position < chunks.size(); ++position) {
        auto result = queue.next(position);
        if (result == nullptr || !take(chunks[position], *result)) {
            return false;
        }
        queue.taken(std::move(result));
        if (options.stop && options.stop()) {
            return position + 1 == chunks.size();
        }
    }
    return true;
}

}  // namespace wafercast
