// What the runner and the VMM's process tell each other, over a socket of packets: one struct each,
// of fixed size. Both are of the same program, so there is no version.
#pragma once

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/machine/machine.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ktstr::machine::kvm {

struct Request {
    enum class What : std::uint32_t { resume, pause, save, count, time, copy };

    static constexpr std::uint64_t creation = 0; // the number of what nobody asked for

    What what;
    std::uint64_t number; // its answer has the same
    // Of Request::copy: what to copy to the window's payload.
    std::uint64_t physical = 0;
    std::uint64_t size = 0;
};

// `file` goes along unless it is -1: where Request::save writes the memory.
Result<> send_request(int control, const Request& request, int file = -1);

struct Received : Request {
    Fd file;
};

// Waits for one; absent when the runner is gone.
std::optional<Received> receive_request(int control);

struct Answer {
    enum class What : std::uint32_t {
        done,   // the request, or at first the machine's creation
        failed, // the same; `text` says why
        ended,  // the machine runs no more: `cause`, `text`
    };
    What what = What::done;
    std::uint64_t number = Request::creation; // of the request, but for `ended`
    Ending::Cause cause = Ending::Cause::broken;
    std::array<char, 512> text{}; // zero-terminated, cut to fit

    static Answer
    of(What what, std::string_view words, Ending::Cause cause = Ending::Cause::broken) {
        Answer answer{.what = what, .number = Request::creation, .cause = cause, .text = {}};
        std::ranges::copy(words.substr(0, answer.text.size() - 1), answer.text.begin());
        return answer;
    }

    std::string_view words() const {
        return {text.begin(), std::find(text.begin(), text.end(), '\0')};
    }
};

} // namespace ktstr::machine::kvm
