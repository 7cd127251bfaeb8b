#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/variants/declarations.hpp"

#include <fmt/format.h>

namespace ktstr::variants {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view test_head =
    R"("name": "a::b", "topology": {"numa_nodes": 2, "llcs": 4, "cores": 3, "threads": 2})";

std::string declarations(const std::string& tests, const std::string& schedulers = "") {
    return fmt::format(R"({{"ktstr": "{}", "tests": [{}], "schedulers": [{}]}})",
                       KTSTR_VERSION,
                       tests,
                       schedulers);
}

std::string error_of(const std::string& json) {
    const auto parsed = parse_declarations(json);
    return parsed ? "no error" : parsed.error().render();
}

} // namespace

TEST(Declarations, ReadsAllThatATestDeclares) {
    const auto parsed = parse_declarations(
        declarations(fmt::format("{{{}, {}}}", test_head, R"("scheduler": "S", "memory_mib": 2048,
            "duration_ms": 12000, "watchdog_timeout_ms": 5000, "cleanup_budget_ms": 7,
            "fresh_attach": true, "host_only": true, "performance_mode": true, "deterministic": true,
            "no_perf_mode": false, "ignore": false, "expect_err": true,
            "allow_inconclusive": true, "expect_scx_bpf_error_contains": "bad",
            "expect_scx_bpf_error_matches": "b.d", "post_vm": true,
            "post_vm_unconditional": true, "extra_sched_args": ["-v"],
            "extra_include_files": ["data"], "staged_schedulers": ["S"], "config": "{}",
            "workload_root_cgroup": "/p", "manifest_dir": "/m", "constraints": {"min_cpus": 1, "requires_smt": true},
            "assert": {"max_gap_ms": 2000.5})"),
                     R"({"id": "S", "name": "scx_s", "binary": "eevdf"})"));
    ASSERT_THAT(parsed, IsOk());
    const auto* test = parsed->test_named("a::b");
    ASSERT_NE(test, nullptr);
    EXPECT_EQ(test->topology.text(), "2n4l3c2t");
    EXPECT_EQ(test->memory_mib, 2048U);
    EXPECT_EQ(test->watchdog_timeout, std::chrono::seconds(5));
    EXPECT_TRUE(test->fresh_attach && test->host_only && test->allow_inconclusive);
    EXPECT_TRUE(test->performance_mode);
    EXPECT_TRUE(test->deterministic);
    EXPECT_EQ(test->error_contains, "bad");
    EXPECT_EQ(test->error_matches, "b.d");
    EXPECT_THAT(test->extra_arguments, ElementsAre("-v"));
    EXPECT_EQ(test->config, "{}");
    EXPECT_EQ(test->constraints.min_cpus, 1U);
    EXPECT_EQ(test->constraints.max_cpus, std::nullopt);
    EXPECT_EQ(parsed->test_named("b"), nullptr);
}

TEST(Declarations, ReadsAllThatASchedulerDeclares) {
    const auto parsed = parse_declarations(declarations("", R"(
        {"id": "A", "name": "a", "binary": {"discover": "scx_a"}, "args": ["-x"],
         "topology": {}, "kargs": ["nohz=off"], "sysctls": {"kernel.x": "1"},
         "kernels": ["6.14.."], "cgroup_parent": "/x", "config_file": "c.json",
         "config_file_def": {"argument": "--config {file}", "path": "/include-files/x"},
         "manifest_dir": "/m", "constraints": {}, "assert": {}},
        {"id": "B", "name": "b", "binary": {"path": "/x"}},
        {"id": "C", "name": "c", "binary": {"builtin": {"enable": ["on"], "disable": ["off"]}}})"));
    ASSERT_THAT(parsed, IsOk());
    const auto* a = parsed->scheduler_with("A");
    ASSERT_NE(a, nullptr);
    EXPECT_EQ(a->source, SchedulerSource::discover);
    EXPECT_EQ(a->binary, "scx_a");
    EXPECT_THAT(a->kernel_arguments, ElementsAre("nohz=off"));
    EXPECT_EQ(a->sysctls.at("kernel.x"), "1");
    EXPECT_THAT(a->kernels, ElementsAre("6.14.."));
    EXPECT_EQ(a->config_place->path, "/include-files/x");
    EXPECT_EQ(parsed->scheduler_with("B")->source, SchedulerSource::path);
    EXPECT_THAT(parsed->scheduler_with("C")->disable, ElementsAre("off"));
}

TEST(Declarations, AnotherVersionIsNamedBesideOurs) {
    // Also when it says what we do not know.
    EXPECT_THAT(error_of(R"({"ktstr": "99.1.2", "news": 1})"),
                testing::AllOf(HasSubstr("99.1.2"), HasSubstr(KTSTR_VERSION)));
    EXPECT_THAT(error_of("{}"), HasSubstr("`ktstr` is missing"));
}

TEST(Declarations, EveryWrongThingIsNamedByItsPlace) {
    const auto test_with = [](std::string_view more) {
        return declarations(fmt::format("{{{}, {}}}", test_head, more));
    };
    EXPECT_THAT(error_of(test_with(R"("new_key": 1)")),
                HasSubstr("tests[0]: `new_key` is not known"));
    EXPECT_THAT(error_of(test_with(R"("post_vm": 1)")),
                HasSubstr("`post_vm` is not true or false"));
    EXPECT_THAT(error_of(test_with(R"("memory_mib": -1)")),
                HasSubstr("`memory_mib` is not a whole"));
    EXPECT_THAT(error_of(test_with(R"("watchdog_timeout_ms": 18446744073709551615)")),
                HasSubstr("too large"));
    EXPECT_THAT(error_of(test_with(R"("extra_sched_args": [1])")), HasSubstr("array of strings"));
    EXPECT_THAT(error_of(test_with(R"("scheduler": "NONE")")),
                HasSubstr("NONE, which is not declared"));
    EXPECT_THAT(error_of(declarations(R"({"name": "x"})")), HasSubstr("`topology` is missing"));
    EXPECT_THAT(error_of(declarations(R"({"name": "x", "topology": {"llcs": 0}})")),
                HasSubstr("topology"));
    EXPECT_THAT(error_of(declarations(R"({"name": "x", "topology": {"dies": 2}})")),
                HasSubstr("`dies`"));
    EXPECT_THAT(error_of(declarations("", R"({"id": "S", "name": "s", "binary": {}})")),
                HasSubstr("`builtin` is missing"));
    EXPECT_THAT(error_of(declarations("7")), HasSubstr("tests[0] is not a JSON object"));
    EXPECT_THAT(error_of("[]"), HasSubstr("not a JSON object"));
    EXPECT_THAT(error_of("{"), HasSubstr("JSON"));
}

} // namespace ktstr::variants
