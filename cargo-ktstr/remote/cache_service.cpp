#include "cargo-ktstr/remote/cache_service.hpp"

#include "cargo-ktstr/net/retrying.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <string_view>

namespace ktstr::remote {

namespace {

constexpr std::string_view service = "/twirp/github.actions.results.api.v1.CacheService/";
constexpr std::string_view write_denied = "cache write denied:";
constexpr std::string_view read_denied = "cache read denied:";
constexpr std::size_t longest_message = 300;

// What the service says of a failure, short and harmless.
std::string cut(std::string_view text) {
    return printable(trim(text.substr(0, longest_message)));
}

// A member by the name of the protocol or by that of its JSON mapping; empty when left out, as
// false and "" are.
Json member(const Json& reply, const char* snake_case, const char* camel_case) {
    for (const auto* name : {snake_case, camel_case}) {
        if (const auto at = reply.find(name); at != reply.end()) {
            return *at;
        }
    }
    return {};
}

std::string text_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : std::string{};
}

Result<Json> reply_of(const net::Response& response) {
    TRY_ASSIGN(auto reply, parse_json(response.body), "the cache service's answer");
    if (!reply.is_object()) {
        return fail(ErrorKind::environment, "the cache service's answer is no JSON object");
    }
    return reply;
}

bool is_ok(const Json& reply) {
    return member(reply, "ok", "ok") == true;
}

std::string message_of(const Json& reply) {
    return cut(text_of(member(reply, "message", "message")));
}

struct TwirpError {
    std::string code;
    std::string text;
};

// {"code", "msg"}; some servers say `message`, and what stands between says anything.
TwirpError twirp_error(const net::Response& response) {
    const auto error = parse_json(response.body).value_or(Json());
    if (!error.is_object()) {
        return {};
    }
    return {.code = cut(text_of(member(error, "code", "code"))),
            .text = cut(text_of(member(error, "msg", "message")))};
}

Error failure(const char* method, const net::Response& response) {
    const auto [code, text] = twirp_error(response);
    Error error(ErrorKind::environment,
                fmt::format("the cache service answered {} {} with {}{}",
                            method,
                            response.status,
                            code.empty() ? "no reason" : code,
                            text.empty() ? "" : ": " + text));
    if (response.status == 401) {
        return std::move(error).hint("the token of a job is valid for about six hours");
    }
    if (text.find("insufficient usage") != std::string::npos) {
        return std::move(error).hint("the repository's quota is spent");
    }
    return error;
}

} // namespace

CacheService::CacheService(Access access, std::string version, net::RetryPolicy retry)
    : access_(std::move(access)), version_(std::move(version)), retry_(retry) {}

Result<net::Response> CacheService::call(const char* method, const Json& request) {
    return net::send_retrying(client_,
                              {
                                  .method = "POST",
                                  .url = access_.url + std::string(service) + method,
                                  .headers = {{"Authorization", "Bearer " + access_.token},
                                              {"Content-Type", "application/json"}},
                                  .body = print_json(request)
    },
                              retry_);
}

Result<std::variant<SignedUrl, Missing, Denied>> CacheService::find(const std::string& key) {
    constexpr const char* method = "GetCacheEntryDownloadURL";
    TRY_ASSIGN(const auto response,
               call(method,
                    {
                        {"key",          key          },
                        {"restore_keys", Json::array()},
                        {"version",      version_     }
    }));
    if (response.status == 404) {
        return Missing{};
    }
    if (!response.ok()) {
        const auto why = twirp_error(response).text;
        if (response.status == 403 && why.find(read_denied) != std::string::npos) {
            return Denied{why};
        }
        return fail(failure(method, response));
    }
    TRY_ASSIGN(const auto reply, reply_of(response));
    auto url = text_of(member(reply, "signed_download_url", "signedDownloadUrl"));
    if (!is_ok(reply) || text_of(member(reply, "matched_key", "matchedKey")) != key) {
        return Missing{};
    }
    if (url.empty()) {
        return fail(ErrorKind::environment, "the cache service gave no URL to read from");
    }
    return SignedUrl{std::move(url)};
}

Result<std::variant<SignedUrl, Taken, Denied>> CacheService::create(const std::string& key) {
    constexpr const char* method = "CreateCacheEntry";
    TRY_ASSIGN(const auto response,
               call(method,
                    {
                        {"key",     key     },
                        {"version", version_}
    }));
    if (response.status == 409) {
        return Taken{};
    }
    if (!response.ok()) {
        const auto error = twirp_error(response);
        if (error.code == "already_exists") {
            return Taken{};
        }
        if (error.text.starts_with(write_denied)) {
            return Denied{error.text};
        }
        return fail(failure(method, response));
    }
    TRY_ASSIGN(const auto reply, reply_of(response));
    auto url = text_of(member(reply, "signed_upload_url", "signedUploadUrl"));
    if (!is_ok(reply)) {
        // Servers that say a duplicate without 409 give no reason.
        const auto why = message_of(reply);
        if (why.starts_with(write_denied)) {
            return Denied{why};
        }
        if (why.empty()) {
            return Taken{};
        }
        return fail(ErrorKind::environment, "the cache service reserves no entry: " + why);
    }
    if (url.empty()) {
        return fail(ErrorKind::environment, "the cache service gave no URL to write to");
    }
    return SignedUrl{std::move(url)};
}

Result<> CacheService::finalize(const std::string& key, std::uint64_t bytes) {
    constexpr const char* method = "FinalizeCacheEntryUpload";
    TRY_ASSIGN(
        const auto response,
        call(method,
             {
                 {"key",        key                  },
                 {"size_bytes", std::to_string(bytes)},
                 {"version",    version_             }
    }));
    if (!response.ok()) {
        return fail(failure(method, response));
    }
    TRY_ASSIGN(const auto reply, reply_of(response));
    if (!is_ok(reply)) {
        return fail(ErrorKind::environment,
                    "the cache service does not take the entry: " + message_of(reply));
    }
    return {};
}

} // namespace ktstr::remote
