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

    explicit ReturnedFiles(Place place) : place_(std::move(place)) {}

    Result<> begin(std::string_view json);
    Result<> data(std::string_view bytes);
    Result<> end();

    // What could not be kept, for the sidecar.
    const std::vector<std::string>& notes() const { return notes_; }

private:
    void not_kept(const std::string& why);

    Place place_;
    std::optional<AtomicFile> file_;
    std::string name_;
    std::uint64_t left_ = 0;
    std::uint64_t bytes_ = 0; // of all files that were begun
    std::uint64_t files_ = 0;
    std::vector<std::string> notes_;
};

} // namespace ktstr::session
