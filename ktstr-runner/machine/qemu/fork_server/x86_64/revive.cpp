// A thread that goes on where another was parked: clone(2) with the old one's TLS, then the return
// from the signal that parked it. rt_sigreturn(2) takes all registers, the mask of signals and the
// floating-point state from the frame of that signal (arch/x86/kernel/signal_64.c), which begins 8
// bytes below the ucontext_t.
#include "ktstr-runner/machine/qemu/fork_server/threads.hpp"

#include <sched.h>
#include <sys/syscall.h>

namespace ktstr::machine::qemu::fork_server {

long revive(Parked& parked, void* stack_top) {
    constexpr unsigned long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                                    CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                                    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    long result = SYS_clone;
    register int* clear_tid asm("r10") = parked.tid;
    register void* tls asm("r8") = parked.tls;
    register Parked* me asm("r12") = &parked;
    register ucontext_t* frame asm("r13") = parked.context;
    asm volatile("syscall\n\t"
                 "test %%rax, %%rax\n\t"
                 "jnz 1f\n\t"
                 "xor %%ebp, %%ebp\n\t" // no caller
                 "mov %%r12, %%rdi\n\t"
                 "call ktstr_fork_server_prepare_thread@PLT\n\t"
                 "mov %%r13, %%rsp\n\t"
                 "mov %[sigreturn], %%eax\n\t"
                 "syscall\n\t"
                 "ud2\n"
                 "1:"
                 : "+a"(result)
                 : "D"(flags),
                   "S"(stack_top),
                   "d"(parked.tid),
                   "r"(clear_tid),
                   "r"(tls),
                   "r"(me),
                   "r"(frame),
                   [sigreturn] "i"(SYS_rt_sigreturn)
                 : "rcx", "r11", "memory");
    return result;
}

} // namespace ktstr::machine::qemu::fork_server
