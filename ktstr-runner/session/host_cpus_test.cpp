#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/threads.hpp"
#include "ktstr-runner/host/cpus.hpp"
#include "ktstr-runner/host/lock_directory.hpp"
#include "ktstr-runner/session/host_cpus.hpp"

#include <gmock/gmock.h>

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <latch>
#include <thread>

namespace ktstr::session {

namespace {

using host::CpuList;

// Whose process is this one, and whose vCPUs are threads of it that do nothing.
class IdleMachine final : public machine::Machine {
public:
    explicit IdleMachine(std::size_t vcpus) : vcpus_(vcpus) {
        std::latch started(static_cast<std::ptrdiff_t>(vcpus));
        for (std::size_t i = 0; i < vcpus; ++i) {
            threads_.emplace_back([this, i, &started] {
                vcpus_[i] = static_cast<pid_t>(::syscall(SYS_gettid));
                started.count_down();
                end_.wait();
            });
        }
        started.wait();
    }

    IdleMachine(const IdleMachine&) = delete;
    IdleMachine& operator=(const IdleMachine&) = delete;

    ~IdleMachine() override {
        end_.count_down();
        for (auto& thread : threads_) {
            thread.join();
        }
    }

    std::string describe() const override { return "idle"; }

    Result<> resume() override { return {}; }

    Result<> pause() override { return {}; }

    Result<> read_memory(std::uint64_t, std::span<std::byte>, Deadline) override { return {}; }

    machine::WindowMemory& window() override { std::abort(); }

    std::vector<int> descriptors() const override { return {}; }

    Result<> service() override { return {}; }

    const std::optional<machine::Ending>& ending() const override { return ending_; }

    std::string_view console() const override { return {}; }

    std::uint64_t console_bytes() const override { return 0; }

    Result<> save(const std::filesystem::path&) override { return {}; }

    pid_t pid() const override { return ::getpid(); }

    Result<std::vector<pid_t>> vcpu_threads() override { return vcpus_; }

    std::vector<std::string> not_real_time() const override { return {"speed: it is idle"}; }

    std::optional<CpuTime> cpu_time() const override { return {}; }

    std::optional<TimeStamp> time_stamp() override { return {}; }

    std::vector<VcpuCounters> counters() override { return {}; }

    void stop() override {}

private:
    std::vector<pid_t> vcpus_;
    std::vector<std::thread> threads_;
    std::latch end_{1};
    std::optional<machine::Ending> ending_;
};

CpuList cpus_of_thread(pid_t thread) {
    cpu_set_t set;
    CPU_ZERO(&set);
    EXPECT_EQ(::sched_getaffinity(thread, sizeof set, &set), 0);
    CpuList cpus;
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &set)) {
            cpus.push_back(cpu);
        }
    }
    return cpus;
}

// A host whose CPUs, two of those that this process may use, have an LLC each.
class HostCpusTest : public testing::Test {
protected:
    void SetUp() override {
        before = host::allowed_cpus();
        if (before.size() < 2) {
            GTEST_SKIP() << "this process may use but one CPU";
        }
        auto made = TempDir::create("host-cpus");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        for (const auto cpu : {before[0], before[1]}) {
            topology.llcs.push_back({.id = cpu, .cpus = {cpu}, .cores = {{cpu}}});
        }
    }

    void TearDown() override {
        if (!before.empty()) { // the machine's threads are this process's
            EXPECT_THAT(host::run_on(0, before), IsOk());
            const sched_param ordinary{};
            EXPECT_EQ(::sched_setscheduler(0, SCHED_OTHER, &ordinary), 0);
        }
    }

    CpuWish wish(CpuWish::Mode mode, const std::string& holder = "mine") const {
        return {.mode = mode,
                .holder = holder,
                .directory = dir->path() / "locks",
                .topology = [this] { return Result<host::CpuTopology>(topology); }};
    }

    static Result<HostCpus::Taken> take(HostCpus& cpus, const CpuWish& wish, const char* guest) {
        return cpus.take(wish,
                         *Topology::parse(guest),
                         {.deadline = Deadline::in(Clock::duration(0))},
                         [](auto) {});
    }

    static constexpr auto performance = CpuWish::Mode::performance;
    static constexpr auto shared = CpuWish::Mode::shared;
    CpuList before;
    std::optional<TempDir> dir;
    host::CpuTopology topology;
};

} // namespace

