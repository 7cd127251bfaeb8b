// TraceFile: the text that a guest's tracefs gave, as a file that Perfetto opens (and trace-cmd's
// and systrace's readers). Its times are made the ones that people are told: they count from the
// moment at which the job began, and so does the viewer's ruler.
#pragma once

#include "ktstr-runner/base/atomic_file.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::session {

struct WrittenTrace {
    std::filesystem::path path;
    std::uint64_t events = 0;
    std::uint64_t lost = 0; // that did not fit into the guest's buffers: the oldest
};

class TraceFile final {
public:
    // A guest must not fill the host's disk.
    static constexpr std::uint64_t most_bytes = 2ULL << 30;

    // `begun_ns`: CLOCK_MONOTONIC of the guest when its job began.
    static Result<TraceFile> create(const std::filesystem::path& path, std::int64_t begun_ns);

    // A piece of the text, in order.
    Result<> add(std::string_view text);

    // All of it has come.
    Result<WrittenTrace> finish();

private:
    TraceFile(AtomicFile file, std::filesystem::path path, std::int64_t begun_ns)
        : file_(std::move(file)), written_{.path = std::move(path)}, begun_ns_(begun_ns) {}

    void take_line(std::string_view line, std::string& out);
    void begin_events(std::string& out);

    AtomicFile file_;
    WrittenTrace written_;
    std::int64_t begun_ns_;
    std::string pending_; // the beginning of a line
    std::uint64_t bytes_ = 0;
};

// A line of tracefs' text with its time counted from `begun_ns` on; absent when it has none
// (Documentation/trace/ftrace.rst, "Output format": the task's name in 16 columns, then
// `-PID (TGID) [CPU] FLAGS SECONDS.MICROSECONDS: `).
std::optional<std::string> with_time_from(std::string_view line, std::int64_t begun_ns);

} // namespace ktstr::session
