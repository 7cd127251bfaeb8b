#include "ktstr-runner/config/nextest_files.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace ktstr::config {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view between = ":/"; // the '/' begins the next path

Result<std::vector<fs::path>> files_in(std::string_view value) {
    if (!value.starts_with('/')) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("{}: \"{}\" is no list of absolute paths",
                                      nextest_config_variable,
                                      to_utf8(value)))
                        .hint("`cargo ktstr test` sets it; unset it to have the workspace's "
                              ".config/nextest.toml"));
    }
    std::vector<fs::path> files;
    for (;;) {
        const auto end = value.find(between);
        files.emplace_back(value.substr(0, end));
        if (end == value.npos) {
            return files;
        }
        value.remove_prefix(end + 1);
    }
}

} // namespace

Result<std::string> nextest_config_value(std::span<const fs::path> files) {
    std::string value;
    for (const auto& file : files) {
        const auto& text = file.native();
        if (!file.is_absolute() || text.find(between) != text.npos || text.ends_with(':')) {
            return fail(Error(ErrorKind::environment,
                              fmt::format("cannot name the configuration file `{}` in {}",
                                          to_utf8(text),
                                          nextest_config_variable))
                            .hint("a directory's name must not end in ':'"));
        }
        value += (value.empty() ? "" : ":") + text;
    }
    return value;
}

Result<std::vector<fs::path>> nextest_config_files(std::span<const std::string> environment,
                                                   const fs::path& workspace_root) {
    const auto prefix = std::string(nextest_config_variable) + "=";
    const auto set = std::ranges::find_if(
        environment, [&](const auto& entry) { return entry.starts_with(prefix); });
    if (set == environment.end()) {
        return std::vector{workspace_root / ".config" / "nextest.toml"};
    }
    return files_in(std::string_view(*set).substr(prefix.size()));
}

} // namespace ktstr::config
