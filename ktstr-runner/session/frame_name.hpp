// A guest's frames by name, for people and the files that keep them.
#pragma once

#include "guest/wire/window.hpp"

#include <string>

namespace ktstr::session {

// "out"; a number for a type that no guest of this version sends.
std::string frame_name(wire::FrameType type);

} // namespace ktstr::session
