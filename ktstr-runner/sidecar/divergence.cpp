#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/frames.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::sidecar {

namespace {

// Of an excerpt: what is shown, and how much of that stands before the difference.
constexpr std::size_t shown = 120;
constexpr std::size_t before = 40;

bool is_inside_a_character(const std::string& text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

std::size_t at_a_character(const std::string& text, std::size_t at) {
    while (at > 0 && is_inside_a_character(text, at)) {
        --at;
    }
    return std::min(at, text.size());
}

std::string piece_of(const Frame& frame, std::size_t difference) {
    const auto& text = frame.excerpt;
    const auto begin = at_a_character(text, difference > before ? difference - before : 0);
    const auto end = at_a_character(text, begin + shown);
    return fmt::format("`{}{}{}`",
                       begin > 0 ? "..." : "",
                       text.substr(begin, end - begin),
                       end < text.size() || frame.size > longest_excerpt ? "..." : "");
}

std::size_t difference_of(const std::optional<Frame>& a, const std::optional<Frame>& b) {
    if (!a || !b) {
        return 0;
    }
    const auto [at, other] = std::ranges::mismatch(a->excerpt, b->excerpt);
    return static_cast<std::size_t>(at - a->excerpt.begin());
}

std::string side(const std::optional<Frame>& frame, std::size_t difference, bool beyond) {
    if (!frame) {
        return beyond ? "not kept" : "nothing: it had ended";
    }
    const auto time =
        frame->time_ns
            ? fmt::format(" at {}", human_time(std::chrono::nanoseconds(*frame->time_ns)))
            : "";
    return fmt::format("{}{}, {}{}",
                       frame->type,
                       time,
                       human_bytes(frame->size),
                       frame->excerpt.empty() ? "" : ": " + piece_of(*frame, difference));
}

// What a program is given is read before it starts, which takes another time when it is another,
// and random addresses are others then: what it says later tells more.
bool is_of_the_start(const Frame& frame) {
    return frame.type == "started" || frame.type == "launched";
}

} // namespace

std::optional<Divergence> first_difference(const Frames& a, const Frames& b) {
    const auto both = std::min(a.kept.size(), b.kept.size());
    std::optional<Divergence> at_start;
    for (std::size_t i = 0; i < both; ++i) {
        if (a.kept[i] == b.kept[i]) {
            continue;
        }
        const Divergence here{.number = i + 1, .a = a.kept[i], .b = b.kept[i]};
        if (!is_of_the_start(a.kept[i]) || !is_of_the_start(b.kept[i])) {
            return here;
        }
        at_start = at_start ? at_start : here;
    }
    const auto frame_at = [&](const Frames& frames) {
        return both < frames.kept.size() ? std::optional(frames.kept[both]) : std::nullopt;
    };
    if (a.is_whole() && b.is_whole()) {
        return a.total == b.total ? at_start
                                  : std::optional(Divergence{
                                        .number = both + 1, .a = frame_at(a), .b = frame_at(b)});
    }
    if (at_start) {
        return at_start;
    }
    // One that is cut goes on; one that is whole and no longer than this has ended.
    const bool ended = (a.is_whole() && a.total == both) || (b.is_whole() && b.total == both);
    return Divergence{.number = both + 1, .a = frame_at(a), .b = frame_at(b), .beyond = !ended};
}

Sides in_words(const Divergence& divergence) {
    const auto difference = difference_of(divergence.a, divergence.b);
    return {.a = side(divergence.a, difference, divergence.beyond),
            .b = side(divergence.b, difference, divergence.beyond)};
}

} // namespace ktstr::sidecar
