// Result<T>: the only way this code reports failure. An Error is a kind, a stack of frames
// (outermost last) and an optional hint; it is printed once, in main. See docs/design/errors.md.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktstr {

// What kind of trouble an error is; main maps kinds to exit codes in one table
// (base/exit_code.hpp).
enum class ErrorKind {
    usage,       // the command line, an environment variable or a configuration file is wrong
    environment, // the host lacks something: a program, a permission, space, a kernel
    guest,       // the machine or its kernel failed before it could give a verdict
    internal,    // an assumption of ours did not hold
};

class [[nodiscard]] Error final {
public:
    struct Frame {
        std::string message;
        const char* file;
        int line;
    };

    Error(ErrorKind kind,
          std::string message,
          const char* file = __builtin_FILE(),
          int line = __builtin_LINE());

    // "<what>: <strerror(errno)>", kind environment. Reads errno at once.
    static Error from_errno(std::string_view what,
                            const char* file = __builtin_FILE(),
                            int line = __builtin_LINE());

    // Adds an outer frame: what we were doing when the inner error came up.
    Error context(std::string message,
                  const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) &&;

    // What the user can do about it. The innermost hint wins: it knows most.
    Error hint(std::string text) &&;

    ErrorKind kind() const { return kind_; }

    const std::vector<Frame>& frames() const { return frames_; } // innermost first

    const std::string& hint() const { return hint_; }

    const std::string& message() const { return frames_.back().message; } // outermost

    // All frames on one line, outermost first, joined by ": ".
    std::string one_line() const;

    // "error: <outermost>\n  <cause>\n  hint: <hint>\n"
    std::string render() const;

private:
    ErrorKind kind_;
    std::vector<Frame> frames_;
    std::string hint_;
};

template <class T = void> class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

inline tl::unexpected<Error> fail(ErrorKind kind,
                                  std::string message,
                                  const char* file = __builtin_FILE(),
                                  int line = __builtin_LINE()) {
    return tl::unexpected<Error>(Error(kind, std::move(message), file, line));
}

} // namespace ktstr

#define KTSTR_CONCAT_(a, b) a##b
#define KTSTR_CONCAT(a, b) KTSTR_CONCAT_(a, b)

// TRY(expr) or TRY(expr, "context"): returns the error of a failed Result<>, with a frame added.
#define TRY(expr, ...)                                                                             \
    do {                                                                                           \
        if (auto try_result_ = (expr); !try_result_) {                                             \
            return ::ktstr::detail::propagate(                                                     \
                std::move(try_result_).error() __VA_OPT__(, ) __VA_ARGS__);                        \
        }                                                                                          \
    } while (false)

// TRY_ASSIGN(auto x, expr[, "context"]): the same, and declares or assigns x from the value.
#define TRY_ASSIGN(target, expr, ...)                                                              \
    auto KTSTR_CONCAT(try_value_, __LINE__) = (expr);                                              \
    if (!KTSTR_CONCAT(try_value_, __LINE__)) {                                                     \
        return ::ktstr::detail::propagate(                                                         \
            std::move(KTSTR_CONCAT(try_value_, __LINE__)).error() __VA_OPT__(, ) __VA_ARGS__);     \
    }                                                                                              \
    target = std::move(*KTSTR_CONCAT(try_value_, __LINE__))

namespace ktstr::detail {

inline tl::unexpected<Error> propagate(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

inline tl::unexpected<Error> propagate(Error error,
                                       std::string context,
                                       const char* file = __builtin_FILE(),
                                       int line = __builtin_LINE()) {
    return tl::unexpected<Error>(std::move(error).context(std::move(context), file, line));
}

} // namespace ktstr::detail
