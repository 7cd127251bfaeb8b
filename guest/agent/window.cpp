#include "guest/agent/window.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <utility>

namespace ktstr::guest {

namespace {

constexpr std::string_view parameter = "ktstr.window=";
constexpr std::size_t control_reserve = 256U << 10;

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
    if (!text.starts_with("0x")) {
        return std::nullopt;
    }
    text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

bool is_committed(std::span<std::byte> memory, std::size_t state) {
    auto* const value =
        reinterpret_cast<std::uint32_t*>(memory.data() + wire::layout::header + state);
    return std::atomic_ref(*value).load(std::memory_order_acquire) ==
           static_cast<std::uint32_t>(wire::SlotState::committed);
}

std::string slot(std::span<std::byte> memory,
                 std::uint64_t offset,
                 std::uint64_t size,
                 std::uint64_t capacity) {
    if (size > capacity) {
        return {};
    }
    return {reinterpret_cast<const char*>(memory.data() + offset), static_cast<std::size_t>(size)};
}

wire::RingControl* control_at(std::span<std::byte> memory, std::uint64_t offset) {
    return reinterpret_cast<wire::RingControl*>(memory.data() + offset);
}

} // namespace

std::optional<WindowRange> parse_window_range(std::string_view command_line) {
    while (!command_line.empty()) {
        const auto end = command_line.find_first_of(" \t\n");
        auto word = command_line.substr(0, end);
        command_line.remove_prefix(end == std::string_view::npos ? command_line.size() : end + 1);
        if (!word.starts_with(parameter)) {
            continue;
        }
        word.remove_prefix(parameter.size());
        const auto comma = word.find(',');
        if (comma == std::string_view::npos) {
            return std::nullopt;
        }
        const auto base = hexadecimal(word.substr(0, comma));
        const auto size = hexadecimal(word.substr(comma + 1));
        if (!base || !size || *size <= wire::layout::payload || *base + *size < *base) {
            return std::nullopt;
        }
        return WindowRange{.base = *base, .size = *size};
    }
    return std::nullopt;
}

wire::Header Window::header() const {
    wire::Header header;
    std::memcpy(&header, memory_.data() + wire::layout::header, sizeof header);
    return header;
}

Problem Window::check() const {
    const auto found = header();
    if (found.magic != wire::window_magic) {
        return "the memory window has no header (is `mem=` below ktstr.window=, and was it written "
               "before the start?)";
    }
    if (found.version != wire::window_version) {
        return "the memory window has version " + std::to_string(found.version) +
               ", this program speaks " + std::to_string(wire::window_version);
    }
    if (found.window_size != memory_.size()) {
        return "the memory window's header says " + std::to_string(found.window_size) +
               " bytes, the command line " + std::to_string(memory_.size());
    }
    return std::nullopt;
}

void Window::await_host(wire::Waiting what) {
    const std::atomic_ref waiting(*reinterpret_cast<std::uint32_t*>(
        memory_.data() + wire::layout::header + offsetof(wire::Header, waiting)));
    waiting.store(static_cast<std::uint32_t>(what), std::memory_order_release);
    while (waiting.load(std::memory_order_acquire) !=
           static_cast<std::uint32_t>(wire::Waiting::none)) {
    }
}

bool Window::setup_is_there() const {
    return is_committed(memory_, offsetof(wire::Header, setup_state));
}

bool Window::job_is_there() const {
    return is_committed(memory_, offsetof(wire::Header, job_state));
}

std::string Window::setup() const {
    return slot(memory_, wire::layout::setup, header().setup_size, wire::layout::setup_capacity);
}

std::string Window::job() const {
    return slot(memory_, wire::layout::job, header().job_size, wire::layout::job_capacity);
}

std::span<const std::byte> Window::payload() const {
    const auto size = header().payload_size;
    const auto place = memory_.subspan(wire::layout::payload);
    return size > place.size() ? std::span<std::byte>{}
                               : place.first(static_cast<std::size_t>(size));
}

wire::RingWriter Window::to_host() {
    return {control_at(memory_, wire::layout::to_host_control),
            memory_.subspan(wire::layout::to_host_ring, wire::layout::to_host_size)};
}

wire::RingReader Window::to_guest() {
    return {control_at(memory_, wire::layout::to_guest_control),
            memory_.subspan(wire::layout::to_guest_ring, wire::layout::to_guest_size)};
}

MappedRange map_physical(WindowRange range) {
    // Without O_SYNC the mapping is write-back: with it every access would be uncached.
    const Fd fd(::open("/dev/mem", O_RDWR | O_CLOEXEC));
    if (!fd) {
        return {.problem =
                    errno_text("cannot open /dev/mem") + " (the kernel needs CONFIG_DEVMEM)"};
    }
    void* const at = ::mmap(nullptr,
                            static_cast<std::size_t>(range.size),
                            PROT_READ | PROT_WRITE,
                            MAP_SHARED,
                            fd.get(),
                            static_cast<off_t>(range.base));
    if (at == MAP_FAILED) {
        return {.problem =
                    errno_text("cannot map the memory window of /dev/mem") +
                    " (`mem=` on the kernel's command line must end where ktstr.window= begins)"};
    }
    // It is mapped to its last page, and no child needs it: else each fork and exec would go
    // through all of them.
    ::madvise(at, static_cast<std::size_t>(range.size), MADV_DONTFORK);
    return {
        .memory = {static_cast<std::byte*>(at), static_cast<std::size_t>(range.size)}
    };
}

Channel::Channel(Window& window)
    : window_(&window), out_(window.to_host()), in_(window.to_guest()) {
    if (window.is_lockstep()) {
        out_.look();
    }
}

bool Channel::await_host(wire::Waiting what) {
    if (!window_->is_lockstep()) {
        return false;
    }
    window_->await_host(what);
    out_.look();
    return true;
}

std::size_t Channel::output_room() {
    auto room = out_.room();
    if (room <= control_reserve && await_host(wire::Waiting::room)) {
        room = out_.room();
    }
    return room > control_reserve ? room - control_reserve : 0;
}

bool Channel::send(wire::FrameType type, std::string_view body, std::int64_t patience_ms) {
    if (quiet_ && type != wire::FrameType::ask_time) {
        if (type == wire::FrameType::err) {
            constexpr std::size_t most_unsaid = 512;
            unsaid_.append(body);
            unsaid_.erase(0, unsaid_.size() - std::min(unsaid_.size(), most_unsaid));
        }
        return true;
    }
    const auto bytes = std::as_bytes(std::span(body));
    const Deadline patience(patience_ms);
    while (!out_.write(type, bytes)) {
        if (body.size() > wire::max_frame_body || patience.passed()) {
            return false;
        }
        if (!await_host(wire::Waiting::room)) {
            sleep_ms(1);
        }
    }
    window_->ring();
    return true;
}

std::string Channel::speak_again() {
    quiet_ = false;
    return std::exchange(unsaid_, {});
}

std::optional<wire::Frame> Channel::receive() {
    if (kept_.empty()) {
        return in_.read();
    }
    auto frame = std::move(kept_.front());
    kept_.pop_front();
    kept_bytes_ -= frame.body.size();
    return frame;
}

bool Channel::stop_is_waiting() {
    constexpr std::size_t most_kept = 4U << 20;
    while (kept_bytes_ < most_kept) {
        auto frame = in_.read();
        if (!frame) {
            break;
        }
        kept_bytes_ += frame->body.size();
        kept_.push_back(std::move(*frame));
    }
    return std::ranges::any_of(
        kept_, [](const wire::Frame& frame) { return frame.type == wire::FrameType::stop; });
}

} // namespace ktstr::guest
