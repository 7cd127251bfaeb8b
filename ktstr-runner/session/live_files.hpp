// LiveFiles: files of the guest that are to come back and lie in its memory still, page by page, as
// its agent tells. When the guest dies they are taken from there.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/session/returned_files.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::session {

class LiveFiles final {
public:
    // What a hostile guest may have us keep, and read.
    static constexpr std::size_t most_files = 1000;
    static constexpr std::size_t most_ranges = 1'000'000;
    static constexpr std::uint64_t largest_file = 256ULL << 20;

    // A wire::FilePages. What makes no sense is an error of the guest's.
    Result<> add(std::string_view json);

    // It came back by itself, or is about to.
    void forget(const std::string& path);

    bool knows(const std::string& path) const { return files_.contains(path); }

    // As Machine::read_memory.
    using ReadMemory = std::function<Result<>(
        std::uint64_t physical, std::span<std::byte> into, Deadline deadline)>;

    // Reads each from the memory of the machine into `files`, as if it had come back, until the
    // deadline or what cannot be read. What is not had then is counted in `files`, and said.
    void take(const ReadMemory& read, ReturnedFiles& files, Deadline deadline);

    void clear();

    bool empty() const { return files_.empty(); }

private:
    struct Pages {
        std::uint64_t size = 0;
        std::vector<wire::PageRange> frames; // empty: they are not known
    };

    std::map<std::string, Pages> files_;
    std::size_t ranges_ = 0;
};

} // namespace ktstr::session
