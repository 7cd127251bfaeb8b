#include "guest/workload/parse_step.hpp"

#include <array>

namespace ktstr::workload {

namespace {

constexpr std::size_t most_entries = 4096; // of any list
constexpr std::size_t longest_cgroup = 255;
constexpr unsigned most_nodes = 64;

std::string to_cgroup_name(Fields& fields, std::string_view field) {
    const auto path = fields.path_of(field);
    auto name = to_text(fields.need(field), path, longest_cgroup);
    check_cgroup_name(name, path);
    return name;
}

std::size_t
index_of(std::string_view name, std::span<const std::string_view> names, const std::string& path) {
    for (std::size_t index = 0; index < names.size(); ++index) {
        if (names[index] == name) {
            return index;
        }
    }
    throw BadField(path, none_of(name, names));
}

void read_part(const Json& value, const std::string& path, CpusetSpec& spec) {
    Fields fields(value, path);
    spec.of =
        static_cast<unsigned>(to_integer(fields.need("of"), fields.path_of("of"), 1, most_cpus));
    spec.index = static_cast<unsigned>(
        to_integer(fields.need("index"), fields.path_of("index"), 0, spec.of - 1));
    if (spec.kind == CpusetSpec::Kind::overlap) {
        spec.frac = to_number(fields.need("frac"), fields.path_of("frac"), {0, 1});
    }
    fields.no_others();
}

CpusetSpec to_cpuset(const Json& value, const std::string& path) {
    constexpr std::array<std::string_view, 6> names{
        "exact", "range", "disjoint", "overlap", "llc", "numa"};
    const auto tagged = to_tagged(value, path);
    const auto inner = path + "." + tagged.name;
    CpusetSpec spec{.kind = static_cast<CpusetSpec::Kind>(index_of(tagged.name, names, path))};
    switch (spec.kind) {
    case CpusetSpec::Kind::exact:
        spec.cpus = to_numbers(tagged.value, inner, most_cpus - 1);
        break;
    case CpusetSpec::Kind::range:
        if (to_array(tagged.value, inner, 2).size() != 2) {
            throw BadField(inner, shown(tagged.value) + " is no [from, to]");
        }
        spec.from = to_number(tagged.value[0], inner + "[0]", {0, 1});
        spec.to = to_number(tagged.value[1], inner + "[1]", {spec.from, 1});
        break;
    case CpusetSpec::Kind::disjoint:
    case CpusetSpec::Kind::overlap:
        read_part(tagged.value, inner, spec);
        break;
    case CpusetSpec::Kind::llc:
    case CpusetSpec::Kind::numa:
        spec.index = static_cast<unsigned>(to_integer(tagged.value, inner, 0, most_cpus - 1));
        break;
    }
    return spec;
}

// Fields of a CgroupDef that are one number, and the files that they become (cgroup-v2.rst).
struct Limit {
    std::string_view field;
    const char* file;
    std::uint64_t least;
    std::uint64_t most;
};

constexpr auto most_bytes = 1ULL << 62;
constexpr std::array<Limit, 7> number_limits{
    {
     {"cpu_weight", "cpu.weight", 1, 10'000},
     {"memory_low", "memory.low", 0, most_bytes},
     {"memory_high", "memory.high", 0, most_bytes},
     {"memory_max", "memory.max", 0, most_bytes},
     {"memory_swap_max", "memory.swap.max", 0, most_bytes},
     {"io_weight", "io.weight", 1, 10'000},
     {"pids_max", "pids.max", 0, 1U << 22},
     }
};

void read_limits(Fields& fields, CgroupDef& def) {
    if (const auto* const quota = fields.find("cpu_quota")) {
        // cpu.max is in us, a period from 1 ms to 1 s, a quota of at least 1 ms
        // (kernel/sched/core.c).
        constexpr std::uint64_t us = 1000;
        Fields parts(*quota, fields.path_of("cpu_quota"));
        const auto period =
            parts.integer("period", 1000 * us, 1'000'000 * us).value_or(100'000 * us);
        const auto most =
            to_integer(parts.need("quota"), parts.path_of("quota"), 1000 * us, longest_ns);
        parts.no_others();
        def.limits.emplace_back("cpu.max",
                                std::to_string(most / us) + " " + std::to_string(period / us));
    }
    for (const auto& limit : number_limits) {
        if (const auto value = fields.integer(limit.field, limit.least, limit.most)) {
            def.limits.emplace_back(limit.file, std::to_string(*value));
        }
    }
}

CgroupDef to_cgroup(const Json& value, const std::string& path) {
    CgroupDef def;
    Fields fields(value, path);
    def.name = to_cgroup_name(fields, "name");
    if (const auto* const works = fields.find("works")) {
        std::size_t index = 0;
        for (const auto& work : to_array(*works, fields.path_of("works"), most_entries)) {
            def.works.push_back(
                to_work_spec(work, fields.path_of("works[" + std::to_string(index++) + "]")));
        }
    } else {
        def.works.emplace_back();
    }
    if (const auto* const cpuset = fields.find("cpuset")) {
        def.cpuset = to_cpuset(*cpuset, fields.path_of("cpuset"));
    }
    if (const auto* const mems = fields.find("cpuset_mems")) {
        def.cpuset_mems = to_numbers(*mems, fields.path_of("cpuset_mems"), most_nodes - 1);
    }
    read_limits(fields, def);
    fields.no_others();
    return def;
}

constexpr std::array<std::string_view, 16> op_names{"add_cgroup",
                                                    "remove_cgroup",
                                                    "set_cpuset",
                                                    "clear_cpuset",
                                                    "swap_cpusets",
                                                    "spawn",
                                                    "spawn_host",
                                                    "stop_cgroup",
                                                    "set_affinity",
                                                    "move_all_tasks",
                                                    "detach_scheduler",
                                                    "attach_scheduler",
                                                    "restart_scheduler",
                                                    "replace_scheduler",
                                                    "freeze_cgroup",
                                                    "unfreeze_cgroup"};

void read_op(Op& op, Fields& fields) {
    switch (op.kind) {
    case Op::Kind::add_cgroup:
        op.first = to_cgroup_name(fields, "name");
        break;
    case Op::Kind::spawn_host:
        op.work = to_work_spec(fields.need("work"), fields.path_of("work"));
        break;
    case Op::Kind::swap_cpusets:
        op.first = to_cgroup_name(fields, "a");
        op.second = to_cgroup_name(fields, "b");
        break;
    case Op::Kind::move_all_tasks:
        op.first = to_cgroup_name(fields, "from");
        op.second = to_cgroup_name(fields, "to");
        break;
    case Op::Kind::replace_scheduler:
        op.scheduler = fields.need("scheduler").dump();
        break;
    case Op::Kind::detach_scheduler:
    case Op::Kind::attach_scheduler:
    case Op::Kind::restart_scheduler:
        break;
    default:
        op.first = to_cgroup_name(fields, "cgroup");
        break;
    }
    if (op.kind == Op::Kind::spawn) {
        op.work = to_work_spec(fields.need("work"), fields.path_of("work"));
    } else if (op.kind == Op::Kind::set_cpuset) {
        op.cpus = to_cpuset(fields.need("cpus"), fields.path_of("cpus"));
    } else if (op.kind == Op::Kind::set_affinity) {
        op.affinity = to_affinity(fields.need("affinity"), fields.path_of("affinity"));
    }
}

Op to_op(const Json& value, const std::string& path) {
    const auto tagged = to_tagged(value, path);
    Op op{.kind = static_cast<Op::Kind>(index_of(tagged.name, op_names, path)),
          .name = tagged.name};
    const Json parameters = tagged.value.is_null() ? Json::object() : tagged.value;
    Fields fields(parameters, path + "." + tagged.name);
    read_op(op, fields);
    fields.no_others();
    return op;
}

Hold to_hold(const Json& value, const std::string& path) {
    constexpr std::array<std::string_view, 3> names{"frac", "fixed", "loop"};
    const auto tagged = to_tagged(value, path);
    const auto inner = path + "." + tagged.name;
    Hold hold{.kind = static_cast<Hold::Kind>(index_of(tagged.name, names, path))};
    if (hold.kind == Hold::Kind::frac) {
        hold.frac = to_number(tagged.value, inner, {0, 1});
    } else {
        // A loop without a pause would be nothing but ops.
        const std::uint64_t least = hold.kind == Hold::Kind::loop ? 1'000'000 : 0;
        hold.ns = static_cast<std::int64_t>(to_integer(tagged.value, inner, least, longest_ns));
    }
    return hold;
}

} // namespace

void check_cgroup_name(const std::string& name, const std::string& path) {
    std::string_view rest = name;
    while (true) {
        const auto part = rest.substr(0, rest.find('/'));
        if (part.empty() || part == "." || part == "..") {
            throw BadField(path,
                           shown(Json(name)) +
                               " is no name of a cgroup (relative, no empty part, no `.` or `..`)");
        }
        if (part.size() == rest.size()) {
            return;
        }
        rest.remove_prefix(part.size() + 1);
    }
}

std::vector<Op> to_ops(Fields& fields) {
    std::vector<Op> ops;
    if (const auto* const value = fields.find("ops")) {
        for (const auto& op : to_array(*value, fields.path_of("ops"), most_entries)) {
            ops.push_back(to_op(op, fields.path_of("ops[" + std::to_string(ops.size()) + "]")));
        }
    }
    return ops;
}

std::vector<CgroupDef> to_cgroups(Fields& fields) {
    std::vector<CgroupDef> defs;
    if (const auto* const value = fields.find("cgroups")) {
        for (const auto& def : to_array(*value, fields.path_of("cgroups"), most_entries)) {
            defs.push_back(
                to_cgroup(def, fields.path_of("cgroups[" + std::to_string(defs.size()) + "]")));
        }
    }
    return defs;
}

Step to_step(const Json& value, const std::string& path) {
    Fields fields(value, path);
    Step step{.ops = to_ops(fields), .cgroups = to_cgroups(fields)};
    if (const auto* const hold = fields.find("hold")) {
        step.hold = to_hold(*hold, fields.path_of("hold"));
    }
    fields.no_others();
    return step;
}

} // namespace ktstr::workload
