#include "ktstr-runner/sidecar/frames.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::sidecar {

namespace {

constexpr std::string_view title = "# ktstr frames 1: number, guest time in ns, type, bytes, "
                                   "SHA-256 (16 digits), beginning of the content\n";
constexpr std::size_t hash_digits = 16;
constexpr std::size_t columns = 6;
constexpr std::string_view no_time = "-";
// What printable() makes of a byte that is none is three bytes long.
constexpr std::size_t largest_file = 4 * most_of_frames;

std::string line_of(const Frame& frame) {
    return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n",
                       frame.number,
                       frame.time_ns ? std::to_string(*frame.time_ns) : std::string(no_time),
                       frame.type,
                       frame.size,
                       frame.hash,
                       frame.excerpt);
}

std::string last_line(const Frames& frames) {
    if (frames.is_whole()) {
        return fmt::format("# {} frames, all of them\n", frames.total);
    }
    return fmt::format("# {} frames, {} left out: the lines of a file have {} at most\n",
                       frames.total,
                       frames.total - frames.kept.size(),
                       human_bytes(most_of_frames));
}

std::optional<Frame> frame_in(std::string_view line) {
    const auto parts = split(line, '\t');
    if (parts.size() != columns) {
        return std::nullopt;
    }
    const auto number = parse_u64(parts[0]);
    const auto size = parse_u64(parts[3]);
    const auto time = parse_u64(parts[1]);
    if (!number || !size || (parts[1] != no_time && !time)) {
        return std::nullopt;
    }
    Frame frame{.number = *number,
                .time_ns = {},
                .type = parts[2],
                .size = *size,
                .hash = parts[4],
                .excerpt = parts[5]};
    if (time) {
        frame.time_ns = static_cast<std::int64_t>(*time);
    }
    return frame;
}

// "# 12 frames, ..."
std::optional<std::uint64_t> total_in(std::string_view line) {
    constexpr std::string_view mark = "# ";
    if (!line.starts_with(mark)) {
        return std::nullopt;
    }
    return parse_u64(line.substr(mark.size(), line.find(' ', mark.size()) - mark.size()));
}

} // namespace

void FrameLog::add(std::string_view type,
                   std::string_view content,
                   std::optional<std::int64_t> time_ns) {
    digest_.add(fmt::format("{} {}\n", type, content.size()));
    digest_.add(content);
    ++frames_.total;
    if (bytes_ >= most_of_frames) {
        return;
    }
    Frame frame{.number = frames_.total,
                .time_ns = time_ns && *time_ns >= 0 ? time_ns : std::nullopt,
                .type = std::string(type),
                .size = content.size(),
                .hash = sha256_of(content).substr(0, hash_digits),
                .excerpt = printable(content.substr(0, longest_excerpt))};
    bytes_ += line_of(frame).size();
    if (bytes_ < most_of_frames) { // once it is full, nothing behind it is kept either
        frames_.kept.push_back(std::move(frame));
    }
}

std::string frames_text(const Frames& frames) {
    std::string text(title);
    for (const auto& frame : frames.kept) {
        text += line_of(frame);
    }
    return text + last_line(frames);
}

Result<Frames> parse_frames(std::string_view text, const std::string& origin) {
    const auto broken = [&](std::string_view why) {
        return fail(ErrorKind::environment, fmt::format("{}: {}", origin, why));
    };
    if (!text.starts_with(title)) {
        return broken("not a file of frames that this version reads");
    }
    text.remove_prefix(title.size());
    Frames frames;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) {
            break;
        }
        const auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (const auto total = text.empty() ? total_in(line) : std::nullopt) {
            if (*total < frames.kept.size()) {
                return broken("it has more frames than it says");
            }
            frames.total = *total;
            return frames;
        }
        auto frame = frame_in(line);
        if (!frame || frame->number != frames.kept.size() + 1) {
            return broken(fmt::format(
                "line {} is not frame {}", frames.kept.size() + 2, frames.kept.size() + 1));
        }
        frames.kept.push_back(std::move(*frame));
    }
    return broken("it has no end");
}

Result<Frames> read_frames(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) { // a FIFO would hold us for ever
        return fail(ErrorKind::environment, file.string() + ": not a regular file");
    }
    TRY_ASSIGN(const auto text, read_file(file, largest_file));
    return parse_frames(text, file.string());
}

} // namespace ktstr::sidecar
