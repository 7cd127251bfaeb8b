#include "ktstr-runner/machine/kvm/confine.hpp"

#include <linux/capability.h>
#include <linux/kvm.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

namespace ktstr::machine::kvm {

namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

#if defined(__SANITIZE_ADDRESS__) // GCC
#define KTSTR_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) // Clang
#define KTSTR_ASAN
#endif
#endif

// What vCPUs and the loop that obeys the runner call, and what malloc, mutexes and abort() of the C
// library do.
constexpr std::array allowed{
    SCMP_SYS(poll),         SCMP_SYS(ppoll),          SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),       SCMP_SYS(read),           SCMP_SYS(write),
    SCMP_SYS(lseek),        SCMP_SYS(ftruncate),      SCMP_SYS(close),
    SCMP_SYS(pread64),      SCMP_SYS(pwrite64),       SCMP_SYS(recvmsg),
    SCMP_SYS(futex),        SCMP_SYS(sched_yield),    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
    SCMP_SYS(writev),       SCMP_SYS(getpid),         SCMP_SYS(gettid),
    SCMP_SYS(brk),          SCMP_SYS(munmap),         SCMP_SYS(mremap),
    SCMP_SYS(madvise),      SCMP_SYS(clock_gettime),  SCMP_SYS(exit),
    SCMP_SYS(exit_group),
#if defined(KTSTR_ASAN)
    SCMP_SYS(sigaltstack), // before a function that does not return
#endif
};

// Memory may be had, but not to execute.
constexpr std::array allowed_without_execute{SCMP_SYS(mmap), SCMP_SYS(mprotect)};

} // namespace

Result<> filter_system_calls() {
    const Filter filter(::seccomp_init(SCMP_ACT_KILL_PROCESS), &::seccomp_release);
    if (!filter) {
        return fail(ErrorKind::environment, "cannot make a filter of system calls");
    }
    int result = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
    const auto allow = [&](int call, std::initializer_list<scmp_arg_cmp> conditions) {
        if (result == 0) {
            result = ::seccomp_rule_add_array(filter.get(),
                                              SCMP_ACT_ALLOW,
                                              call,
                                              static_cast<unsigned>(conditions.size()),
                                              conditions.begin());
        }
    };
    for (const int call : allowed) {
        allow(call, {});
    }
    for (const int call : allowed_without_execute) {
        allow(call, {SCMP_CMP(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)});
    }
    // A signal for a thread of its own.
    allow(SCMP_SYS(tgkill), {SCMP_CMP(0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()))});
    constexpr scmp_datum_t type_of_request = 0xff00; // _IOC_TYPE
    allow(SCMP_SYS(ioctl), {SCMP_CMP(1, SCMP_CMP_MASKED_EQ, type_of_request, KVMIO << 8)});
    if (result == 0) {
        result = ::seccomp_load(filter.get());
    }
    if (result != 0) {
        errno = -result;
        return fail(Error::from_errno("cannot filter the VMM's system calls"));
    }
    return {};
}

Result<> drop_privileges() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    if (::syscall(SYS_capset, &header, none.data()) != 0) {
        return fail(Error::from_errno("cannot drop the VMM's capabilities"));
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return fail(Error::from_errno("cannot refuse new privileges"));
    }
    return {};
}

} // namespace ktstr::machine::kvm
