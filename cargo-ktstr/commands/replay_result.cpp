#include "cargo-ktstr/commands/replay_result.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/frames.hpp"
#include "ktstr-runner/sidecar/inputs.hpp"

#include <fmt/format.h>

#include <vector>

namespace ktstr::commands {

namespace {

constexpr std::size_t digest_digits = 12;

std::string verdict_of(const sidecar::Record& record) {
    return fmt::format("{}{}",
                       sidecar::name(record.verdict),
                       record.headline.empty() ? "" : ": " + printable(record.headline));
}

// The directory is the reader's, the name the file's own.
Result<sidecar::Frames> frames_of(const Recorded& attempt) {
    if (attempt.record.frames.empty()) {
        return fail(ErrorKind::environment, attempt.file.string() + " names no file of frames");
    }
    return sidecar::read_frames(attempt.file.parent_path() /
                                std::filesystem::path(attempt.record.frames).filename());
}

std::string where_they_part(const Recorded& recorded, const Recorded& again) {
    const auto before = frames_of(recorded);
    const auto now = frames_of(again);
    if (!before || !now) {
        return fmt::format("diverged; where is not known: {}\n",
                           (before ? now : before).error().one_line());
    }
    const auto found = sidecar::first_difference(*before, *now);
    if (!found) {
        return "diverged; the files of frames are the same, and not those of these runs\n";
    }
    const auto sides = sidecar::in_words(*found);
    return fmt::format("diverged at frame {}{} of {}\n  recorded: {}\n  again:    {}\n",
                       found->number,
                       found->beyond ? " or behind it, beyond what is kept," : "",
                       before->total,
                       sides.a,
                       sides.b);
}

// Empty: as far as the sidecars tell, they could be the same.
std::string why_not_the_same(const Recorded& recorded, const Recorded& again) {
    const auto& a = recorded.record;
    const auto& b = again.record;
    if (a.inputs.empty() || b.inputs.empty()) {
        return "the sidecars do not tell what they ran with\n";
    }
    const auto names = sidecar::different_inputs(a.inputs, b.inputs);
    if (names.empty()) {
        return "";
    }
    std::string text = fmt::format("not the same as then: {}\n", join(names, ", "));
    if (a.host_cpu != b.host_cpu) {
        text += fmt::format(
            "and another processor: {}, then {}\n", printable(b.host_cpu), printable(a.host_cpu));
    }
    return text;
}

} // namespace

ReplayResult compare_attempts(const Recorded& recorded, const Recorded& again) {
    const auto& a = recorded.record;
    const auto& b = again.record;
    ReplayResult result{.identical = !a.digest.empty() && a.digest == b.digest, .text = {}};
    const auto changed = why_not_the_same(recorded, again);
    if (result.identical) {
        result.text = fmt::format("identical: {} {}, seed {}, digest {}\n  {}\n",
                                  printable(a.binary_id),
                                  printable(a.test),
                                  a.seed,
                                  printable(a.digest.substr(0, digest_digits)),
                                  verdict_of(b));
    } else if (b.digest.empty()) {
        result.text = fmt::format("diverged: this time it did not begin\n  recorded: {}\n"
                                  "  again:    {}\n",
                                  verdict_of(a),
                                  verdict_of(b));
    } else {
        result.text = where_they_part(recorded, again);
        if (a.verdict != b.verdict || a.headline != b.headline) {
            result.text += fmt::format(
                "verdict\n  recorded: {}\n  again:    {}\n", verdict_of(a), verdict_of(b));
        }
    }
    result.text += changed;
    return result;
}

} // namespace ktstr::commands
