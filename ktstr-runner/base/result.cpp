#include "ktstr-runner/base/result.hpp"

#include <cerrno>
#include <cstring>

namespace ktstr {

Error::Error(ErrorKind kind, std::string message, const char* file, int line) : kind_(kind) {
    frames_.push_back({std::move(message), file, line});
}

Error Error::from_errno(std::string_view what, const char* file, int line) {
    const int code = errno;
    return {ErrorKind::environment, std::string(what) + ": " + std::strerror(code), file, line};
}

Error Error::context(std::string message, const char* file, int line) && {
    frames_.push_back({std::move(message), file, line});
    return std::move(*this);
}

Error Error::hint(std::string text) && {
    if (hint_.empty()) {
        hint_ = std::move(text);
    }
    return std::move(*this);
}

std::string Error::one_line() const {
    std::string out;
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
        out += (out.empty() ? "" : ": ") + frame->message;
    }
    return out;
}

std::string Error::render() const {
    std::string out;
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
        out += (out.empty() ? "error: " : "  ") + frame->message + "\n";
    }
    if (!hint_.empty()) {
        out += "  hint: " + hint_ + "\n";
    }
    return out;
}

} // namespace ktstr
