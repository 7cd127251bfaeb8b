#include "ktstr-runner/host/cpu_topology.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace ktstr::host {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_list = 64 << 10;

std::optional<CpuList> list_in(const fs::path& file) {
    const auto text = read_file(file, longest_list);
    return text ? parse_cpu_list(*text) : std::nullopt;
}

std::optional<unsigned> number_in(const fs::path& file) {
    const auto text = read_file(file, 64);
    const auto number = text ? parse_u64(trim(*text)) : std::nullopt;
    return number && *number <= UINT32_MAX ? std::optional(static_cast<unsigned>(*number))
                                           : std::nullopt;
}

// The highest level of the caches that hold data and code. Some Arm machines tell of none.
std::optional<CpuList> sharers_of_last_cache(const fs::path& cpu) {
    unsigned highest = 0;
    std::optional<CpuList> sharers;
    for (unsigned index = 0;; ++index) {
        const auto cache = cpu / "cache" / ("index" + std::to_string(index));
        const auto level = number_in(cache / "level");
        if (!level) {
            return sharers;
        }
        if (*level > highest && trim(read_file(cache / "type", 64).value_or("")) == "Unified") {
            if (auto list = list_in(cache / "shared_cpu_list")) {
                highest = *level;
                sharers = std::move(list);
            }
        }
    }
}

// The first that tells. A kernel that tells nothing at all has one CPU, or hides what it knows.
CpuList sharers_of(const fs::path& cpu, const CpuList& online) {
    if (auto list = sharers_of_last_cache(cpu)) {
        return std::move(*list);
    }
    for (const auto* name : {"die_cpus_list", "package_cpus_list", "core_siblings_list"}) {
        if (auto list = list_in(cpu / "topology" / name)) {
            return std::move(*list);
        }
    }
    return online;
}

// By CPU. Without NUMA there is no such folder, and all are of node 0.
std::map<unsigned, unsigned> nodes_of_cpus(const fs::path& system) {
    std::map<unsigned, unsigned> nodes;
    for (const auto node : list_in(system / "node" / "online").value_or(CpuList{})) {
        const auto folder = system / "node" / ("node" + std::to_string(node));
        for (const auto cpu : list_in(folder / "cpulist").value_or(CpuList{})) {
            nodes[cpu] = node;
        }
    }
    return nodes;
}

std::vector<CpuList> cores_of(const CpuList& cpus, const fs::path& system) {
    std::vector<CpuList> cores;
    CpuList seen;
    for (const auto cpu : cpus) {
        if (contains(seen, cpu)) {
            continue;
        }
        const auto folder = system / "cpu" / ("cpu" + std::to_string(cpu)) / "topology";
        const auto siblings = list_in(folder / "core_cpus_list").value_or(CpuList{cpu});
        auto core = common(cpus, siblings);
        if (!contains(core, cpu)) {
            core = {cpu}; // it was taken offline while we look
        }
        seen.insert(seen.end(), core.begin(), core.end());
        std::ranges::sort(seen);
        cores.push_back(std::move(core));
    }
    return cores;
}

} // namespace

CpuList CpuTopology::cpus() const {
    CpuList all;
    for (const auto& llc : llcs) {
        all.insert(all.end(), llc.cpus.begin(), llc.cpus.end());
    }
    return as_cpu_list(std::move(all));
}

std::size_t CpuTopology::cores() const {
    std::size_t count = 0;
    for (const auto& llc : llcs) {
        count += llc.cores.size();
    }
    return count;
}

const Llc* CpuTopology::llc_of(unsigned cpu) const {
    const auto found =
        std::ranges::find_if(llcs, [&](const Llc& llc) { return contains(llc.cpus, cpu); });
    return found == llcs.end() ? nullptr : &*found;
}

const Llc* CpuTopology::llc_with(unsigned id) const {
    const auto found = std::ranges::find(llcs, id, &Llc::id);
    return found == llcs.end() ? nullptr : &*found;
}

Result<CpuTopology> cpu_topology(const CpuList& allowed, const fs::path& system) {
    const auto online = list_in(system / "cpu" / "online");
    if (!online) {
        return fail(ErrorKind::environment,
                    (system / "cpu" / "online").string() + " does not tell the host's CPUs");
    }
    const auto usable = common(allowed, *online);
    if (usable.empty()) {
        return fail(ErrorKind::environment, "none of the CPUs that we may use is online");
    }
    const auto nodes = nodes_of_cpus(system);
    CpuTopology topology;
    for (auto rest = usable; !rest.empty();) {
        const auto cpu = rest.front();
        const auto folder = system / "cpu" / ("cpu" + std::to_string(cpu));
        auto sharers = common(sharers_of(folder, *online), *online);
        if (!contains(sharers, cpu)) {
            sharers = {cpu};
        }
        const auto node = nodes.find(sharers.front());
        Llc llc{.id = sharers.front(),
                .package = number_in(folder / "topology" / "physical_package_id").value_or(0),
                .node = node == nodes.end() ? 0 : node->second,
                .cpus = common(rest, sharers),
                .cores = {}};
        llc.cores = cores_of(llc.cpus, system);
        rest = without(rest, llc.cpus);
        topology.llcs.push_back(std::move(llc));
    }
    std::ranges::sort(topology.llcs, {}, &Llc::id);
    return topology;
}

} // namespace ktstr::host
