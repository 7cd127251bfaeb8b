#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/protocol/declared.hpp"
#include "ktstr-runner/protocol/host_only.hpp"

namespace ktstr::protocol {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using variants::SchedulerSource;

Result<std::filesystem::path> at_once(const variants::Scheduler& scheduler) {
    return "/t/" + scheduler.binary;
}

Declared under_a_scheduler() {
    Declared out;
    out.test.name = "a::b";
    out.test.watchdog_timeout = std::chrono::seconds(5);
    out.scheduler.emplace();
    out.scheduler->id = "FOO";
    out.scheduler->name = "foo";
    out.scheduler->source = SchedulerSource::discover;
    out.scheduler->binary = "scx_foo";
    return out;
}

session::Program with(const Declared& declared, session::Program program = {}) {
    const auto added = add_declaration(declared, at_once, program);
    EXPECT_THAT(added, IsOk());
    return program;
}

std::string error_of(const Declared& declared) {
    session::Program program;
    const auto added = add_declaration(declared, at_once, program);
    return added ? "no error" : added.error().render();
}

} // namespace

TEST(ApplyDeclaration, MemoryIsWhatIsDeclaredOrWhatTheTopologyNeeds) {
    struct Case {
        unsigned vcpus;
        std::uint64_t declared_mib;
        std::uint64_t mib;
    };

    for (const auto& c : {
             Case{2,  2048, 2048},
             Case{2,  0,    256 },
             Case{16, 512,  1024}
    }) {
        Declared declared;
        declared.test.topology = {
            .nodes = 1, .llcs = 1, .cores = c.vcpus, .threads = 1, .uneven = {}};
        declared.test.memory_mib = c.declared_mib;
        config::TestSettings settings;
        ASSERT_THAT(apply_declaration(declared, {}, settings), IsOk());
        EXPECT_EQ(settings.memory >> 20, c.mib);
        EXPECT_EQ(settings.topology.vcpus(), c.vcpus);
    }
}

TEST(ApplyDeclaration, TheEnvironmentGoesBefore) {
    auto declared = under_a_scheduler();
    declared.test.memory_mib = 2048;
    config::TestSettings settings;
    const std::vector<std::string> both{"KTSTR_TOPOLOGY=1n2l2c1t", "KTSTR_MEMORY=600M"};
    ASSERT_THAT(apply_declaration(declared, both, settings), IsOk());
    EXPECT_EQ(settings.topology.text(), "1n2l2c1t");
    EXPECT_EQ(settings.memory >> 20, 600U);
}

TEST(ApplyDeclaration, ADeterministicTestHasThatMachineWhateverTheFileSays) {
    auto declared = under_a_scheduler();
    declared.test.deterministic = true;
    config::TestSettings settings;
    settings.machine = "kvm";
    ASSERT_THAT(apply_declaration(declared, {}, settings), IsOk());
    EXPECT_EQ(settings.machine, "det");
    const std::vector<std::string> another{"KTSTR_MACHINE=kvm"};
    EXPECT_THAT(apply_declaration(declared, another, settings),
                IsErrorWith("the test is deterministic, and KTSTR_MACHINE is kvm"));
    declared.test.deterministic = false;
    config::TestSettings timed;
    ASSERT_THAT(apply_declaration(declared, another, timed), IsOk());
    EXPECT_EQ(timed.machine, "kvm");
}

