// ReturnedFiles: files that come back from the guest in frames, written whole or not at all.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/base/atomic_file.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::session {

class ReturnedFiles final {
public:
    // What one attempt may bring back: a guest must not fill the host's disk.
    static constexpr std::uint64_t most_bytes = 4ULL << 30;
    static constexpr std::uint64_t most_files = 10'000;
    static constexpr std::size_t most_notes = 100; // and its memory no more

    using Place = std::function<std::filesystem::path(const std::string& guest_path)>;
    // Why a file that begins so and has so many bytes is of no use; it is not kept then.
    using Check =
        std::function<std::optional<std::string>(std::string_view head, std::uint64_t size)>;

    explicit ReturnedFiles(Place place, Check check = nullptr)
        : place_(std::move(place)), check_(std::move(check)) {}

    // As the frames say.
    Result<> begin(std::string_view json);
    Result<> data(std::string_view bytes);
    Result<> end();

    // One that does not come in frames; data() and end() follow.
    void begin(const wire::FileBegin& file);

    // Whether one has begun and not ended, and the name of the last one that has begun.
    bool is_open() const { return open_; }

    const std::string& name() const { return name_; }

    // Of the one that is open nothing is kept, and that is said; or it begins anew, and it is not.
    void drop(const std::string& why);
    void abandon();

    // How many there are now, and of how many it is known that they are not.
    std::uint64_t kept() const { return paths_.size(); }

    // Where they are.
    const std::vector<std::filesystem::path>& paths() const { return paths_; }

    std::uint64_t lost() const { return lost_; }

    // What could not be kept, for the sidecar.
    const std::vector<std::string>& notes() const { return notes_; }

private:
    static constexpr std::size_t head_size = 128;

    void not_kept(const std::string& why);

    Place place_;
    Check check_;
    std::optional<AtomicFile> file_; // absent: what comes of it is not written
    bool open_ = false;
    std::string name_;
    std::string head_; // of its content
    std::uint64_t size_ = 0;
    std::uint64_t left_ = 0;
    std::uint64_t bytes_ = 0; // of all files that were begun
    std::uint64_t files_ = 0;
    std::filesystem::path path_;
    std::vector<std::filesystem::path> paths_;
    std::uint64_t lost_ = 0;
    std::vector<std::string> notes_;
};

} // namespace ktstr::session
