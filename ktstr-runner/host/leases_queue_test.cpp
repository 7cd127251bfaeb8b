// Two hundred processes that all want CPUs at once.
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/leases.hpp"
#include "ktstr-runner/host/testing/lease_process.hpp"

#include <gmock/gmock.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <set>

namespace ktstr::host {

namespace {

using recorded::LeaseProcess;

// Of LLCs of eight CPUs: one, three, eleven of twelve, a share; so that some fit beside others.
constexpr std::array<unsigned, 4> wants{8, 24, 88, 0};

struct Contender {
    LeaseProcess process;
    unsigned vcpus;
    std::uint64_t turn = 0; // when it got its CPUs, as one of all
    bool served = false;
    CpuList cpus;
};

// "has 0-7 turn 12"
void take_note(const std::string& line, Contender& contender) {
    const auto words = split(line, ' ');
    ASSERT_EQ(words.front(), "has") << line;
    contender.cpus = parse_cpu_list(words.at(1)).value_or(CpuList{});
    contender.turn = parse_u64(words.at(3)).value_or(0);
    contender.served = true;
}

// One of those that wait says that it has its CPUs, or that something changed.
void hear_one(std::vector<Contender>& all, std::set<std::size_t>& running) {
    std::vector<pollfd> polls;
    for (const auto& one : all) {
        polls.push_back({.fd = one.served ? -1 : one.process.says_fd(), .events = POLLIN});
    }
    ASSERT_GT(::poll(polls.data(), polls.size(), 60'000), 0) << "all of them wait for ever";
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (polls[i].revents == 0) {
            continue;
        }
        const auto line = all[i].process.next();
        if (line.starts_with("waits")) {
            continue;
        }
        take_note(line, all[i]);
        for (const auto other : running) {
            EXPECT_EQ(common(all[other].cpus, all[i].cpus), CpuList{}) << line;
        }
        running.insert(i);
    }
}

} // namespace

TEST(LeaseQueue, TwoHundredProcessesAreServedInTheOrderInWhichTheyCame) {
    const auto dir = TempDir::create("lease-queue");
    ASSERT_THAT(dir, IsOk());
    const auto topology = recorded::even_topology(12, 8);
    const auto locks = dir->path() / "locks";
    std::filesystem::create_directory(locks);

    auto first = LeaseProcess::start(locks, topology, "first", 88);
    ASSERT_THAT(first, IsOk());
    EXPECT_THAT(first->next(), testing::StartsWith("has "));
    std::vector<Contender> waiting;
    std::vector<LeaseProcess> sharers;
    for (std::size_t i = 0; i < 200; ++i) { // each is in the queue before the next comes
        const auto vcpus = wants.at(i % wants.size());
        auto process = LeaseProcess::start(locks, topology, std::to_string(i), vcpus);
        ASSERT_THAT(process, IsOk());
        const auto line = process->next();
        if (vcpus == 0) { // nobody that shares waits, whoever does
            EXPECT_EQ(line, "shares 89-95");
            sharers.push_back(std::move(*process));
        } else {
            ASSERT_THAT(line, testing::StartsWith("waits for first"));
            waiting.push_back({.process = std::move(*process), .vcpus = vcpus});
        }
    }
    first->let_go();
    sharers.clear(); // and killed, for a change
    std::set<std::size_t> running;
    for (std::size_t served = 0; served < waiting.size() && !testing::Test::HasFatalFailure();) {
        while (running.empty() && !testing::Test::HasFatalFailure()) {
            hear_one(waiting, running);
        }
        served += running.size();
        for (const auto one : running) {
            waiting[one].process.let_go();
        }
        running.clear();
    }
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        EXPECT_TRUE(waiting[i].served) << i;
        EXPECT_TRUE(i == 0 || waiting[i - 1].turn < waiting[i].turn) << i;
    }
}

} // namespace ktstr::host
