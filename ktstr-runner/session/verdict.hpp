// From what happened to a verdict: pure, so that every case can be tested. Truth first: trouble of
// the harness is never the test's failure and never a pass.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/machine/machine.hpp"
#include "ktstr-runner/session/expectations.hpp"
#include "ktstr-runner/session/oops.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <optional>
#include <string>

namespace ktstr::session {

// How far an attempt came.
enum class Stage { created, ready, setting_up, handed_over, started };

struct Facts {
    Stage stage = Stage::created;
    std::optional<wire::Report> report;
    std::optional<machine::Ending> ending; // of the machine, when it ended by itself
    std::optional<Error> error;            // what broke on our side
    int signal = 0;                        // that reached the runner and made it stop
    bool out_of_time = false;              // the limit passed
    bool leak_fails = false;
    std::string no_cpus;              // why it could not have CPUs of its own
    std::string waited_for_cpus;      // how long, when that was some time
    std::string time_before;          // when making the machine took more than it left the program
    bool set_up_here = false;         // the setup succeeded in this attempt
    std::string setup_failure;        // of a setup that ended
    std::string boot_limit;           // for people, when the boot itself took too long
    std::string attach_failure;       // why the setup's scheduler did not attach
    bool attaches = false;            // the setup attaches a scheduler
    std::optional<wire::Story> story; // the engine's word
    std::string host_excuse;          // why the host may be what the test failed by
    std::string host_starved;         // how little the host gave, if it was less than half
    std::string host_took_the_time;   // the same, if that was most of the time that was to be had
    std::optional<Oops> oops;         // of the kernel, on the console
    bool emulated = false;            // the machine's processors
    std::string looked_at;            // where it was stopped to be looked at, as was asked
    Expectations expectations;
};

struct Judgement {
    sidecar::Verdict verdict;
    sidecar::Reason reason;
    std::string headline;
    int exit_code; // for nextest; a program's death by signal is 128 + signal here
};

Judgement judge(const Facts& facts);

// The program, or its guest, was still at it when its time was up, whoever is to blame.
bool was_at_it_to_the_end(const Facts& facts);

} // namespace ktstr::session
