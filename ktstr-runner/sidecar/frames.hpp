// What a deterministic guest said from its job on, frame by frame: NAME.frames beside the sidecar
// NAME.json, for two runs to be held against each other and the first difference to be shown. A
// text file, a line per frame (docs/reference/sidecar.md): diff(1) reads it too.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/base/sha256.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::sidecar {

inline constexpr std::size_t longest_excerpt = std::size_t{16} << 10; // bytes of a frame
inline constexpr std::size_t most_of_frames = std::size_t{4} << 20;   // bytes of all lines

struct Frame {
    std::uint64_t number = 0;            // from 1
    std::optional<std::int64_t> time_ns; // of the guest, since its program began, if it tells one
    std::string type;
    std::uint64_t size = 0; // of its content
    std::string hash;       // the first 16 digits of the content's SHA-256
    std::string excerpt;    // the beginning of the content, on one line

    bool operator==(const Frame&) const = default;
};

// Of a guest that says much the first frames alone; how many there were is known.
struct Frames {
    std::vector<Frame> kept;
    std::uint64_t total = 0;

    bool is_whole() const { return kept.size() == total; }
};

// Takes frames in as they come.
class FrameLog final {
public:
    void
    add(std::string_view type, std::string_view content, std::optional<std::int64_t> time_ns = {});

    // Of type, size and content of all frames, kept or not. Ends it.
    std::string digest() { return digest_.hex(); }

    Frames take() { return std::move(frames_); }

private:
    Sha256 digest_;
    Frames frames_;
    std::size_t bytes_ = 0; // of the lines that are kept
};

std::string frames_text(const Frames& frames);
Result<Frames> parse_frames(std::string_view text, const std::string& origin);
Result<Frames> read_frames(const std::filesystem::path& file);

// Where two runs part. A side without a frame had ended, or its file ends before.
struct Divergence {
    std::uint64_t number = 0; // of the first frame that is not the same
    std::optional<Frame> a;
    std::optional<Frame> b;
    bool beyond = false; // somewhere from there on: the files do not go so far
};

// When and where the program was started is passed over where more differs.
std::optional<Divergence> first_difference(const Frames& a, const Frames& b);

// What each side's frame is, "out, 12 bytes: `...`", its excerpt from where they differ on.
struct Sides {
    std::string a;
    std::string b;
};

Sides in_words(const Divergence& divergence);

} // namespace ktstr::sidecar
