#include "cargo-ktstr/net/curl.hpp"

#include "cargo-ktstr/net/redact.hpp"
#include "ktstr-runner/base/text.hpp"

#include <signal.h>

#include <cerrno>
#include <ctime>
#include <string>

namespace ktstr::net {

namespace {

// TLS writes with write(2), which raises SIGPIPE in the thread that writes. Kept back meanwhile,
// and taken away after, unless it was kept back before.
class NoSigpipe final {
public:
    NoSigpipe() {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }

    NoSigpipe(const NoSigpipe&) = delete;
    NoSigpipe& operator=(const NoSigpipe&) = delete;

    ~NoSigpipe() {
        if (sigismember(&before_, SIGPIPE) == 0) {
            const timespec now{};
            ::sigtimedwait(&pipe_, nullptr, &now);
            ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        }
    }

private:
    sigset_t pipe_{};
    sigset_t before_{};
};

std::string hint_for(CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
        return "is there a network? proxies are read from http_proxy, https_proxy and no_proxy";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return "the Debian package ca-certificates has the authorities that are trusted";
    case CURLE_UNSUPPORTED_PROTOCOL:
        return "http:// and https:// alone are fetched, and https is never left for http";
    default:
        return {};
    }
}

} // namespace

Easy make_easy() {
    static const auto started = curl_global_init(CURL_GLOBAL_DEFAULT);
    return Easy(started == CURLE_OK ? curl_easy_init() : nullptr);
}

CURLcode perform(CURL* curl) {
    const NoSigpipe scope;
    return curl_easy_perform(curl);
}

bool is_transient(CURLcode code, int os_error, Route route) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
        return route == Route::some;
    case CURLE_COULDNT_CONNECT:
        return route == Route::some || (os_error != ENETUNREACH && os_error != EHOSTUNREACH);
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    default:
        return false;
    }
}

Error failure_of(CURLcode code, std::string_view words) {
    const std::string_view text = words.empty() ? curl_easy_strerror(code) : words;
    Error error(ErrorKind::environment, redacted_text(printable(trim(text))));
    auto hint = hint_for(code);
    return hint.empty() ? error : std::move(error).hint(std::move(hint));
}

} // namespace ktstr::net
