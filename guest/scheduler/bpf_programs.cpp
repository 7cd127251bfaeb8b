#include "guest/scheduler/bpf_programs.hpp"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace ktstr::guest {

namespace {

constexpr std::size_t most_programs = 1024;

int call(int command, bpf_attr& attributes) {
    return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

Fd enable_counting() {
    bpf_attr attributes{};
    attributes.enable_stats.type = BPF_STATS_RUN_TIME;
    return Fd(call(BPF_ENABLE_STATS, attributes));
}

// 0 behind the last one, or when the kernel has no bpf(2).
std::uint32_t id_behind(std::uint32_t id) {
    bpf_attr attributes{};
    attributes.start_id = id;
    return call(BPF_PROG_GET_NEXT_ID, attributes) == 0 ? attributes.next_id : 0;
}

bool describe(std::uint32_t id, BpfProgram& program) {
    bpf_attr open{};
    open.prog_id = id;
    const Fd fd(call(BPF_PROG_GET_FD_BY_ID, open));
    if (!fd) {
        return false; // it went meanwhile
    }
    bpf_prog_info info{};
    bpf_attr ask{};
    ask.info.bpf_fd = static_cast<std::uint32_t>(fd.get());
    ask.info.info_len = sizeof info;
    ask.info.info = reinterpret_cast<std::uintptr_t>(&info);
    if (call(BPF_OBJ_GET_INFO_BY_FD, ask) != 0) {
        return false;
    }
    info.name[BPF_OBJ_NAME_LEN - 1] = '\0';
    program = {.id = id,
               .name = info.name,
               .type = bpf_program_type(info.type),
               .verified_insns = info.verified_insns,
               .run_cnt = info.run_cnt,
               .run_time_ns = info.run_time_ns};
    return true;
}

} // namespace

std::string bpf_program_type(std::uint32_t type) {
    switch (type) {
    case BPF_PROG_TYPE_KPROBE:
        return "kprobe";
    case BPF_PROG_TYPE_TRACEPOINT:
        return "tracepoint";
    case BPF_PROG_TYPE_PERF_EVENT:
        return "perf_event";
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
        return "raw_tracepoint";
    case BPF_PROG_TYPE_TRACING:
        return "tracing";
    case BPF_PROG_TYPE_STRUCT_OPS:
        return "struct_ops";
    case BPF_PROG_TYPE_SYSCALL:
        return "syscall";
    default:
        return std::to_string(type);
    }
}

BpfPrograms::BpfPrograms() : counting_(enable_counting()) {}

void BpfPrograms::look() {
    for (auto id = id_behind(0); id != 0; id = id_behind(id)) {
        BpfProgram program;
        if (programs_.size() < most_programs && describe(id, program)) {
            programs_[id] = std::move(program);
        }
    }
}

std::vector<BpfProgram> BpfPrograms::all() const {
    std::vector<BpfProgram> list;
    list.reserve(programs_.size());
    for (const auto& [id, program] : programs_) {
        list.push_back(program);
    }
    return list;
}

} // namespace ktstr::guest
