// The verdict of a test that has an engine: what the program did, what it says, and how its
// schedulers ended. Pure, as verdict.hpp.
#pragma once

#include "ktstr-runner/session/verdict.hpp"

namespace ktstr::session {

// `program` is the judgement without the story. A scheduler's trouble comes first, since all else
// follows from it. Then the test's word counts: it turns a program that ended well into a fail, a
// skip or inconclusive, never one that ended badly into a pass. No word is no pass.
Judgement judge_story(const Facts& facts, const Judgement& program);

} // namespace ktstr::session
