#include "cargo-ktstr/remote/parallel.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace ktstr::remote {

namespace {

// Shared by the threads, each member under the mutex.
struct Pieces {
    std::mutex mutex;
    std::uint64_t next = 0;
    std::uint64_t count;
    std::optional<Error> error;

    std::optional<std::uint64_t> take() {
        const std::lock_guard held(mutex);
        return error || next == count ? std::nullopt : std::optional(next++);
    }

    void failed(Error why) {
        const std::lock_guard held(mutex);
        if (!error) {
            error = std::move(why);
        }
    }
};

} // namespace

Result<>
for_each_piece(std::uint64_t count, unsigned threads, const std::function<Piece()>& worker) {
    Pieces pieces{.count = count};
    {
        std::vector<std::jthread> running;
        for (unsigned i = 0; i < std::min<std::uint64_t>(threads, count); ++i) {
            running.emplace_back([&] {
                const auto work = worker();
                while (const auto piece = pieces.take()) {
                    if (auto done = work(*piece); !done) {
                        pieces.failed(std::move(done).error());
                    }
                }
            });
        }
    } // joins
    if (pieces.error) {
        return fail(std::move(*pieces.error));
    }
    return {};
}

} // namespace ktstr::remote
