// The engine's process, from its first instruction.
#pragma once

#include "guest/engine/server.hpp"

namespace ktstr::guest {

// What main() returns. Its two descriptors (handle.hpp) are there; `run` does scenarios.
int engine_main(RunScenario run);

} // namespace ktstr::guest