TEST(AddDeclaration, ASchedulerIsAttachedInTheSetup) {
    const auto program = with(under_a_scheduler());
    EXPECT_TRUE(program.engine && program.expectations.verdict && program.expectations.scheduler);
    ASSERT_TRUE(program.scheduler.has_value());
    EXPECT_TRUE(program.scheduler->in_setup);
    EXPECT_EQ(program.scheduler->program, "/t/scx_foo");
    const auto& scheduler = program.scheduler->scheduler;
    EXPECT_THAT(scheduler.argv, ElementsAre("/t/scx_foo"));
    EXPECT_EQ(scheduler.watchdog_ms, 5000);
    EXPECT_EQ(scheduler.attach_limit_ms, 64'000); // two vCPUs
}

TEST(AddDeclaration, OrInTheJobWhereAttachingIsTheTest) {
    auto fresh = under_a_scheduler();
    fresh.test.fresh_attach = true;
    EXPECT_FALSE(with(fresh).scheduler->in_setup);
    auto expecting = under_a_scheduler();
    expecting.test.error_contains = "bad";
    EXPECT_FALSE(with(expecting).scheduler->in_setup);
    EXPECT_TRUE(with(expecting).expectations.error());
    session::Program cold;
    cold.settings.templates = false;
    EXPECT_FALSE(with(under_a_scheduler(), cold).scheduler->in_setup);
}

TEST(AddDeclaration, ArgumentsAreInOrderAndTheirCgroupsAreMade) {
    auto declared = under_a_scheduler();
    declared.scheduler->manifest_dir = "/m";
    declared.scheduler->config_file = "conf/a.json";
    declared.scheduler->config_place = {.argument = "--layers file:{file}",
                                        .path = "/include-files/b"};
    declared.scheduler->cgroup_parent = "/cells";
    declared.scheduler->arguments = {"-x", "--cell-parent-cgroup=/more"};
    declared.test.extra_arguments = {"-y"};
    declared.test.config = "[]";
    const auto program = with(declared);
    EXPECT_THAT(program.scheduler->scheduler.argv,
                ElementsAre("/t/scx_foo",
                            "--config",
                            "/include-files/a.json",
                            "--layers",
                            "file:/include-files/b",
                            "--cell-parent-cgroup",
                            "/cells",
                            "-x",
                            "--cell-parent-cgroup=/more",
                            "-y"));
    EXPECT_THAT(program.scheduler->scheduler.make_cgroups, ElementsAre("/cells", "/more"));
    ASSERT_EQ(program.guest_files.size(), 1U);
    EXPECT_EQ(program.guest_files[0].host, "/m/conf/a.json");
    ASSERT_EQ(program.guest_texts.size(), 1U);
    EXPECT_EQ(program.guest_texts[0].text, "[]");
}

TEST(AddDeclaration, EevdfHasAnEngineAndNoScheduler) {
    Declared bare;
    EXPECT_TRUE(with(bare).engine);
    EXPECT_FALSE(with(bare).scheduler.has_value());
    auto declared = under_a_scheduler();
    declared.scheduler->source = SchedulerSource::eevdf;
    declared.scheduler->kernel_arguments = {"nohz=off"};
    declared.scheduler->sysctls = {
        {"kernel.sched_autogroup_enabled", "0"}
    };
    const auto program = with(declared);
    EXPECT_FALSE(program.scheduler.has_value());
    EXPECT_FALSE(program.expectations.scheduler);
    EXPECT_THAT(program.kernel_arguments, ElementsAre("nohz=off"));
    EXPECT_THAT(program.sysctls, ElementsAre(Pair("kernel.sched_autogroup_enabled", "0")));
}

TEST(AddDeclaration, ABuiltinOneHasCommandsAndNoProgram) {
    auto declared = under_a_scheduler();
    declared.scheduler->source = SchedulerSource::builtin;
    declared.scheduler->enable = {"echo 1 >/sys/x"};
    EXPECT_THAT(error_of(declared), HasSubstr("`watchdog_timeout_s` of the test"));
    declared.test.watchdog_timeout = {};
    const auto program = with(declared);
    EXPECT_TRUE(program.scheduler->program.empty());
    EXPECT_THAT(program.scheduler->scheduler.argv, IsEmpty());
    EXPECT_THAT(program.scheduler->scheduler.enable, ElementsAre("echo 1 >/sys/x"));
}

TEST(AddDeclaration, TheTestIsToldOfItsStagedSchedulers) {
    auto declared = under_a_scheduler();
    declared.staged.push_back(*declared.scheduler);
    declared.staged[0].id = "BAR";
    declared.staged[0].binary = "scx_bar";
    declared.test.extra_arguments = {"-y"};
    const auto program = with(declared);
    EXPECT_THAT(program.helpers, ElementsAre("/t/scx_bar"));
    ASSERT_EQ(program.environment.size(), 1U);
    const auto& told = program.environment[0];
    ASSERT_THAT(told, testing::StartsWith("KTSTR_STAGED_SCHEDULERS="));
    const auto json = parse_json(std::string_view(told).substr(told.find('=') + 1));
    ASSERT_THAT(json, IsOk());
    EXPECT_EQ((*json)["BAR"]["argv"], Json({"/t/scx_bar"}));
    EXPECT_FALSE(json->contains("FOO"));
}

TEST(AddDeclaration, FilesLieUnderTheirNames) {
    const auto dir = TempDir::create("include");
    ASSERT_THAT(dir, IsOk());
    ASSERT_THAT(write_file_atomically(dir->path() / "data.txt", "x"), IsOk());
    auto declared = under_a_scheduler();
    declared.test.extra_files = {"data.txt"};
    declared.test.manifest_dir = dir->path();
    const auto program = with(declared);
    ASSERT_EQ(program.guest_files.size(), 1U);
    EXPECT_EQ(program.guest_files[0].guest, "/include-files/data.txt");
    ASSERT_THAT(make_directories(dir->path() / "b"), IsOk());
    ASSERT_THAT(write_file_atomically(dir->path() / "b/data.txt", "y"), IsOk());
    declared.test.extra_files = {"data.txt", "b/data.txt"};
    EXPECT_THAT(error_of(declared), HasSubstr("would both be /include-files/data.txt"));
    declared.test.extra_files = {"none.txt"};
    EXPECT_THAT(error_of(declared), HasSubstr("none.txt is not a file"));
}

TEST(ApplyDeclaration, AnotherTopologyMustBeOneThatTheTestAllows) {
    Declared declared;
    declared.test.topology = {.nodes = 1, .llcs = 2, .cores = 2, .threads = 1};
    declared.test.constraints = {.min_cpus = 4, .max_llcs = 2, .requires_smt = true};
    config::TestSettings settings;
    const auto with_topology = [&](const std::string& text) {
        const std::vector<std::string> environment{"KTSTR_TOPOLOGY=" + text};
        return apply_declaration(declared, environment, settings);
    };
    EXPECT_THAT(apply_declaration(declared, {}, settings), IsOk());
    EXPECT_THAT(with_topology("1n2l1c2t"), IsOk());
    EXPECT_THAT(with_topology("1n1l1c2t"), IsErrorWith("it wants 4 or more CPUs"));
    EXPECT_THAT(with_topology("1n4l1c2t"), IsErrorWith("it wants at most 2 LLCs"));
    EXPECT_THAT(with_topology("1n2l2c1t"), IsOk()); // its own
    EXPECT_THAT(with_topology("1n2l3c1t"), IsErrorWith("threads of each core"));
}

TEST(WhyNotOn, TheKernelsThatTheSchedulerIsMeantFor) {
    auto declared = under_a_scheduler();
    const store::Entry kernel{.key = "k", .version = "7.0.13-cloud"};
    const auto why = [&] { return why_not_on(declared, kernel); };
    EXPECT_EQ(why().value_or("an error"), std::nullopt); // it does not say
    declared.scheduler->kernels = {"6.12", "7.1.."};
    EXPECT_EQ(
        why().value_or("an error"),
        "SKIP: the scheduler `foo` is meant for kernels 6.12, 7.1.., and this is 7.0.13-cloud");
    declared.scheduler->kernels = {"6.12", "7.0"};
    EXPECT_EQ(why().value_or("an error"), std::nullopt);
    declared.scheduler->kernels = {"7.0..6.12"};
    EXPECT_THAT(why(), IsErrorWith("the scheduler `foo` declares `kernels`"));
}

TEST(AddDeclaration, AStagedSchedulerCannotHaveAMachineOfItsOwn) {
    auto declared = under_a_scheduler();
    declared.staged.push_back(*declared.scheduler);
    declared.staged.back().sysctls = {
        {"kernel.x", "1"}
    };
    EXPECT_THAT(error_of(declared), HasSubstr("staged scheduler foo wants `kargs`"));
}

TEST(AddDeclaration, TheCleanUpBudgetIsTheTimeToDetach) {
    auto declared = under_a_scheduler();
    declared.test.cleanup_budget = std::chrono::milliseconds(1500);
    EXPECT_EQ(with(declared).scheduler->scheduler.detach_limit_ms, 1500);
}

TEST(AddDeclaration, WhatCannotBeIsAnErrorWithItsName) {
    auto config = under_a_scheduler();
    config.test.config = "x";
    EXPECT_THAT(error_of(config), HasSubstr("config_file_def"));
    auto pattern = under_a_scheduler();
    pattern.test.error_matches = "(";
    EXPECT_THAT(error_of(pattern), HasSubstr("expect_scx_bpf_error_matches"));
    Declared nobody;
    nobody.test.error_contains = "x";
    EXPECT_THAT(error_of(nobody), HasSubstr("declares none"));
}

TEST(HostOnly, ADeclaredTestMaySaySo) {
    variants::Test test;
    EXPECT_EQ(host_only({}, "/bin/true", {}, &test), std::nullopt);
    test.host_only = true;
    EXPECT_THAT(host_only({}, "/bin/true", {}, &test).value_or(""), HasSubstr("host_only"));
}

} // namespace ktstr::protocol
