// The words of the contract, one table each: verdicts, reasons, phases. What JSON, people and
// docs/reference read.
#pragma once

#include "ktstr-runner/sidecar/sidecar.hpp"

namespace ktstr::sidecar {

struct VerdictRow {
    Verdict value;
    std::string_view name;
    std::string_view meaning;
};

inline constexpr std::array verdicts{
    VerdictRow{Verdict::pass,         "pass", "the test ran to its end and succeeded"                                      },
    VerdictRow{Verdict::fail,         "fail", "the test ran and failed by its own doing"                                   },
    VerdictRow{Verdict::skip,
               "skip",                        "the test says itself that it cannot run here, its scheduler is not meant for "
               "this kernel (`kernels`), or the time of the run's budget was over"                   },
    VerdictRow{Verdict::inconclusive,
               "inconclusive",                "the harness could not get a verdict; never a pass, never the test's failure"},
};

struct ReasonRow {
    Reason value;
    std::string_view name;
    std::string_view goes_with; // the verdict
    std::string_view meaning;
};

inline constexpr std::array reasons{
    ReasonRow{Reason::none,                   "none",           "pass, skip",         "nothing went wrong"                         },
    ReasonRow{Reason::not_begun,
              "not-begun",                                      "skip",
              "the time of the run's budget was over, or too short for a test in reserve"                                          },
    ReasonRow{Reason::exit_code,              "exit-code",      "fail",               "the program ended with a non-zero code"     },
    ReasonRow{Reason::signal,                 "signal",         "fail",               "the program was killed by a signal"         },
    ReasonRow{Reason::time_limit,
              "time-limit",                                     "fail",
              "the program was still running when its time was up"                                                                 },
    ReasonRow{
              Reason::leaked,
              "leaked",                                         "fail",
              "it left processes that held its output, and the nextest profile calls that a failure"                               },
    ReasonRow{Reason::guest_shut_down,
              "guest-shut-down",                                "fail",
              "the guest was shut down or rebooted under the test"                                                                 },
    ReasonRow{
              Reason::guest_panic,            "guest-panic",    "fail",               "the guest's kernel panicked during the test"},
    ReasonRow{Reason::interrupted,
              "interrupted",                                    "fail, inconclusive",
              "a signal (SIGINT, SIGTERM, ...) reached the runner: fail once the program ran, else "
              "inconclusive"                                                                                                       },
    ReasonRow{
              Reason::test_failed,            "test-failed",    "fail",               "a ktstr test says itself that it failed"    },
    ReasonRow{Reason::scheduler_not_attached,
              "scheduler-not-attached",                         "fail",
              "the scheduler under test never attached"                                                                            },
    ReasonRow{Reason::scheduler_rejected,
              "scheduler-rejected",                             "fail",
              "the kernel's verifier rejected a program of the scheduler"                                                          },
    ReasonRow{Reason::kernel_feature,
              "kernel-feature",                                 "fail",
              "the kernel lacks a function, map or option that the scheduler needs"                                                },
    ReasonRow{Reason::scheduler_left,
              "scheduler-left",                                 "fail",
              "the scheduler left before the test ended, and the kernel tells no error"                                            },
    ReasonRow{Reason::scheduler_error,
              "scheduler-error",                                "fail",
              "the scheduler ended with an error: its own (`scx_bpf_error`), or one that the "
              "kernel found"                                                                                                       },
    ReasonRow{Reason::scheduler_stall,
              "scheduler-stall",                                "fail",
              "the kernel's watchdog ended the scheduler: a runnable task did not run"                                             },
    ReasonRow{Reason::scheduler_killed,
              "scheduler-killed",                               "fail",
              "the scheduler was killed by a signal that was not ours"                                                             },
    ReasonRow{Reason::scheduler_stuck,
              "scheduler-stuck",                                "fail",
              "the scheduler did not stop when it was told to, and was killed"                                                     },
    ReasonRow{
              Reason::expected_error,
              "expected-error",                                 "fail",
              "the test expects the scheduler to end with an error, and it did not end with that one"                              },
    ReasonRow{Reason::post_vm,                "post-vm",        "fail",               "the test's `post_vm` failed on the host"    },
    ReasonRow{Reason::diverged,
              "diverged",                                       "fail",
              "two runs of it on the deterministic machine were not the same (`--check`)"                                          },
    ReasonRow{Reason::test_inconclusive,
              "test-inconclusive",                              "inconclusive",
              "a ktstr test says itself that it could not tell"                                                                    },
    ReasonRow{Reason::host_busy,
              "host-busy",                                      "inconclusive",
              "a ktstr test failed by limits of time alone, or any test's time was up, and the "
              "host gave its machine so little "
              "CPU time that this may be why"                                                                                      },
    ReasonRow{Reason::no_host_cpus,
              "no-host-cpus",                                   "inconclusive",
              "host CPUs that the test needs for itself (`performance_mode`) could not be had: "
              "this host is "
              "too small, or others had them for too much of the test's time"                                                      },
    ReasonRow{Reason::no_verdict,
              "no-verdict",                                     "inconclusive",
              "a ktstr test ended without saying how it went"                                                                      },
    ReasonRow{Reason::not_executable,
              "not-executable",                                 "inconclusive",
              "the program could not be executed in the guest"                                                                     },
    ReasonRow{
              Reason::boot_failed,            "boot-failed",    "inconclusive",       "the machine did not become ready"           },
    ReasonRow{Reason::setup_failed,
              "setup-failed",                                   "inconclusive",
              "the machine's `setup` did not succeed, so the test was not started"                                                 },
    ReasonRow{
              Reason::boot_time,
              "boot-time",                                      "inconclusive",
              "the time limit passed before the program was started, or making the machine had taken the "
        "larger part of the time"                                                                                                  },
    ReasonRow{
              Reason::machine_failed,         "machine-failed", "inconclusive",       "the emulator or VMM failed"                 },
    ReasonRow{Reason::harness,
              "harness",                                        "inconclusive",
              "anything else that kept the harness from a verdict"                                                                 },
};

struct PhaseRow {
    Phase value;
    std::string_view name;
    std::string_view meaning;
};

inline constexpr std::array phases{
    PhaseRow{Phase::resolve,   "resolve",   "settings, kernel and limits of the test are looked up"},
    PhaseRow{Phase::lease,     "lease",     "waiting for host CPUs"                                },
    PhaseRow{Phase::payload,   "payload",   "the files for the guest are gathered"                 },
    PhaseRow{Phase::find,      "find",      "looking for the template, or waiting for its maker"   },
    PhaseRow{Phase::create,    "create",    "the machine is made"                                  },
    PhaseRow{Phase::restore,   "restore",   "the machine is restored from its template"            },
    PhaseRow{Phase::boot,      "boot",      "from power-on until the guest is ready"               },
    PhaseRow{Phase::save,      "save",      "the machine is saved as a template"                   },
    PhaseRow{Phase::setup,     "setup",     "the machine's `setup` runs"                           },
    PhaseRow{Phase::hand_over, "hand-over", "job and payload are given to the guest"               },
    PhaseRow{Phase::unpack,    "unpack",    "the guest unpacks the payload"                        },
    PhaseRow{Phase::body,      "body",      "the program runs"                                     },
    PhaseRow{Phase::collect,   "collect",   "report and files come back"                           },
    PhaseRow{Phase::teardown,  "teardown",  "the machine is stopped"                               },
};

std::optional<Verdict> verdict_named(std::string_view name);
std::optional<Reason> reason_named(std::string_view name);
std::optional<Phase> phase_named(std::string_view name);

} // namespace ktstr::sidecar