TEST_F(HostCpusTest, PinsEachVcpuAndKeepsTheRestApart) {
    HostCpus cpus;
    const auto taken = take(cpus, wish(performance), "1n1l1c1t");
    ASSERT_THAT(taken, IsOk());
    EXPECT_EQ(*taken, HostCpus::Taken::had);
    EXPECT_EQ(host::allowed_cpus(), CpuList{before[1]}); // what is started keeps house
    EXPECT_TRUE(cpus.is_restricted());
    IdleMachine machine(1);
    sidecar::Record record;
    ASSERT_THAT(cpus.settle(machine, record), IsOk());
    EXPECT_EQ(cpus_of_thread(machine.vcpu_threads()->front()), CpuList{before[0]});
    EXPECT_EQ(cpus_of_thread(::getpid()), CpuList{before[1]});
    EXPECT_TRUE(record.performance_mode);
    EXPECT_EQ(record.host_cpus,
              std::to_string(before[0]) + "; " + std::to_string(before[1]) + " for the rest");
    EXPECT_THAT(record.performance_missing, testing::Contains("speed: it is idle"));
}

// A template's machine that failed is followed by one that boots.
TEST_F(HostCpusTest, SettlesASecondMachineAsTheFirst) {
    HostCpus cpus;
    ASSERT_THAT(take(cpus, wish(performance), "1n1l1c1t"), IsOk());
    sidecar::Record first;
    sidecar::Record second;
    ASSERT_THAT(cpus.settle(*std::make_unique<IdleMachine>(1), first), IsOk());
    ASSERT_THAT(cpus.settle(*std::make_unique<IdleMachine>(1), second), IsOk());
    EXPECT_EQ(sidecar::to_json(first), sidecar::to_json(second));
}

TEST_F(HostCpusTest, AMachineWithoutThreadsForItsVcpusIsAnError) {
    HostCpus cpus;
    ASSERT_THAT(take(cpus, wish(performance), "1n1l1c1t"), IsOk());
    IdleMachine machine(2);
    sidecar::Record record;
    EXPECT_THAT(cpus.settle(machine, record), IsErrorWith("the machine has 2 vCPUs"));
    EXPECT_FALSE(record.performance_mode);
}

TEST_F(HostCpusTest, AHostThatIsTooSmallIsAnError) {
    HostCpus cpus;
    EXPECT_THAT(take(cpus, wish(performance), "1n1l2c1t"), IsErrorWith("--no-perf-mode"));
    EXPECT_EQ(host::allowed_cpus(), before);
}

TEST_F(HostCpusTest, SharesAllThatNobodyHas) {
    HostCpus cpus;
    auto cheap = wish(shared);
    cheap.topology = []() -> Result<host::CpuTopology> {
        return fail(ErrorKind::internal, "the topology was asked for");
    };
    ASSERT_THAT(take(cpus, cheap, "1n1l4c1t"), IsOk());
    EXPECT_FALSE(cpus.is_restricted());
    IdleMachine machine(1);
    sidecar::Record record;
    ASSERT_THAT(cpus.settle(machine, record), IsOk());
    EXPECT_EQ(sidecar::to_json(record), sidecar::to_json({}));
}

TEST_F(HostCpusTest, SharesTheRestOfWhatAnotherHas) {
    ASSERT_THAT(host::make_lock_directory(dir->path() / "locks", ::geteuid()), IsOk());
    const auto lease = host::lease_exclusively(
        {.directory = dir->path() / "locks", .test = "other", .topology = wish(shared).topology},
        1);
    ASSERT_TRUE(lease && *lease);
    HostCpus late;
    EXPECT_EQ(take(late, wish(performance), "1n1l1c1t").value_or(HostCpus::Taken::had),
              HostCpus::Taken::gave_up);
    HostCpus cpus;
    ASSERT_THAT(take(cpus, wish(shared), "1n1l1c1t"), IsOk());
    EXPECT_TRUE(cpus.is_restricted());
    EXPECT_EQ(host::allowed_cpus(), CpuList{before[1]});
}

// Of a cgroup, say: the CPUs are there, and no time on them.
TEST_F(HostCpusTest, HasNoneOfItsOwnWhereTooFewRunAtOnce) {
    const auto scope = host::AffinityScope::enter({before[0]});
    ASSERT_THAT(scope, IsOk());
    HostCpus cpus;
    EXPECT_THAT(take(cpus, wish(performance), "1n1l1c1t"), IsErrorWith("is let run on at once"));
}

// Its tests may disturb others, which is said; but they are no worse for it.
TEST_F(HostCpusTest, WhoSharesCanGoWithoutADirectory) {
    auto lost = wish(shared);
    lost.directory = "/proc/none/locks";
    HostCpus cpus;
    EXPECT_THAT(take(cpus, lost, "1n1l1c1t"), IsOk());
    IdleMachine machine(1);
    sidecar::Record record;
    ASSERT_THAT(cpus.settle(machine, record), IsOk());
    EXPECT_THAT(record.notes, testing::ElementsAre(testing::HasSubstr("it has no lease")));
    lost.directory_was_asked_for = true;
    EXPECT_THAT(take(cpus, lost, "1n1l1c1t"), testing::Not(IsOk()));
    lost.directory_was_asked_for = false;
    lost.mode = performance;
    EXPECT_THAT(take(cpus, lost, "1n1l1c1t"), testing::Not(IsOk()));
}

} // namespace ktstr::session
