#include "cargo-ktstr/net/http.hpp"

#include "cargo-ktstr/net/curl.hpp"
#include "cargo-ktstr/net/redact.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ktstr::net {

namespace {

constexpr std::size_t most_header_bytes = 256 << 10;
constexpr std::size_t kept_of_failures = 64 << 10;

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

// What the callbacks of one transfer share.
struct Transfer {
    const Request* request;
    const Sink* sink;
    Exchange exchange;
    std::size_t header_bytes = 0;
    std::uint64_t received = 0; // of the body
    std::uint64_t sent = 0;
    bool sunk = false;      // the sink was called
    bool truncated = false; // of a failure's body we have as much as we want

    // The value by which a callback stops a transfer.
    std::size_t stop(Error error) {
        exchange.broken = std::move(error);
        return 0;
    }

    std::size_t header_line(std::string_view line) {
        auto& response = exchange.response;
        header_bytes += line.size();
        if (header_bytes > most_header_bytes) {
            return stop(Error(ErrorKind::environment, "the answer's headers have no end"));
        }
        if (line.starts_with("HTTP/")) { // also after a redirect or "100 Continue"
            response.headers.clear();
            const auto code = line.substr(std::min(line.find(' '), line.size() - 1) + 1, 3);
            response.status = static_cast<int>(parse_u64(code).value_or(0));
        } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
            response.headers.push_back({std::string(trim(line.substr(0, colon))),
                                        std::string(trim(line.substr(colon + 1)))});
        }
        return line.size();
    }

    std::size_t body(std::span<const std::byte> bytes) {
        auto& response = exchange.response;
        received += bytes.size();
        const bool to_sink = *sink && response.ok();
        if (*sink && !response.ok()) {
            const auto room = kept_of_failures - response.body.size();
            response.body.append(reinterpret_cast<const char*>(bytes.data()),
                                 std::min(room, bytes.size()));
            truncated = bytes.size() > room;
            return truncated ? 0 : bytes.size();
        }
        if (received > request->most_bytes) {
            return stop(Error(ErrorKind::environment,
                              "the answer has more than the " + human_bytes(request->most_bytes) +
                                  " that are allowed"));
        }
        if (!to_sink) {
            response.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            return bytes.size();
        }
        sunk = true;
        if (auto taken = (*sink)(response, bytes); !taken) {
            return stop(std::move(taken).error());
        }
        return bytes.size();
    }

    std::size_t read(std::span<std::byte> room) {
        const auto* reader = std::get_if<BodyReader>(&request->body);
        if (reader != nullptr) {
            const auto left = std::min<std::uint64_t>(room.size(), reader->size - sent);
            auto n = left == 0 ? Result<std::size_t>(0) : reader->read(sent, room.first(left));
            if (!n) {
                stop(std::move(n).error());
                return CURL_READFUNC_ABORT;
            }
            sent += *n;
            return *n;
        }
        const auto& text = std::get<std::string>(request->body);
        const auto n = text.copy(reinterpret_cast<char*>(room.data()), room.size(), sent);
        sent += n;
        return n;
    }
};

std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Transfer*>(self)->header_line({data, size});
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Transfer*>(self)->body(std::as_bytes(std::span(data, size)));
}

std::size_t on_read(char* data, std::size_t one, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->read(std::as_writable_bytes(std::span(data, one * count)));
}

int on_seek(void* self, curl_off_t offset, int origin) {
    if (origin != SEEK_SET || offset < 0) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    static_cast<Transfer*>(self)->sent = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

Result<HeaderList> header_list(const std::vector<Header>& headers) {
    HeaderList list;
    for (const auto& header : headers) {
        const auto line = header.name + ": " + header.value;
        if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
            return fail(ErrorKind::internal, "header " + header.name + " has more than one line");
        }
        list.reset(curl_slist_append(list.release(), line.c_str()));
    }
    return list;
}

void set_body(CURL* curl, const Request& request) {
    if (std::holds_alternative<std::monostate>(request.body)) {
        if (request.method == "HEAD") {
            curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        }
        return;
    }
    const auto* text = std::get_if<std::string>(&request.body);
    const auto size = text != nullptr ? text->size() : std::get<BodyReader>(request.body).size;
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
}

void set_options(CURL* curl, const Request& request, Transfer& transfer) {
    curl_easy_reset(curl); // keeps connections
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "ktstr/" KTSTR_VERSION);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    // A plain http first hop proves nothing, so nothing is lost when a later one is http again.
    const bool secure = request.url.starts_with("https:");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(curl,
                     CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::chrono::milliseconds(request.connect_limit).count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(request.slowest));
    curl_easy_setopt(
        curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.silence_limit.count()));
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    for (const auto option :
         {CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA}) {
        curl_easy_setopt(curl, option, &transfer);
    }
    // The first, since a body makes a request a PUT.
    set_body(curl, request);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

} // namespace

std::optional<std::string> Response::header(std::string_view name) const {
    for (const auto& header : headers) {
        if (same_name(header.name, name)) {
            return header.value;
        }
    }
    return std::nullopt;
}

struct Client::State {
    Easy curl = make_easy();
};

Client::Client() : state_(std::make_unique<State>()) {}

Client::Client(Client&&) noexcept = default;
Client::~Client() = default;

Exchange Client::exchange(const Request& request, const Sink& sink) {
    const auto what = fmt::format("{} {}", request.method, redacted(request.url));
    Transfer transfer{.request = &request, .sink = &sink, .exchange = {}};
    auto& exchange = transfer.exchange;
    auto headers = header_list(request.headers);
    CURL* curl = state_->curl.get();
    if (curl == nullptr || !headers) {
        exchange.broken = headers ? Error(ErrorKind::internal, "libcurl does not start")
                                  : std::move(headers).error().context(what);
        return std::move(transfer.exchange);
    }
    std::array<char, CURL_ERROR_SIZE> words{};
    set_options(curl, request, transfer);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers->get());
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words.data());
    const auto code = perform(curl);
    long os_error = 0;
    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
    curl_easy_reset(curl); // it must not keep pointers into what goes now
    if (exchange.broken) {
        exchange.broken = std::move(*exchange.broken).context(what);
    } else if (code != CURLE_OK && !transfer.truncated) {
        exchange.broken = failure_of(code, words.data()).context(what);
        exchange.transient = is_transient(code, static_cast<int>(os_error), route_to_others());
    } else if (sink && exchange.response.ok() && !transfer.sunk) {
        if (auto taken = sink(exchange.response, {}); !taken) {
            exchange.broken = std::move(taken).error().context(what);
        }
    }
    return std::move(transfer.exchange);
}

Result<Response> send(const Request& request) {
    return stream(request, {});
}

Result<Response> stream(const Request& request, const Sink& sink) {
    auto exchange = Client().exchange(request, sink);
    if (exchange.broken) {
        return fail(std::move(*exchange.broken));
    }
    return std::move(exchange.response);
}

} // namespace ktstr::net
