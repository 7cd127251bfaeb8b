#include "ktstr-runner/variants/declarations.hpp"

#include "ktstr-runner/variants/json_object.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::variants {

namespace {

Result<Topology> read_topology(const Json& json, const std::string& where) {
    JsonObject object(json, where);
    Topology topology{.nodes = 1, .llcs = 1, .cores = 2, .threads = 1, .uneven = {}};
    object.read("numa_nodes", topology.nodes);
    object.read("llcs", topology.llcs);
    object.read("cores", topology.cores);
    object.read("threads", topology.threads);
    TRY(object.done());
    TRY_ASSIGN(topology, Topology::parse(topology.text()), where); // which knows what cannot be
    return topology;
}

JsonObject::Reader into(Topology& topology) {
    return [&topology](const Json& json, const std::string& where) -> Result<> {
        TRY_ASSIGN(topology, read_topology(json, where));
        return {};
    };
}

JsonObject::Reader into(Constraints& constraints) {
    return [&constraints](const Json& json, const std::string& where) -> Result<> {
        JsonObject object(json, where);
        object.read("min_cpus", constraints.min_cpus);
        object.read("max_cpus", constraints.max_cpus);
        object.read("min_llcs", constraints.min_llcs);
        object.read("max_llcs", constraints.max_llcs);
        object.read("min_numa_nodes", constraints.min_numa_nodes);
        object.read("max_numa_nodes", constraints.max_numa_nodes);
        object.read("requires_smt", constraints.requires_smt);
        return object.done();
    };
}

Result<> read_binary(const Json& json, const std::string& where, Scheduler& scheduler) {
    if (json == "eevdf") {
        scheduler.source = SchedulerSource::eevdf;
        return {};
    }
    JsonObject object(json, where);
    if (object.has("discover")) {
        scheduler.source = SchedulerSource::discover;
        object.read("discover", scheduler.binary);
    } else if (object.has("path")) {
        scheduler.source = SchedulerSource::path;
        object.read("path", scheduler.binary);
    } else {
        scheduler.source = SchedulerSource::builtin;
        object.require("builtin");
        object.read("builtin", [&](const Json& builtin, const std::string& place) -> Result<> {
            JsonObject commands(builtin, place);
            commands.read("enable", scheduler.enable);
            commands.read("disable", scheduler.disable);
            return commands.done();
        });
    }
    return object.done();
}

Result<Flag> read_flag(const Json& json, const std::string& where) {
    JsonObject object(json, where);
    Flag flag;
    object.require("name");
    object.read("name", flag.name);
    object.read("args", flag.arguments);
    object.read("needs", flag.needs);
    TRY(object.done());
    return flag;
}

Result<Scheduler> read_scheduler(const Json& json, const std::string& where) {
    JsonObject object(json, where);
    Scheduler scheduler;
    object.require("id");
    object.read("id", scheduler.id);
    object.require("name");
    object.read("name", scheduler.name);
    object.require("binary");
    object.read("binary", [&](const Json& binary, const std::string& place) {
        return read_binary(binary, place, scheduler);
    });
    object.read("args", scheduler.arguments);
    object.read("kargs", scheduler.kernel_arguments);
    object.read("sysctls", scheduler.sysctls);
    object.read("kernels", scheduler.kernels);
    object.read_each("flags", [&](const Json& item, const std::string& place) -> Result<> {
        TRY_ASSIGN(auto flag, read_flag(item, place));
        scheduler.flags.push_back(std::move(flag));
        return {};
    });
    object.read("cgroup_parent", scheduler.cgroup_parent);
    object.read("config_file", scheduler.config_file);
    object.read("config_file_def", [&](const Json& place, const std::string& at) -> Result<> {
        JsonObject words(place, at);
        auto& config = scheduler.config_place.emplace();
        words.require("argument");
        words.read("argument", config.argument);
        words.require("path");
        words.read("path", config.path);
        return words.done();
    });
    object.read("manifest_dir", scheduler.manifest_dir);
    // The crate has merged these into its tests already.
    for (const auto* merged : {"topology", "constraints", "assert"}) {
        object.pass_over(merged);
    }
    TRY(object.done());
    TRY(check_flags(scheduler.flags), "the scheduler `" + scheduler.name + "`");
    return scheduler;
}

void read_time(JsonObject& object, std::string_view key, std::chrono::milliseconds& time) {
    std::int64_t count = time.count();
    object.read(key, count);
    time = std::chrono::milliseconds(count);
}

void read_flags(JsonObject& object, Test& test) {
    object.read("fresh_attach", test.fresh_attach);
    object.read("host_only", test.host_only);
    object.read("allow_inconclusive", test.allow_inconclusive);
    object.read("post_vm", test.post_vm);
    object.read("post_vm_unconditional", test.post_vm_unconditional);
    object.read("ignore", test.ignore);
    object.read("expect_err", test.expect_err);
    object.read("performance_mode", test.performance_mode);
    object.read("deterministic", test.deterministic);
}

Result<Test> read_test(const Json& json, const std::string& where) {
    JsonObject object(json, where);
    Test test;
    object.require("name");
    object.read("name", test.name);
    object.read("scheduler", test.scheduler);
    object.require("topology");
    object.read("topology", into(test.topology));
    object.read("memory_mib", test.memory_mib);
    read_time(object, "watchdog_timeout_ms", test.watchdog_timeout);
    read_time(object, "cleanup_budget_ms", test.cleanup_budget);
    read_flags(object, test);
    object.read("expect_scx_bpf_error_contains", test.error_contains);
    object.read("expect_scx_bpf_error_matches", test.error_matches);
    object.read("extra_sched_args", test.extra_arguments);
    object.read("extra_include_files", test.extra_files);
    object.read("staged_schedulers", test.staged_schedulers);
    object.read("config", test.config);
    object.read("manifest_dir", test.manifest_dir);
    object.read("constraints", into(test.constraints));
    object.read("required_flags", test.flags.required);
    object.read("excluded_flags", test.flags.excluded);
    read_time(object, "duration_ms", test.duration);
    // The crate's own; `no_perf_mode` is how it is without `performance_mode`.
    for (const auto* other : {"assert", "no_perf_mode", "workload_root_cgroup"}) {
        object.pass_over(other);
    }
    TRY(object.done());
    return test;
}

Result<> check_references(const Declarations& declarations) {
    for (const auto& test : declarations.tests) {
        auto named = test.staged_schedulers;
        if (test.scheduler) {
            named.push_back(*test.scheduler);
        }
        for (const auto& id : named) {
            if (declarations.scheduler_with(id) == nullptr) {
                return fail(ErrorKind::environment,
                            fmt::format("the test {} names the scheduler {}, which is not declared",
                                        test.name,
                                        id));
            }
        }
        const auto* const own =
            test.scheduler ? declarations.scheduler_with(*test.scheduler) : nullptr;
        TRY(check_wishes(own == nullptr ? std::span<const Flag>{} : own->flags, test.flags),
            "the test " + test.name);
    }
    return {};
}

} // namespace

