// What the agent and its engine say to each other over a socket pair: lines, each one of these
// words, some with JSON or text behind it.
#pragma once

namespace ktstr::guest::control {

// from the agent
inline constexpr const char* attach = "attach ";  // wire::Scheduler
inline constexpr const char* vary = "vary ";      // a seed: of all starts from here on
inline constexpr const char* give_up = "give up"; // on what is being attached
inline constexpr const char* finish = "finish";   // the last one

// from the engine
inline constexpr const char* ready = "ready";
inline constexpr const char* attached = "attached "; // wire::Story up to now, and the problem
inline constexpr const char* facts = "facts ";       // a piece
inline constexpr const char* story = "story ";       // wire::Story; the last one

} // namespace ktstr::guest::control
