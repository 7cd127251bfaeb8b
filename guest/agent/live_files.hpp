// Tells the host where in the guest's memory files lie that it shall have, as soon as nobody writes
// to them for a millisecond: should the guest die, the host takes them from there. A profile of
// continuous mode is such a file, which its program then changes through a mapping alone.
#pragma once

#include "guest/agent/window.hpp"
#include "guest/wire/messages.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::guest {

class LiveFiles final {
public:
    // How many files' pages are held; each is a descriptor. Of more the host hears that there are
    // some.
    static constexpr std::size_t most_held = 200;

    // Of `patterns` as in bring_back(), those whose directory has no wildcard in it and is there.
    // Without patterns it does nothing ever.
    LiveFiles(std::vector<std::string> patterns, Channel& channel);

    // Readable when a file was written to that may be one of them; -1: never.
    int fd() const { return events_.get(); }

    // Takes note of those that were, and tells of those that were not any more.
    void look();

    // One is noted: another look is due in a moment.
    bool is_owing() const { return !written_.empty(); }

private:
    // Its pages, held where they are.
    struct Held {
        Held() = default;
        Held(Held&& other) noexcept;
        Held& operator=(Held&& other) noexcept;
        ~Held();

        void* address = nullptr;
        std::size_t size = 0;
        Fd pipe; // has a reference to each of them
    };

    void note_written(std::int64_t now);
    void tell_of(const std::string& path);

    Channel& channel_;
    std::vector<std::string> patterns_;
    Fd events_;
    std::map<int, std::string> directories_;      // by watch descriptor
    std::map<std::string, std::int64_t> written_; // and when that was seen
    std::map<std::string, Held> held_;
};

// The page frames of a mapping, neighbours joined; absent when the kernel does not tell.
// Documentation/admin-guide/mm/pagemap.rst.
std::optional<std::vector<wire::PageRange>> page_frames(const void* address, std::size_t size);

} // namespace ktstr::guest
