#include "guest/workload/parse_work.hpp"

#include <sched.h>

#include <algorithm>
#include <array>

namespace ktstr::workload {

namespace {

constexpr int sched_ext = 7;             // include/uapi/linux/sched.h
constexpr std::size_t longest_comm = 15; // TASK_COMM_LEN without its NUL
constexpr unsigned most_nodes = 64;

template <std::size_t count>
std::size_t index_of(std::string_view name,
                     const std::array<std::string_view, count>& names,
                     const std::string& path) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        throw BadField(path, none_of(name, names));
    }
    return static_cast<std::size_t>(found - names.begin());
}

} // namespace

Policy to_policy(const Json& value, const std::string& path) {
    constexpr std::array<std::string_view, 7> names{
        "normal", "batch", "idle", "ext", "fifo", "round_robin", "deadline"};
    constexpr std::array<int, 7> policies{
        SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, sched_ext, SCHED_FIFO, SCHED_RR, 6};
    const auto tagged = to_tagged(value, path);
    const auto index = index_of(tagged.name, names, path);
    Policy policy{.policy = policies.at(index)};
    const auto inner = path + "." + tagged.name;
    if (tagged.name == "deadline") {
        Fields fields(tagged.value, inner);
        const auto duration = [&](std::string_view name) {
            return to_integer(fields.need(name), fields.path_of(name), 1024, longest_ns);
        };
        policy.runtime_ns = duration("runtime");
        policy.deadline_ns = duration("deadline");
        policy.period_ns = duration("period");
        fields.no_others();
        if (policy.runtime_ns > policy.deadline_ns || policy.deadline_ns > policy.period_ns) {
            throw BadField(inner, shown(tagged.value) + " is not runtime <= deadline <= period");
        }
    } else if (policy.policy == SCHED_FIFO || policy.policy == SCHED_RR) {
        policy.priority = static_cast<unsigned>(to_integer(tagged.value, inner, 1, 99));
    } else if (!tagged.value.is_null()) {
        throw BadField(inner, "has no parameters");
    }
    return policy;
}

Affinity to_affinity(const Json& value, const std::string& path) {
    constexpr std::array<std::string_view, 7> names{"inherit",
                                                    "single_cpu",
                                                    "llc_aligned",
                                                    "cross_cgroup",
                                                    "smt_sibling_pair",
                                                    "exact",
                                                    "random_subset"};
    const auto tagged = to_tagged(value, path);
    const auto inner = path + "." + tagged.name;
    Affinity affinity{.kind = static_cast<Affinity::Kind>(index_of(tagged.name, names, path))};
    if (affinity.kind == Affinity::Kind::exact) {
        affinity.cpus = to_numbers(tagged.value, inner, most_cpus - 1);
    } else if (affinity.kind == Affinity::Kind::random_subset) {
        Fields fields(tagged.value, inner);
        affinity.cpus = to_numbers(fields.need("from"), fields.path_of("from"), most_cpus - 1);
        affinity.count = static_cast<unsigned>(
            to_integer(fields.need("count"), fields.path_of("count"), 1, affinity.cpus.size()));
        fields.no_others();
    } else if (!tagged.value.is_null()) {
        throw BadField(inner, "has no parameters");
    }
    return affinity;
}

// Modes: MPOL_* of include/uapi/linux/mempolicy.h, which are in this order.
MemoryPolicy to_memory_policy(const Json& value, const std::string& path) {
    constexpr std::array<std::string_view, 7> names{"default",
                                                    "preferred",
                                                    "bind",
                                                    "interleave",
                                                    "local",
                                                    "preferred_many",
                                                    "weighted_interleave"};
    const auto tagged = to_tagged(value, path);
    const auto inner = path + "." + tagged.name;
    MemoryPolicy policy{.mode = static_cast<int>(index_of(tagged.name, names, path))};
    if (tagged.name == "default" || tagged.name == "local") {
        if (!tagged.value.is_null()) {
            throw BadField(inner, "has no parameters");
        }
    } else if (tagged.name == "preferred") {
        policy.nodes = {static_cast<unsigned>(to_integer(tagged.value, inner, 0, most_nodes - 1))};
    } else {
        policy.nodes = to_numbers(tagged.value, inner, most_nodes - 1);
    }
    return policy;
}

