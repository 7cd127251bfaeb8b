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
    using Place = std::function<std::filesystem::path(const std::string& guest_path)>;

    explicit ReturnedFiles(Place place) : place_(std::move(place)) {}

    Result<> begin(std::string_view json);
    Result<> data(std::string_view bytes);
    Result<> end();

    // What could not be kept, for the sidecar.
    const std::vector<std::string>& notes() const { return notes_; }

private:
    Place place_;
    std::optional<AtomicFile> file_;
    std::string name_;
    std::uint64_t left_ = 0;
    std::vector<std::string> notes_;
};

} // namespace ktstr::session
