#include "ktstr-runner/protocol/second_try.hpp"

#include <gtest/gtest.h>

namespace ktstr::protocol {
namespace {

using namespace std::chrono_literals;
using sidecar::Reason;
using sidecar::Record;
using sidecar::Verdict;

Record ended(Verdict verdict, Reason reason) {
    Record record;
    record.verdict = verdict;
    record.reason = reason;
    record.headline = "qemu was killed by signal 9";
    return record;
}

TEST(SecondTry, IsForAMachineThatFailedAlone) {
    const auto start = Clock::now();
    const auto deserves = [&](Verdict verdict, Reason reason) {
        return deserves_a_second_try(ended(verdict, reason), start, start + 1s, std::nullopt);
    };
    EXPECT_TRUE(deserves(Verdict::inconclusive, Reason::machine_failed));
    EXPECT_FALSE(deserves(Verdict::pass, Reason::none));
    EXPECT_FALSE(deserves(Verdict::fail, Reason::exit_code));
    EXPECT_FALSE(deserves(Verdict::fail, Reason::guest_panic));
    EXPECT_FALSE(deserves(Verdict::inconclusive, Reason::boot_failed)); // the kernel's, perhaps
    EXPECT_FALSE(deserves(Verdict::inconclusive, Reason::interrupted));
    EXPECT_FALSE(deserves(Verdict::inconclusive, Reason::host_busy));
    EXPECT_FALSE(deserves(Verdict::inconclusive, Reason::harness)); // no kernel, no space
}

TEST(SecondTry, NeedsAsMuchTimeAsTheFirstTook) {
    const auto first = ended(Verdict::inconclusive, Reason::machine_failed);
    const auto start = Clock::now();
    EXPECT_TRUE(deserves_a_second_try(first, start, start + 4s, start + 9s));
    EXPECT_FALSE(deserves_a_second_try(first, start, start + 4s, start + 8s));
    EXPECT_FALSE(deserves_a_second_try(first, start, start + 4s, start + 3s));
}

TEST(SecondTry, TellsOfTheFirst) {
    auto second = ended(Verdict::pass, Reason::none);
    tell_of_first_try(ended(Verdict::inconclusive, Reason::machine_failed), second);
    EXPECT_EQ(second.first_try, "qemu was killed by signal 9");
    ASSERT_EQ(second.notes.size(), 1U);
    EXPECT_NE(second.notes[0].find("qemu was killed by signal 9"), std::string::npos);
}

} // namespace
} // namespace ktstr::protocol
