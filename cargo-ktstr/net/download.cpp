#include "cargo-ktstr/net/download.hpp"

#include "cargo-ktstr/net/content_range.hpp"
#include "cargo-ktstr/net/http.hpp"
#include "cargo-ktstr/net/partial_file.hpp"
#include "cargo-ktstr/net/redact.hpp"
#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace ktstr::net {

namespace fs = std::filesystem;

namespace {

// How one attempt ended, when not in an error that ends them all.
struct Whole {};

struct Absent {};

struct Again {
    Error why;
    std::optional<std::chrono::seconds> asked_for = {}; // by the server
};

using Ending = std::variant<Whole, Absent, Again>;

// What If-Range takes: a weak ETag is none (RFC 9110, 13.1.5).
std::string validator_of(const Response& head) {
    const auto etag = head.header("ETag");
    if (etag && !etag->empty()) {
        return etag->starts_with("W/") ? std::string{} : *etag;
    }
    return head.header("Last-Modified").value_or(std::string{});
}

Error problem(std::string text) {
    return Error(ErrorKind::environment, std::move(text));
}

class Attempt final {
public:
    Attempt(const Download& wanted, PartialFile& file) : wanted_(wanted), file_(file) {}

    Result<Ending> run(Client& client);

private:
    Request request() const;
    Result<> take(const Response& head, std::span<const std::byte> bytes);
    Result<> begin(const Response& head);
    Result<> go_on(const Response& head);
    Result<Ending> end(const Response& response);
    Result<Ending> anew(const std::string& why);

