#include "cargo-ktstr/remote/blob_download.hpp"

#include "cargo-ktstr/net/content_range.hpp"
#include "cargo-ktstr/net/http.hpp"
#include "cargo-ktstr/remote/parallel.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

namespace ktstr::remote {

namespace {

Error problem(std::string text) {
    return Error(ErrorKind::environment, std::move(text));
}

// The URL that is valid now, shared by the threads.
class Source final {
public:
    Source(SignedUrl url, const Renew& renew) : url_(std::move(url)), renew_(renew) {}

    SignedUrl url() {
        const std::lock_guard held(mutex_);
        return url_;
    }

    // False when there was another one before: it is the blob that is refused, not the URL.
    Result<bool> renew(const SignedUrl& refused) {
        const std::lock_guard held(mutex_);
        if (refused.text != url_.text) {
            return true; // another thread did
        }
        if (renewed_) {
            return false;
        }
        renewed_ = true;
        TRY_ASSIGN(url_, renew_(), "the URL of the blob is no longer valid");
        return true;
    }

private:
    std::mutex mutex_;
    SignedUrl url_;
    bool renewed_ = false;
    const Renew& renew_;
};

// The file that the threads fill, each its own part of it.
class Target final {
public:
    Target(int file, const DownloadPlan& plan) : file_(file), plan_(plan) {}

    Result<> write(std::uint64_t at, std::span<const std::byte> bytes) {
        const auto size = bytes.size();
        while (!bytes.empty()) {
            const auto n = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at));
            if (n < 0 && errno == EINTR) {
                continue;
            }
            if (n < 0) {
                return fail(Error::from_errno("write the blob's file"));
            }
            at += static_cast<std::uint64_t>(n);
            bytes = bytes.subspan(static_cast<std::size_t>(n));
        }
        const std::lock_guard held(mutex_);
        bytes_ += size;
        return {};
    }

    Result<> begin_anew() {
        const std::lock_guard held(mutex_);
        bytes_ = 0;
        if (::ftruncate(file_, 0) != 0) {
            return fail(Error::from_errno("empty the blob's file"));
        }
        return {};
    }

    // Every answer must speak of the same blob.
    Result<> expect(std::optional<std::uint64_t> total, const std::string& etag) {
        if (total.value_or(0) > plan_.most_bytes) {
            return fail(problem(fmt::format("the blob has {}, more than the {} that are allowed",
                                            human_bytes(*total),
                                            human_bytes(plan_.most_bytes))));
        }
        const std::lock_guard held(mutex_);
        if ((total_ && total_ != total) || (!etag_.empty() && !etag.empty() && etag_ != etag)) {
            return fail(problem("the blob changed while it was read"));
        }
        total_ = total;
        etag_ = etag.empty() ? etag_ : etag;
        return {};
    }

    std::optional<std::uint64_t> total() const { return total_; }

private:
    int file_;
    const DownloadPlan& plan_;
    std::mutex mutex_; // of all below
    std::uint64_t bytes_ = 0;
    std::optional<std::uint64_t> total_;
    std::string etag_;
};

// The bytes from `begin` up to `end` at most, by one thread.
class Part final {
public:
    Part(Source& source, Target& target, const DownloadPlan& plan, std::uint64_t begin)
        : source_(source), target_(target), plan_(plan), begin_(begin), at_(begin),
          end_(begin + plan.range) {}

    // Whether the server has ranges; if not, this was the whole blob.
    Result<bool> run(net::Client& client);

    std::uint64_t end() const { return at_; }

private:
    Result<> take(const net::Response& head, std::span<const std::byte> bytes);
    Result<> begin(const net::Response& head);
    Result<bool> whole();

    Source& source_;
    Target& target_;
    const DownloadPlan& plan_;
    std::uint64_t begin_;
    std::uint64_t at_;
    std::uint64_t end_;
    bool begun_ = false;  // this answer
    bool ranged_ = false; // ... is 206
};

Result<> Part::begin(const net::Response& head) {
    const auto etag = head.header("ETag").value_or("");
    ranged_ = head.status == 206;
    if (!ranged_) {
        if (begin_ != 0) {
            return fail(problem("the server has ranges no longer"));
        }
        at_ = 0;
        TRY(target_.begin_anew());
        const auto length = parse_u64(head.header("Content-Length").value_or(""));
        end_ = length.value_or(plan_.most_bytes);
        return target_.expect(length, etag);
    }
    const auto range = net::parse_content_range(head.header("Content-Range").value_or(""));
    if (!range || range->first != at_ || !range->total) {
        return fail(problem("the server sent another part than was asked for"));
    }
    end_ = std::min(begin_ + plan_.range, *range->total);
    return target_.expect(range->total, etag);
}

Result<> Part::take(const net::Response& head, std::span<const std::byte> bytes) {
    if (!std::exchange(begun_, true)) {
        TRY(begin(head));
    }
    if (bytes.size() > end_ - at_) {
        return fail(problem("the server sent more than was asked for"));
    }
    TRY(target_.write(at_, bytes));
    at_ += bytes.size();
    return {};
}

Result<bool> Part::whole() {
    if (ranged_ && at_ < end_) {
        return fail(problem("the server sent less than was asked for"));
    }
    return ranged_;
}

Result<bool> Part::run(net::Client& client) {
    for (unsigned done = 1;; ++done) {
        begun_ = false;
        at_ = ranged_ ? at_ : begin_; // without ranges there is nothing to go on with
        const auto url = source_.url();
        net::Request request{
            .url = url.text,
            .headers = {{"Range", fmt::format("bytes={}-{}", at_, begin_ + plan_.range - 1)}},
            .most_bytes = plan_.most_bytes};
        auto exchange = client.exchange(
            request, [this](const auto& head, auto bytes) { return take(head, bytes); });
        const auto status = exchange.response.status;
        if (exchange.broken && !exchange.transient) {
            return fail(std::move(*exchange.broken));
        }
        if (!exchange.broken && exchange.response.ok()) {
            return whole();
        }
        if (!exchange.broken && (status == 401 || status == 403)) {
            TRY_ASSIGN(const bool renewed, source_.renew(url));
            if (renewed) {
                --done; // it was no attempt at this URL
                continue;
            }
        }
        auto why = exchange.broken ? std::move(*exchange.broken)
                                   : problem(fmt::format("the store of blobs answered {}", status));
        if (!exchange.broken && !net::is_transient(status)) {
            return fail(std::move(why));
        }
        const auto asked_for = net::parse_retry_after(
            exchange.response.header("Retry-After").value_or(""), std::chrono::system_clock::now());
        const auto delay = net::delay_after(plan_.retry, done, asked_for, net::system_random);
        if (!delay) {
            return fail(std::move(why));
        }
        net::pause(*delay);
    }
}

} // namespace

Result<std::uint64_t>
download_blob(const SignedUrl& from, int file, const Renew& renew, const DownloadPlan& plan) {
    Source source(from, renew);
    Target target(file, plan);
    net::Client client;
    Part first(source, target, plan, 0);
    TRY_ASSIGN(const bool ranged, first.run(client));
    if (!ranged) {
        return first.end();
    }
    const auto total = target.total().value_or(0);
    const auto parts = (total + plan.range - 1) / plan.range;
    const auto worker = [&]() -> Piece {
        return [&, own = std::make_shared<net::Client>()](std::uint64_t number) -> Result<> {
            Part part(source, target, plan, (number + 1) * plan.range);
            TRY(part.run(*own));
            return {};
        };
    };
    TRY(for_each_piece(parts - 1, plan.parallel, worker));
    return total;
}

} // namespace ktstr::remote
