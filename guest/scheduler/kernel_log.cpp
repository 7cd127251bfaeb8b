#include "guest/scheduler/kernel_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace ktstr::guest {

std::optional<std::string> message_of_record(std::string_view record) {
    const auto start = record.find(';');
    if (start == std::string_view::npos) {
        return std::nullopt;
    }
    record.remove_prefix(start + 1);
    return std::string(record.substr(0, record.find('\n')));
}

KernelLog::KernelLog(const std::string& path)
    : fd_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    if (fd_) {
        ::lseek(fd_.get(), 0, SEEK_END);
    }
}

std::vector<std::string> KernelLog::take() {
    constexpr std::size_t longest_record = 8192; // PRINTK_MESSAGE_MAX is 2048
    constexpr int most = 1000;
    std::vector<std::string> messages;
    std::array<char, longest_record> record;
    for (int i = 0; fd_ && i < most; ++i) {
        const auto got = ::read(fd_.get(), record.data(), record.size());
        if (got < 0 && (errno == EPIPE || errno == EINTR)) {
            continue; // EPIPE: some were overwritten; the next read goes on behind them
        }
        if (got <= 0) {
            break;
        }
        if (auto message = message_of_record({record.data(), static_cast<std::size_t>(got)})) {
            messages.push_back(std::move(*message));
        }
    }
    return messages;
}

} // namespace ktstr::guest