    const Download& wanted_;
    PartialFile& file_;
    std::optional<std::uint64_t> total_;
    bool begun_ = false;
    bool mismatch_ = false; // what we have is not of the file that the server has
};

Request Attempt::request() const {
    Request request{.url = wanted_.url,
                    .most_bytes = wanted_.most_bytes,
                    .silence_limit = wanted_.silence_limit};
    if (file_.size() > 0) {
        request.headers.push_back({"Range", fmt::format("bytes={}-", file_.size())});
        request.headers.push_back({"If-Range", file_.validator()});
    }
    return request;
}

// The first bytes of an answer: which part of which version they are.
Result<> Attempt::begin(const Response& head) {
    const auto type = head.header("Content-Type").value_or("");
    if (type.starts_with("text/html")) {
        return fail(
            problem("the server sent a web page (" + printable(type) + ") in place of the file")
                .hint("a proxy or a login page may stand between; open the URL in a browser"));
    }
    if (head.status == 206) {
        TRY(go_on(head));
    } else if (head.status != 200) { // "accepted", "no content": not the file
        return fail(problem(fmt::format("the server answered {}", head.status)));
    } else {
        TRY(file_.begin(validator_of(head)));
        total_ = parse_u64(head.header("Content-Length").value_or(""));
    }
    if (total_.value_or(0) > wanted_.most_bytes) {
        return fail(problem(fmt::format("it has {}, more than the {} that are allowed",
                                        human_bytes(*total_),
                                        human_bytes(wanted_.most_bytes))));
    }
    return {};
}

Result<> Attempt::go_on(const Response& head) {
    const auto range = parse_content_range(head.header("Content-Range").value_or(""));
    const auto validator = validator_of(head);
    if (!range || range->first != file_.size() || !range->total ||
        (!validator.empty() && validator != file_.validator())) {
        mismatch_ = true;
        return fail(problem("the server sent another part than was asked for"));
    }
    total_ = range->total;
    return {};
}

Result<> Attempt::take(const Response& head, std::span<const std::byte> bytes) {
    if (!std::exchange(begun_, true)) {
        TRY(begin(head));
    }
    if (bytes.size() > total_.value_or(wanted_.most_bytes) - file_.size()) {
        return fail(problem("the server sent more than the " +
                            human_bytes(total_.value_or(wanted_.most_bytes)) + " of the file"));
    }
    TRY(file_.append(bytes));
    if (wanted_.on_progress) {
        wanted_.on_progress({.bytes = file_.size(), .total = total_});
    }
    return {};
}

// Another attempt, for the whole file.
Result<Ending> Attempt::anew(const std::string& why) {
    TRY(file_.begin({}));
    return Again{problem(why)};
}

Result<Ending> Attempt::end(const Response& response) {
    if (response.ok()) {
        if (total_ && file_.size() < *total_) {
            return Again{
                problem(fmt::format("it ended after {} of {} bytes", file_.size(), *total_))};
        }
        return Whole{};
    }
    const auto said = fmt::format("the server answered {}", response.status);
    switch (response.status) {
    case 404:
    case 410:
        return Absent{};
    case 416: { // nothing is left to send, or the file became shorter
        const auto range = parse_content_range(response.header("Content-Range").value_or(""));
        if (range && range->total == file_.size() && file_.size() > 0) {
            return Whole{};
        }
        return anew(said + " to a request for the rest");
    }
    default:
        break;
    }
    if (is_transient(response.status)) {
        return Again{problem(said),
                     parse_retry_after(response.header("Retry-After").value_or(""),
                                       std::chrono::system_clock::now())};
    }
    return fail(problem(said));
}

Result<Ending> Attempt::run(Client& client) {
    auto exchange = client.exchange(
        request(), [this](const auto& head, auto bytes) { return take(head, bytes); });
    if (mismatch_) {
        return anew(exchange.broken->one_line());
    }
    if (exchange.broken && exchange.transient) {
        return Again{std::move(*exchange.broken)};
    }
    if (exchange.broken) {
        return fail(std::move(*exchange.broken));
    }
    return end(exchange.response);
}

void note(const Download& wanted, const std::string& line) {
    if (wanted.on_note) {
        wanted.on_note(line);
    }
}

Result<FileLock> lock(const Download& wanted, const fs::path& into) {
    const auto path = into.string() + ".lock";
    TRY_ASSIGN(auto lock, FileLock::try_acquire(path, FileLock::Mode::exclusive));
    if (lock) {
        return std::move(*lock);
    }
    note(wanted, "waiting for another process that fetches " + redacted(wanted.url));
    return FileLock::acquire(path, FileLock::Mode::exclusive);
}

// How often it took, absent when there is no such file.
Result<std::optional<unsigned>> fetch(const Download& wanted, PartialFile& file) {
    Client client;
    for (unsigned done = 1;; ++done) {
        TRY_ASSIGN(auto ending, Attempt(wanted, file).run(client));
        if (std::holds_alternative<Whole>(ending)) {
            return done;
        }
        if (std::holds_alternative<Absent>(ending)) {
            return std::optional<unsigned>{};
        }
        auto& again = std::get<Again>(ending);
        const auto delay = delay_after(wanted.retry, done, again.asked_for, system_random);
        if (!delay) {
            return fail(std::move(again.why).hint(
                fmt::format("given up after attempt {}; {}",
                            done,
                            file.size() > 0 && !file.validator().empty()
                                ? "the next call goes on where this one ended"
                                : "try again later")));
        }
        note(wanted,
             fmt::format("{}; attempt {} of {} begins in {}",
                         again.why.one_line(),
                         done + 1,
                         wanted.retry.attempts,
                         human_time(*delay)));
        pause(*delay);
    }
}

} // namespace

Result<std::optional<Downloaded>> download(const Download& wanted) {
    const auto begun = Clock::now();
    const auto what = "cannot download " + redacted(wanted.url);
    std::error_code error;
    const auto into = fs::absolute(wanted.into, error);
    if (error) {
        return fail(problem(wanted.into.string() + ": " + error.message()));
    }
    TRY_ASSIGN(const auto held, lock(wanted, into), what);
    if (fs::exists(into, error)) {
        return Downloaded{.bytes = fs::file_size(into, error), .took = Clock::now() - begun};
    }
    TRY_ASSIGN(auto file, PartialFile::open(into, wanted.url), what);
    TRY_ASSIGN(const auto attempts, fetch(wanted, file), what);
    if (!attempts) {
        TRY(file.discard(), what);
        return std::optional<Downloaded>{};
    }
    TRY(file.finish(), what);
    return Downloaded{.bytes = file.size(),
                      .resumed_from = file.kept(),
                      .attempts = *attempts,
                      .took = Clock::now() - begun};
}

} // namespace ktstr::net
