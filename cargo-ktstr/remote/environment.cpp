#include "cargo-ktstr/remote/environment.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace ktstr::remote {

namespace {

struct Mode {
    std::string_view name;
    bool may_read;
    bool may_write;
};

constexpr std::array modes{
    Mode{"none",       false, false},
    Mode{"read",       true,  false},
    Mode{"write",      true,  true },
    Mode{"write-only", false, true },
};

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

// The host of "https://host:port/path".
std::string host_of(std::string_view url) {
    const auto scheme = url.find("://");
    url.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
    return lower_case(url.substr(0, url.find_first_of("/:?#")));
}

// As the official client decides it.
bool is_enterprise_server(std::string_view server_url) {
    const auto host = host_of(server_url);
    return host != "github.com" && !host.ends_with(".ghe.com") && !host.ends_with(".localhost");
}

Error unusable(const std::string& why) {
    return Error(ErrorKind::environment, "the cache of GitHub Actions cannot be used: " + why);
}

} // namespace

std::string export_step() {
    return "- uses: actions/github-script@v7\n"
           "  with:\n"
           "    script: |\n"
           "      for (const name of ['ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN', "
           "'ACTIONS_CACHE_MODE']) {\n"
           "        if (process.env[name]) core.exportVariable(name, process.env[name]);\n"
           "      }\n";
}

Result<std::optional<Access>> access_from(const Variables& variables) {
    const auto wanted = variables("KTSTR_GHA_CACHE");
    if (!wanted || wanted == "0") {
        return std::optional<Access>{};
    }
    if (wanted != "1") {
        return fail(Error(ErrorKind::usage, "KTSTR_GHA_CACHE is `" + to_utf8(*wanted) + "`")
                        .hint("it must be 1 to use the cache of GitHub Actions, or 0"));
    }
    const auto server = variables("GITHUB_SERVER_URL").value_or("");
    if (!server.empty() && is_enterprise_server(server)) {
        return fail(unusable("this is a GitHub Enterprise Server, whose service has version 1")
                        .hint("KTSTR_GHA_CACHE=0 says that it is not wanted"));
    }
    Access access;
    std::vector<std::string> missing;
    const auto require = [&](const char* variable) {
        auto value = std::string(trim(variables(variable).value_or("")));
        if (value.empty()) {
            missing.emplace_back(variable);
        }
        return value;
    };
    access.url = require("ACTIONS_RESULTS_URL");
    access.token = require("ACTIONS_RUNTIME_TOKEN");
    if (!missing.empty()) {
        return fail(unusable(fmt::format("{} {} not set",
                                         join(missing, " and "),
                                         missing.size() == 1 ? "is" : "are"))
                        .hint("before the step that runs ktstr, have this one:\n" + export_step()));
    }
    if (!access.url.starts_with("https://") && !access.url.starts_with("http://")) {
        return fail(unusable("ACTIONS_RESULTS_URL is no http:// or https:// URL"));
    }
    while (access.url.ends_with('/')) {
        access.url.pop_back();
    }
    // An unknown mode of a newer runner forbids nothing: the service itself has the last word.
    const auto name = lower_case(trim(variables("ACTIONS_CACHE_MODE").value_or("")));
    const auto* mode = std::ranges::find(modes, name, &Mode::name);
    if (mode != modes.end()) {
        access.may_read = mode->may_read;
        access.may_write = mode->may_write;
    }
    return access;
}

} // namespace ktstr::remote
