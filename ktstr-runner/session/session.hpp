// A session: one attempt of one program in one fresh machine, told from the hand-over to the verdict.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/machine/factory.hpp"
#include "ktstr-runner/machine/image/payload.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"
#include "ktstr-runner/store/store.hpp"

#include <optional>

namespace ktstr::session {

struct Request {
    machine::Choice machine;
    machine::MachineSpec spec;
    machine::Payload payload;
    wire::Job job; // time, seed and limit are filled in at hand-over
    std::optional<Clock::time_point> deadline; // when a verdict must be out (nextest's limit less a margin)
    std::filesystem::path bring_back_to;       // where files of the guest are written; empty: nowhere
    int in = -1; // relayed to the guest's stdin; -1: none
    int out = 1;
    int err = 2;
};

struct Outcome {
    sidecar::Record record;                 // verdict, phases, measurements (identity is the caller's)
    std::optional<wire::Report> report;     // the guest's own word, when it came that far
    std::optional<wire::Diagnosis> diagnosis;
};

// Never throws away a verdict: whatever goes wrong is in the record, with the console's last lines.
Outcome run(Request request);

} // namespace ktstr::session
