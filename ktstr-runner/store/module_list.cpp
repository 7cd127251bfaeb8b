#include "ktstr-runner/store/module_list.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <system_error>

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view folder = "modules/";
constexpr std::size_t largest_list = std::size_t{16} << 20;

struct Line {
    std::string_view digest;
    std::uint64_t size = 0;
    std::string_view name;
};

// Lists are from archives, too: a name stays below modules/.
Result<Line> read_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    const auto size = second == std::string_view::npos
                          ? std::nullopt
                          : parse_u64(line.substr(first + 1, second - first - 1));
    const auto name = size ? line.substr(second + 1) : std::string_view{};
    if (!name.starts_with(folder) || fs::path(name).lexically_normal() != fs::path(name)) {
        return fail(ErrorKind::environment,
                    fmt::format("{}: no line of it: {}", module_list_name, printable(line)));
    }
    return Line{.digest = line.substr(0, first), .size = *size, .name = name};
}

std::string wrong_with(const fs::path& path, const Line& line) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error) {
        return error.message();
    }
    if (size != line.size) {
        return fmt::format("it has {} bytes instead of {}", size, line.size);
    }
    const auto digest = sha256_of_file(path);
    if (!digest) {
        return digest.error().one_line();
    }
    return *digest == line.digest ? "" : "its contents have changed";
}

} // namespace

Result<std::uint64_t> write_module_list(const fs::path& directory,
                                        std::map<std::string, std::string>& digests) {
    std::string text;
    std::uint64_t bytes = 0;
    auto at = digests.lower_bound(std::string(folder));
    while (at != digests.end() && at->first.starts_with(folder)) {
        std::error_code error;
        const auto size = fs::file_size(directory / at->first, error);
        if (error || at->first.find('\n') != std::string::npos) {
            return fail(ErrorKind::environment,
                        printable(at->first) + (error ? ": " + error.message() : ": an odd name"));
        }
        text += fmt::format("{} {} {}\n", at->second, size, at->first);
        bytes += size;
        at = digests.erase(at);
    }
    if (!text.empty()) {
        TRY(write_file_atomically(directory / module_list_name, text));
        digests.emplace(module_list_name, sha256_of(text));
    }
    return bytes;
}

Result<std::vector<std::string>> verify_modules(const fs::path& directory) {
    TRY_ASSIGN(const auto text, read_file(directory / module_list_name, largest_list));
    std::vector<std::string> wrong;
    for (const auto& line : split(text, '\n')) {
        if (line.empty()) {
            continue;
        }
        TRY_ASSIGN(const auto facts, read_line(line));
        if (const auto why = wrong_with(directory / facts.name, facts); !why.empty()) {
            wrong.push_back(fmt::format("{}: {}", printable(facts.name), why));
        }
    }
    return wrong;
}

} // namespace ktstr::store
