// QMP: QEMU's control protocol, one JSON object a line (docs/interop/qmp-spec). The peer runs a
// hostile guest, so what it says is bounded and checked.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::machine::qemu {

struct QmpEvent {
    std::string name;
    Json data; // an object, may be empty
};

class Qmp final {
public:
    static constexpr std::size_t longest_line = 1 << 20;
    static constexpr std::size_t most_events = 4096;

    // A connected stream socket; made non-blocking.
    static Result<Qmp> adopt(Fd socket);

    int fd() const { return socket_.get(); }

    // Reads the greeting and asks for nothing beyond the base: commands work from then on.
    Result<> negotiate(Deadline deadline);

    // Sends a command and waits for its answer; events that come in between are kept.
    // `passed` goes along as a descriptor, for `getfd`.
    Result<Json>
    execute(std::string_view command, Json arguments, Deadline deadline, int passed = -1);

    // Waits until something came or the peer closed its end; fails when the deadline passes.
    Result<> wait_for_input(Deadline deadline);

    // Takes what has arrived; never blocks.
    Result<> service();

    std::optional<QmpEvent> next_event();

    // The peer closed its end: nothing will come any more.
    bool closed() const { return closed_; }

private:
    explicit Qmp(Fd socket) : socket_(std::move(socket)) {}

    Result<> take_line(std::string_view line);
    Result<> wait(short events, Deadline deadline);
    Result<> send(std::string_view line, Deadline deadline, int passed);

    Fd socket_;
    std::string pending_; // the beginning of a line
    std::deque<QmpEvent> events_;
    std::optional<Json> greeting_;
    std::optional<Json> answer_; // to the command `last_id_`
    std::uint64_t last_id_ = 0;
    bool closed_ = false;
};

} // namespace ktstr::machine::qemu
