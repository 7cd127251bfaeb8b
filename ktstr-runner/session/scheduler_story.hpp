// The engine's story in the record.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

namespace ktstr::session {

// Details and schedulers; their logs and the kernel's dump only where the verdict (which is there
// already) is no pass. Texts are made printable and bounded: they are a guest's.
void record_story(const wire::Story& story, sidecar::Record& record);

} // namespace ktstr::session
