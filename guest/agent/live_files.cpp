#include "guest/agent/live_files.hpp"

#include "guest/agent/bring_back.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ktstr::guest {

namespace {

constexpr std::size_t page = 4096;
constexpr std::uint64_t page_is_there = 1ULL << 63;
constexpr std::uint64_t frame_bits = (1ULL << 55) - 1;

// Larger ones are brought back at the end, or not at all: what is said of one is a frame.
constexpr std::size_t largest = std::size_t{256} << 20;

constexpr std::int64_t quiet_ns = 1'000'000;

std::size_t whole_pages(std::size_t size) {
    return (size + page - 1) / page * page;
}

// A reference to each page, which keeps the kernel from moving it elsewhere.
Fd references_to(void* address, std::size_t size) {
    auto pipe = make_pipe();
    if (!pipe.write || ::fcntl(pipe.write.get(), F_SETPIPE_SZ, static_cast<int>(size)) < 0) {
        return {};
    }
    for (std::size_t done = 0; done < size;) {
        iovec rest{.iov_base = static_cast<std::byte*>(address) + done, .iov_len = size - done};
        const auto n = ::vmsplice(pipe.write.get(), &rest, 1, SPLICE_F_NONBLOCK);
        if (n <= 0) {
            return {};
        }
        done += static_cast<std::size_t>(n);
    }
    return std::move(pipe.read);
}

// Its size, of a regular file that somebody could want; else 0.
std::size_t size_of(int fd) {
    struct stat status{};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0) {
        return 0;
    }
    return static_cast<std::size_t>(status.st_size);
}

} // namespace

std::optional<std::vector<wire::PageRange>> page_frames(const void* address, std::size_t size) {
    const Fd map(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
    std::vector<std::uint64_t> entries(whole_pages(size) / page);
    const auto bytes = entries.size() * sizeof(std::uint64_t);
    const auto begin = reinterpret_cast<std::uintptr_t>(address) / page * sizeof(std::uint64_t);
    if (!map || ::pread(map.get(), entries.data(), bytes, static_cast<off_t>(begin)) !=
                    static_cast<ssize_t>(bytes)) {
        return std::nullopt;
    }
    std::vector<wire::PageRange> ranges;
    for (const auto entry : entries) {
        const auto frame = entry & frame_bits;
        if ((entry & page_is_there) == 0 || frame == 0) { // 0: we may not know
            return std::nullopt;
        }
        if (!ranges.empty() && ranges.back().first + ranges.back().count == frame) {
            ++ranges.back().count;
        } else {
            ranges.push_back({.first = frame, .count = 1});
        }
    }
    return ranges;
}

LiveFiles::Held::Held(Held&& other) noexcept
    : address(std::exchange(other.address, nullptr)), size(other.size),
      pipe(std::move(other.pipe)) {}

LiveFiles::Held& LiveFiles::Held::operator=(Held&& other) noexcept {
    std::swap(address, other.address);
    std::swap(size, other.size);
    std::swap(pipe, other.pipe);
    return *this;
}

LiveFiles::Held::~Held() {
    if (address != nullptr) {
        ::munmap(address, size);
    }
}

LiveFiles::LiveFiles(std::vector<std::string> patterns, Channel& channel)
    : channel_(channel), patterns_(std::move(patterns)) {
    if (patterns_.empty()) {
        return;
    }
    events_ = Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    for (const auto& pattern : patterns_) {
        const auto directory = directory_of(pattern);
        const int watch = directory
                              ? ::inotify_add_watch(events_.get(),
                                                    directory->empty() ? "/" : directory->c_str(),
                                                    IN_MODIFY | IN_MOVED_TO | IN_ONLYDIR)
                              : -1;
        if (watch >= 0) {
            directories_[watch] = *directory;
        }
        for (const auto& path : match_files(pattern)) { // of a scheduler in a saved machine
            written_[path] = 0;
        }
    }
    look();
}

void LiveFiles::look() {
    const auto now = monotonic_ns();
    note_written(now);
    const auto quiet_since = now - quiet_ns;
    std::erase_if(written_, [&](const auto& file) {
        if (file.second > quiet_since) {
            return false;
        }
        tell_of(file.first);
        return true;
    });
}

void LiveFiles::note_written(std::int64_t now) {
    alignas(inotify_event) std::array<char, 16384> buffer{};
    for (ssize_t got = 0; (got = ::read(events_.get(), buffer.data(), buffer.size())) > 0;) {
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const auto directory = directories_.find(event.wd);
            if (event.len > 0 && directory != directories_.end()) {
                const auto path = directory->second + '/' + (buffer.data() + at + sizeof event);
                const auto is_meant = [&](const std::string& pattern) {
                    return ::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
                };
                if (std::ranges::any_of(patterns_, is_meant)) {
                    written_[path] = now;
                }
            }
            at += sizeof event + event.len;
        }
    }
}

// Where its pages cannot be told the host hears that there is a file.
void LiveFiles::tell_of(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    Held held;
    held.size = size_of(fd.get());
    if (held.size == 0 || held.size > largest) {
        return;
    }
    std::optional<std::vector<wire::PageRange>> frames;
    if (held_.size() < most_held || held_.contains(path)) {
        void* const mapped =
            ::mmap(nullptr, held.size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
        held.address = mapped == MAP_FAILED ? nullptr : mapped;
    }
    if (held.address != nullptr) {
        held.pipe = references_to(held.address, whole_pages(held.size));
        frames = held.pipe ? page_frames(held.address, held.size) : std::nullopt;
    }
    wire::FilePages file{
        .path = path, .size = held.size, .frames = frames.value_or(std::vector<wire::PageRange>{})};
    auto text = wire::dump(file);
    if (text.size() > wire::max_frame_body) {
        file.frames.clear();
        text = wire::dump(file);
    }
    if (channel_.send(wire::FrameType::file_pages, text) && !file.frames.empty()) {
        held_[path] = std::move(held);
    }
}

} // namespace ktstr::guest
