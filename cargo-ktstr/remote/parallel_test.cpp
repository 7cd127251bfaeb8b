#include "cargo-ktstr/remote/parallel.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <atomic>
#include <barrier>
#include <mutex>
#include <set>

namespace ktstr::remote {

TEST(Parallel, DoesEachPieceOnce) {
    for (const unsigned threads : {1U, 4U, 100U}) {
        std::mutex mutex;
        std::multiset<std::uint64_t> done;
        std::atomic<unsigned> workers{0};
        EXPECT_THAT(for_each_piece(50,
                                   threads,
                                   [&]() -> Piece {
                                       ++workers;
                                       return [&](std::uint64_t piece) -> Result<> {
                                           const std::lock_guard held(mutex);
                                           done.insert(piece);
                                           return {};
                                       };
                                   }),
                    IsOk());
        EXPECT_EQ(done.size(), 50U);
        EXPECT_EQ(std::set(done.begin(), done.end()).size(), 50U);
        EXPECT_EQ(workers, std::min(threads, 50U));
    }
}

TEST(Parallel, PiecesGoSideBySide) {
    std::barrier both(2); // one thread alone would wait for ever
    EXPECT_THAT(for_each_piece(2,
                               2,
                               [&]() -> Piece {
                                   return [&](std::uint64_t) -> Result<> {
                                       both.arrive_and_wait();
                                       return {};
                                   };
                               }),
                IsOk());
}

TEST(Parallel, TheFirstErrorEndsIt) {
    unsigned calls = 0;
    EXPECT_THAT(
        for_each_piece(100,
                       1,
                       [&]() -> Piece {
                           return [&](std::uint64_t piece) -> Result<> {
                               ++calls;
                               return piece == 3 ? Result<>(fail(ErrorKind::environment, "piece 3"))
                                                 : Result<>();
                           };
                       }),
        IsErrorWith("piece 3"));
    EXPECT_EQ(calls, 4U);
}

TEST(Parallel, NoPiecesNeedNoThread) {
    EXPECT_THAT(for_each_piece(0,
                               4,
                               []() -> Piece {
                                   ADD_FAILURE();
                                   return {};
                               }),
                IsOk());
}

} // namespace ktstr::remote