namespace {

// The engine does not fork it, so it cannot do in the child what only the child can.
void check_custom(const WorkSpec& spec, const std::string& path) {
    const std::array<std::pair<std::string_view, bool>, 6> fields{
        {{"mem_policy", spec.memory.has_value()},
         {"uid", spec.uid.has_value()},
         {"gid", spec.gid.has_value()},
         {"comm", !spec.comm.empty()},
         {"pcomm", !spec.pcomm.empty()},
         {"clone_mode", spec.threads}}
    };
    for (const auto& [name, set] : fields) {
        if (set) {
            throw BadField(path + "." + std::string(name),
                           "a custom worker sets that itself (it is forked by the test)");
        }
    }
}

std::optional<unsigned> small(Fields& fields, std::string_view name, std::uint64_t most) {
    const auto value = fields.integer(name, 0, most);
    return value ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
}

void read_workers(Fields& fields, WorkSpec& spec) {
    if (const auto workers = fields.integer("workers", 1, most_workers)) {
        spec.workers = static_cast<unsigned>(*workers);
    }
    spec.workers_pct = fields.number("workers_pct", {0.001, 100'000});
    if (spec.workers && spec.workers_pct) {
        throw BadField(fields.path_of("workers_pct"), "beside `workers`: only one of them");
    }
    if (spec.workers && *spec.workers % spec.type.together != 0) {
        throw BadField(fields.path_of("workers"),
                       std::to_string(*spec.workers) + " workers do not make whole groups of " +
                           std::to_string(spec.type.together) + ", as this work type needs them");
    }
}

} // namespace

WorkSpec to_work_spec(const Json& value, const std::string& path) {
    WorkSpec spec;
    Fields fields(value, path);
    if (const auto* const type = fields.find("work_type")) {
        spec.type = to_work_type(*type, fields.path_of("work_type"));
    }
    read_workers(fields, spec);
    if (const auto* const policy = fields.find("sched_policy")) {
        spec.policy = to_policy(*policy, fields.path_of("sched_policy"));
    }
    if (const auto* const affinity = fields.find("affinity")) {
        spec.affinity = to_affinity(*affinity, fields.path_of("affinity"));
    }
    if (const auto* const memory = fields.find("mem_policy")) {
        spec.memory = to_memory_policy(*memory, fields.path_of("mem_policy"));
    }
    spec.mpol_flags = small(fields, "mpol_flags", 0xFFFF).value_or(0);
    if (const auto* const nice = fields.find("nice")) {
        if (!nice->is_number_integer()) {
            throw BadField(fields.path_of("nice"), shown(*nice) + " is no integer from -20 to 19");
        }
        spec.nice = static_cast<int>(to_number(*nice, fields.path_of("nice"), {-20, 19}));
    }
    spec.comm = fields.text("comm", longest_comm);
    spec.pcomm = fields.text("pcomm", longest_comm);
    spec.uid = small(fields, "uid", 0xFFFF'FFFE);
    spec.gid = small(fields, "gid", 0xFFFF'FFFE);
    spec.numa_node = small(fields, "numa_node", most_nodes - 1);
    spec.threads = !spec.pcomm.empty();
    if (const auto mode = fields.text("clone_mode", 16); !mode.empty()) {
        constexpr std::array<std::string_view, 2> modes{"fork", "thread"};
        spec.threads = index_of(mode, modes, fields.path_of("clone_mode")) == 1 || spec.threads;
    }
    fields.no_others();
    if (spec.type.kind == WorkKind::custom) {
        check_custom(spec, path);
    }
    return spec;
}

} // namespace ktstr::workload
