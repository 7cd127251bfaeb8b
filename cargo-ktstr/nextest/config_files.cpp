#include "cargo-ktstr/nextest/config_files.hpp"

#include "cargo-ktstr/nextest/arguments.hpp"
#include "ktstr-runner/base/fd.hpp"

#include <algorithm>

namespace ktstr::nextest {

namespace fs = std::filesystem;

std::vector<fs::path> config_files(std::span<const std::string> arguments,
                                   const fs::path& workspace_root) {
    std::vector<fs::path> files;
    if (const auto given = value_of(arguments, "config-file")) {
        files.push_back(fs::absolute(*given));
    } else {
        files.push_back(fs::absolute(workspace_root) / ".config" / "nextest.toml");
    }
    for (const auto& value : values_of(arguments, "tool-config-file")) {
        const auto colon = value.find(':'); // TOOL:ABS_PATH; nextest refuses anything else
        if (colon != value.npos && value.substr(colon + 1).starts_with('/')) {
            files.emplace_back(value.substr(colon + 1));
        }
    }
    return files;
}

namespace {

// Whether one of them has one of these words; one that cannot be read may have.
bool mention(std::span<const fs::path> files, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(files, [&](const fs::path& file) {
        std::error_code error;
        if (fs::status(file, error).type() == fs::file_type::not_found) {
            return false;
        }
        const auto text = read_file(file);
        return !text || std::ranges::any_of(words, [&](std::string_view word) {
            return text->find(word) != std::string::npos;
        });
    });
}

} // namespace

bool choose_tests(std::span<const fs::path> files) {
    return mention(files, {"default-filter", "list-wrapper"});
}

bool order_tests(std::span<const fs::path> files) {
    return mention(files, {"priority"});
}

} // namespace ktstr::nextest
