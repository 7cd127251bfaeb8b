// The BPF programs of the guest as bpf(2) describes them, and what they cost.
#pragma once

#include "guest/base/os.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ktstr::guest {

// struct bpf_prog_info (include/uapi/linux/bpf.h)
struct BpfProgram {
    std::uint32_t id = 0;
    std::string name; // of at most 15 characters
    std::string type; // "struct_ops", ...; a number where it has no name here
    std::uint64_t verified_insns = 0;
    std::uint64_t run_cnt = 0;
    std::uint64_t run_time_ns = 0;
};

// enum bpf_prog_type
std::string bpf_program_type(std::uint32_t type);

class BpfPrograms final {
public:
    // Has the kernel count runs and time (BPF_ENABLE_STATS) for as long as it lives.
    BpfPrograms();

    // Notes all programs as they are now. Those that are gone stay as they were last seen.
    void look();

    std::vector<BpfProgram> all() const;

private:
    Fd counting_;
    std::map<std::uint32_t, BpfProgram> programs_;
};

} // namespace ktstr::guest
