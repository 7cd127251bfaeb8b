#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/session/verdict.hpp"

#include <signal.h>

namespace ktstr::session {

using sidecar::Reason;
using sidecar::Verdict;

namespace {

wire::Report report(wire::Outcome outcome, int code = 0) {
    return {.outcome = outcome, .code = code};
}

struct Case {
    const char* what;
    Facts facts;
    Verdict verdict;
    Reason reason;
    int exit_code;
};

const machine::Ending panic{machine::Ending::Cause::panicked, "Kernel panic - not syncing: x"};
const machine::Ending reset{machine::Ending::Cause::reset, "reset"};
const machine::Ending broken{machine::Ending::Cause::broken, "qemu: died"};

std::vector<Case> cases() {
    const auto started = Stage::started;
    return {
        {"pass",
         {.stage = started, .report = report(wire::Outcome::exited)},
         Verdict::pass,
         Reason::none,
         0                                                                                                                                        },
        {"code",
         {.stage = started, .report = report(wire::Outcome::exited, 101)},
         Verdict::fail,
         Reason::exit_code,
         101                                                                                                                                      },
        {"signal",
         {.stage = started, .report = report(wire::Outcome::signalled, SIGSEGV)},
         Verdict::fail,
         Reason::signal,
         139                                                                                                                                      },
        {"limit",
         {.stage = started, .report = report(wire::Outcome::stopped)},
         Verdict::fail,
         Reason::time_limit,
         124                                                                                                                                      },
        {"limit after a wait for CPUs",
         {.stage = started, .report = report(wire::Outcome::stopped), .waited_for_cpus = "9 s"},
         Verdict::inconclusive,
         Reason::no_host_cpus,
         4                                                                                                                                        },
        {"silent limit after a wait for CPUs",
         {.stage = started, .out_of_time = true, .waited_for_cpus = "9 s"},
         Verdict::inconclusive,
         Reason::no_host_cpus,
         4                                                                                                                                        },
        {"no time was left after a wait for CPUs",
         {.stage = Stage::ready, .out_of_time = true, .waited_for_cpus = "9 s"},
         Verdict::inconclusive,
         Reason::no_host_cpus,
         4                                                                                                                                        },
        {"a wait for CPUs that did no harm",
         {.stage = started, .report = report(wire::Outcome::exited), .waited_for_cpus = "9 s"},
         Verdict::pass,
         Reason::none,
         0                                                                                                                                        },
        {"no CPUs",
         {.no_cpus = "the host is too small"},
         Verdict::inconclusive,
         Reason::no_host_cpus,
         4                                                                                                                                        },
        {"interrupted",
         {.stage = started, .report = report(wire::Outcome::stopped), .signal = SIGINT},
         Verdict::fail,
         Reason::interrupted,
         130                                                                                                                                      },
        {"exec",
         {.stage = started, .report = report(wire::Outcome::not_started)},
         Verdict::inconclusive,
         Reason::not_executable,
         4                                                                                                                                        },
        {"panic in test",
         {.stage = started, .ending = panic},
         Verdict::fail,
         Reason::guest_panic,
         1                                                                                                                                        },
        {"stale breakpoint",
         {.stage = started,
          .ending = panic,
          .oops = Oops{.what = "Oops: int3: 0000 [#1] SMP"},
          .emulated = true},
         Verdict::inconclusive,
         Reason::machine_failed,
         4                                                                                                                                        },
        {"breakpoint of a processor",
         {.stage = started, .ending = panic, .oops = Oops{.what = "Oops: int3: 0000 [#1] SMP"}},
         Verdict::fail,
         Reason::guest_panic,
         1                                                                                                                                        },
        {"oops that is emulated",
         {.stage = started,
          .ending = panic,
          .oops = Oops{.what = "Oops: Oops: 0000 [#1] SMP"},
          .emulated = true},
         Verdict::fail,
         Reason::guest_panic,
         1                                                                                                                                        },
        {"panic in boot",                          {.ending = panic},                            Verdict::inconclusive, Reason::boot_failed,     4},
        {"reboot",                                 {.stage = started, .ending = reset},          Verdict::fail,         Reason::guest_shut_down, 1},
        {"emulator",
         {.stage = started, .ending = broken},
         Verdict::inconclusive,
         Reason::machine_failed,
         4                                                                                                                                        },
        {"slow boot",                              {.out_of_time = true},                        Verdict::inconclusive, Reason::boot_time,       4},
        {"hung guest",
         {.stage = started, .out_of_time = true},
         Verdict::fail,
         Reason::time_limit,
         124                                                                                                                                      },
        {"limit on a busy host",
         {.stage = started,
          .report = report(wire::Outcome::stopped),
          .host_took_the_time = "the host gave 7 %"},
         Verdict::inconclusive,
         Reason::host_busy,
         4                                                                                                                                        },
        {"hung on a busy host",
         {.stage = started, .out_of_time = true, .host_took_the_time = "the host gave 7 %"},
         Verdict::inconclusive,
         Reason::host_busy,
         4                                                                                                                                        },
        {"failed on a busy host",
         {.stage = started,
          .report = report(wire::Outcome::exited, 101),
          .host_took_the_time = "the host gave 7 %"},
         Verdict::fail,
         Reason::exit_code,
         101                                                                                                                                      },
        {"limit of a late one",
         {.stage = started, .report = report(wire::Outcome::stopped), .time_before = "50 s"},
         Verdict::inconclusive,
         Reason::boot_time,
         4                                                                                                                                        },
        {"hung and late",
         {.stage = started, .out_of_time = true, .time_before = "50 s"},
         Verdict::inconclusive,
         Reason::boot_time,
         4                                                                                                                                        },
        {"passed and late",
         {.stage = started, .report = report(wire::Outcome::exited), .time_before = "50 s"},
         Verdict::pass,
         Reason::none,
         0                                                                                                                                        },
        {"setup",
         {.stage = Stage::setting_up, .setup_failure = "it ended with exit code 1"},
         Verdict::inconclusive,
         Reason::setup_failed,
         4                                                                                                                                        },
        {"panic in setup",
         {.stage = Stage::setting_up, .ending = panic},
         Verdict::inconclusive,
         Reason::setup_failed,
         4                                                                                                                                        },
        {"panic behind the setup",
         {.stage = Stage::handed_over, .ending = panic, .set_up_here = true},
         Verdict::inconclusive,
         Reason::setup_failed,
         4                                                                                                                                        },
        {"panic in the test behind a setup",
         {.stage = started, .ending = panic, .set_up_here = true},
         Verdict::fail,
         Reason::guest_panic,
         1                                                                                                                                        },
        {"slow setup",
         {.stage = Stage::setting_up, .out_of_time = true},
         Verdict::inconclusive,
         Reason::setup_failed,
         4                                                                                                                                        },
        {"interrupted setup",
         {.stage = Stage::setting_up, .signal = SIGINT},
         Verdict::inconclusive,
         Reason::interrupted,
         130                                                                                                                                      },
        {"ours",
         {.error = Error(ErrorKind::environment, "no space")},
         Verdict::inconclusive,
         Reason::harness,
         3                                                                                                                                        },
        {"emulator, seen by its window",
         {.stage = started, .ending = broken, .error = Error(ErrorKind::guest, "gone")},
         Verdict::inconclusive,
         Reason::machine_failed,
         4                                                                                                                                        },
        {"protocol",
         {.stage = started, .error = Error(ErrorKind::guest, "bad frame")},
         Verdict::inconclusive,
         Reason::machine_failed,
         4                                                                                                                                        },
    };
}

} // namespace

TEST(Verdict, JudgesEveryCase) {
    for (const auto& c : cases()) {
        const auto judgement = judge(c.facts);
        EXPECT_EQ(judgement.verdict, c.verdict) << c.what;
        EXPECT_EQ(judgement.reason, c.reason) << c.what;
        EXPECT_EQ(judgement.exit_code, c.exit_code) << c.what;
        EXPECT_FALSE(judgement.headline.empty()) << c.what;
    }
}

TEST(Verdict, ALeakFailsOnlyWhereTheProfileSaysSo) {
    auto left_open = report(wire::Outcome::exited);
    left_open.output_left_open = true;
    EXPECT_EQ(judge({.report = left_open}).verdict, Verdict::pass);
    EXPECT_EQ(judge({.report = left_open, .leak_fails = true}).reason, Reason::leaked);
}

TEST(Verdict, NoCaseWithoutAReportIsAPass) {
    for (const auto stage :
         {Stage::created, Stage::ready, Stage::setting_up, Stage::handed_over, Stage::started}) {
        EXPECT_NE(judge({.stage = stage}).verdict, Verdict::pass);
        EXPECT_NE(judge({.stage = stage}).exit_code, 0);
    }
}

TEST(Verdict, WhatWasStoppedToBeLookedAtHasNone) {
    const auto judgement = judge({.stage = Stage::started,
                                  .report = report(wire::Outcome::exited, 1),
                                  .signal = SIGINT,
                                  .looked_at = "stopped at 3 s"});
    EXPECT_EQ(judgement.verdict, Verdict::skip);
    EXPECT_EQ(judgement.headline, "stopped at 3 s");
    EXPECT_EQ(judgement.exit_code, 0);
}

} // namespace ktstr::session