const Test* Declarations::test_named(std::string_view name) const {
    const auto found = std::ranges::find(tests, name, &Test::name);
    return found == tests.end() ? nullptr : &*found;
}

const Scheduler* Declarations::scheduler_with(std::string_view id) const {
    const auto found = std::ranges::find(schedulers, id, &Scheduler::id);
    return found == schedulers.end() ? nullptr : &*found;
}

Result<Declarations> parse_declarations(std::string_view text) {
    TRY_ASSIGN(const auto json, parse_json(text));
    Declarations out;
    JsonObject object(json, "declarations");
    object.require("ktstr");
    object.read("ktstr", out.version);
    if (!out.version.empty() && out.version != KTSTR_VERSION) {
        return fail(version_mismatch(out.version));
    }
    object.read_each("schedulers", [&](const Json& item, const std::string& where) -> Result<> {
        TRY_ASSIGN(auto scheduler, read_scheduler(item, where));
        out.schedulers.push_back(std::move(scheduler));
        return {};
    });
    object.read_each("tests", [&](const Json& item, const std::string& where) -> Result<> {
        TRY_ASSIGN(auto test, read_test(item, where));
        out.tests.push_back(std::move(test));
        return {};
    });
    TRY(object.done());
    TRY(check_references(out));
    return out;
}

Error version_mismatch(std::string_view crate) {
    return Error(ErrorKind::usage,
                 fmt::format("the crate `ktstr` of this test is version {}, this runner is {}",
                             crate,
                             KTSTR_VERSION))
        .hint(fmt::format("they must be the same: `ktstr = \"={}\"` in Cargo.toml, or the runner "
                          "of version {}",
                          KTSTR_VERSION,
                          crate));
}

} // namespace ktstr::variants
