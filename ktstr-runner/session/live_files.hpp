// LiveFiles: files of the guest that are to come back and lie in its memory still, page by page, as
// its agent tells. When the guest dies they are taken from there.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/session/returned_files.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::session {

class LiveFiles final {
public:
    // What the host's memory holds for a hostile guest.
    static constexpr std::size_t most_files = 1000;
    static constexpr std::size_t most_ranges = 1'000'000;

    // A wire::FilePages. What makes no sense is an error of the guest's.
    Result<> add(std::string_view json);

    // It came back by itself, or is about to.
    void forget(const std::string& path);

    // As Machine::read_memory.
    using ReadMemory = std::function<Result<>(std::uint64_t physical, std::span<std::byte> into)>;

    // Reads each from the memory of the machine, which stands still, into `files`, as if it had
    // come back. What cannot be had is in the notes of `files`.
    void take(const ReadMemory& read, ReturnedFiles& files);

    bool empty() const { return files_.empty(); }

private:
    std::map<std::string, wire::FilePages> files_;
    std::size_t ranges_ = 0;
};

} // namespace ktstr::session
