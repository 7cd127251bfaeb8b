#include "ktstr-runner/session/trace_file.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::session {

namespace {

constexpr std::size_t name_columns = 16; // a name may hold anything: what follows is looked at
constexpr std::int64_t us_a_second = 1'000'000;
constexpr std::int64_t ns_a_us = 1000;
constexpr std::size_t longest_line = 64 << 10;

// "# entries-in-buffer/entries-written: 1000/1234   #P:4"
constexpr std::string_view counts = "# entries-in-buffer/entries-written: ";

std::uint64_t lost_by(std::string_view line) {
    line.remove_prefix(counts.size());
    const auto slash = std::min(line.find('/'), line.size());
    const auto held = parse_u64(line.substr(0, slash));
    const auto rest = line.substr(std::min(slash + 1, line.size()));
    const auto written = parse_u64(rest.substr(0, rest.find(' ')));
    return held && written && *written > *held ? *written - *held : 0;
}

// Where the viewer's ruler begins, whatever was lost.
constexpr std::string_view beginning =
    "            init-1       (      1) [000] .....     0.000000: tracing_mark_write: I|1|job\n";

} // namespace

std::optional<std::string> with_time_from(std::string_view line, std::int64_t begun_ns) {
    const auto cpu = line.find(" [", std::min(name_columns, line.size()));
    const auto colon = cpu == std::string_view::npos ? cpu : line.find(": ", cpu);
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto space = line.rfind(' ', colon);
    const auto time = line.substr(space + 1, colon - space - 1);
    const auto dot = time.find('.');
    if (dot == std::string_view::npos || time.size() - dot != 7) {
        return std::nullopt;
    }
    const auto seconds = parse_u64(time.substr(0, dot));
    const auto us = parse_u64(time.substr(dot + 1));
    constexpr std::uint64_t most_seconds = 1ULL << 40;
    if (!seconds || !us || *seconds > most_seconds) {
        return std::nullopt;
    }
    const auto at = static_cast<std::int64_t>(*seconds) * us_a_second +
                    static_cast<std::int64_t>(*us) - begun_ns / ns_a_us;
    const auto since = std::max<std::int64_t>(at, 0);
    auto begin = line.substr(0, space);
    begin = begin.substr(0, begin.find_last_not_of(' ') + 1);
    return fmt::format(
        "{} {:>5}.{:06}{}", begin, since / us_a_second, since % us_a_second, line.substr(colon));
}

Result<TraceFile> TraceFile::create(const std::filesystem::path& path, std::int64_t begun_ns) {
    TRY_ASSIGN(auto file, AtomicFile::create(path));
    return TraceFile(std::move(file), path, begun_ns);
}

Result<> TraceFile::add(std::string_view text) {
    bytes_ += text.size();
    if (bytes_ > most_bytes) {
        return fail(ErrorKind::guest, "the trace has more than " + human_bytes(most_bytes));
    }
    pending_ += text;
    std::string out;
    std::size_t begin = 0;
    for (auto end = pending_.find('\n'); end != std::string::npos;
         end = pending_.find('\n', begin)) {
        take_line(std::string_view(pending_).substr(begin, end - begin), out);
        begin = end + 1;
    }
    pending_.erase(0, begin);
    if (pending_.size() > longest_line) {
        return fail(ErrorKind::guest, "the trace has no lines");
    }
    return file_.write(out);
}

void TraceFile::take_line(std::string_view line, std::string& out) {
    if (line.starts_with('#')) {
        written_.lost += line.starts_with(counts) ? lost_by(line) : 0;
        out.append(line).push_back('\n');
        return;
    }
    auto event = with_time_from(line, begun_ns_);
    if (!event) { // lost events, stacks: what readers of the format do not know
        out.append("# ").append(line).push_back('\n');
        return;
    }
    begin_events(out);
    ++written_.events;
    out.append(*event).push_back('\n');
}

void TraceFile::begin_events(std::string& out) {
    if (written_.events == 0) {
        out.append(beginning);
    }
}

Result<WrittenTrace> TraceFile::finish() {
    std::string out;
    if (!pending_.empty()) {
        take_line(pending_, out);
    }
    begin_events(out);
    TRY(file_.write(out));
    TRY(file_.commit());
    return written_;
}

} // namespace ktstr::session
