#include "guest/agent/tasks.hpp"

#include "guest/agent/launch.hpp"
#include "guest/base/cgroup.hpp"
#include "guest/base/directory.hpp"
#include "guest/base/os.hpp"
#include "guest/engine/handle.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace ktstr::guest {

namespace {

constexpr std::size_t stack_lines = 16;

// Entries of a directory whose names are numbers, ascending.
std::vector<int> numbers_in(const std::string& path) {
    std::vector<int> numbers;
    for (const auto& name : names_in(path)) {
        int number = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc{} && end == name.data() + name.size()) {
            numbers.push_back(number);
        }
    }
    std::ranges::sort(numbers);
    return numbers;
}

std::optional<ProcStat> stat_of(const std::string& directory) {
    const auto text = read_file(directory + "/stat", 4096);
    return text ? parse_proc_stat(*text) : std::nullopt;
}

std::string task_directory(const ProcStat& process) {
    return "/proc/" + std::to_string(process.pid) + "/task";
}

std::vector<int> threads_of(const ProcStat& process) {
    return numbers_in(task_directory(process));
}

std::vector<std::string> stack_of(const std::string& directory) {
    std::vector<std::string> lines;
    const auto text = read_file(directory + "/stack", 16384).value_or("");
    std::string_view rest(text);
    while (!rest.empty() && lines.size() < stack_lines) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.starts_with("[<0>] ")) {
            line.remove_prefix(6);
        }
        lines.emplace_back(line);
    }
    return lines;
}

wire::Task describe(const ProcStat& stat, const std::string& directory) {
    const auto tick_ms = 1000 / std::max(1L, ::sysconf(_SC_CLK_TCK));
    const auto syscall = read_file(directory + "/syscall", 256).value_or("");
    const auto wchan = read_file(directory + "/wchan", 256).value_or("");
    return {.pid = stat.pid,
            .parent = stat.parent,
            .comm = stat.comm,
            .state = std::string(1, stat.state),
            .cpu = stat.cpu,
            .wchan = wchan == "0" ? "" : wchan,
            .syscall = syscall.substr(0, syscall.find_first_of(" \n")),
            .cpu_ms = static_cast<std::int64_t>(stat.user + stat.system) * tick_ms,
            .stack = stack_of(directory)};
}

bool is_starter(const ProcStat& process) {
    return process.parent == ::getpid() && process.comm == starter_name;
}

// The engine and the scheduler under test.
bool is_engines(const ProcStat& process) {
    const auto text = read_file("/proc/" + std::to_string(process.pid) + "/cgroup", 4096);
    return text && tells_of_cgroup(*text, engine_cgroup);
}

} // namespace

std::vector<ProcStat> user_processes() {
    const bool has_engine =
        ::access((std::string("/sys/fs/cgroup/") + engine_cgroup).c_str(), F_OK) == 0;
    std::vector<ProcStat> processes;
    for (const int pid : numbers_in("/proc")) {
        if (pid == ::getpid()) {
            continue;
        }
        auto stat = stat_of("/proc/" + std::to_string(pid));
        if (stat && !stat->is_kernel_thread() && !stat->is_ending() && !is_starter(*stat) &&
            !(has_engine && is_engines(*stat))) {
            processes.push_back(std::move(*stat));
        }
    }
    return processes;
}

std::vector<wire::Task> describe_user_tasks(std::size_t limit) {
    std::vector<wire::Task> tasks;
    for (const auto& process : user_processes()) {
        for (const int tid : threads_of(process)) {
            if (tasks.size() >= limit) {
                return tasks;
            }
            const auto path = task_directory(process) + '/' + std::to_string(tid);
            if (const auto stat = stat_of(path)) {
                tasks.push_back(describe(*stat, path));
            }
        }
    }
    return tasks;
}

int demote_real_time_tasks() {
    constexpr int sched_deadline = 6; // linux/sched.h; no name for it in sched.h
    const sched_param ordinary{};
    int demoted = 0;
    for (const auto& process : user_processes()) {
        for (const int tid : threads_of(process)) {
            const int policy = ::sched_getscheduler(tid) & ~SCHED_RESET_ON_FORK;
            if ((policy == SCHED_FIFO || policy == SCHED_RR || policy == sched_deadline) &&
                ::sched_setscheduler(tid, SCHED_OTHER, &ordinary) == 0) {
                ++demoted;
            }
        }
    }
    return demoted;
}

} // namespace ktstr::guest
