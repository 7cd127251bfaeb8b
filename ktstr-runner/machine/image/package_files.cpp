#include "ktstr-runner/machine/image/package_files.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/image/work_tree.hpp"

#include <fmt/format.h>

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace ktstr::machine {

namespace {

namespace fs = std::filesystem;

struct Found {
    std::string name; // relative to the package
    std::uint64_t size = 0;
};

// A pattern that matches a directory covers all that is in it. `*` matches slashes too, so that
// `*.bin` means every such file and `data/*` everything below data.
bool matches(const std::vector<std::string>& patterns, const std::string& name) {
    return std::ranges::any_of(patterns, [&](std::string pattern) {
        while (pattern.ends_with('/')) {
            pattern.pop_back();
        }
        for (auto end = name.find('/');; end = name.find('/', end + 1)) {
            if (::fnmatch(pattern.c_str(), name.substr(0, end).c_str(), 0) == 0) {
                return true;
            }
            if (end == std::string::npos) {
                return false;
            }
        }
    });
}

// False when no pattern can match anything in the directory: what stands before a pattern's first
// wildcard says so.
bool may_match_below(const std::vector<std::string>& patterns, const std::string& directory) {
    const auto inside = directory + "/";
    return std::ranges::any_of(patterns, [&](const std::string& pattern) {
        const auto literal = std::string_view(pattern).substr(0, pattern.find_first_of("*?[\\"));
        return literal.starts_with(inside) || inside.starts_with(literal);
    });
}

// Where only coverage was built, the tag is in cargo-llvm-cov's directory below.
bool is_build_directory(const fs::path& path) {
    std::error_code error;
    return path.filename() == "target" &&
           (fs::exists(path / "CACHEDIR.TAG", error) ||
            fs::exists(path / "llvm-cov-target" / "CACHEDIR.TAG", error));
}

class Walk final {
public:
    Walk(fs::path package, const PackageFilesRules& rules)
        : package_(std::move(package)), rules_(rules) {}

    // The content of a directory of the package. `tree` is absent where no git repository has a
    // say; its names begin behind `above`, which differs from empty in a repository within the
    // repository. `wanted` is false in what git ignores, where only `include` counts.
    enum class Wanted { no, yes };

    Result<> directory(const std::string& name,
                       const WorkTree* tree,
                       const std::string& above,
                       Wanted wanted) {
        std::error_code error;
        for (fs::directory_iterator at(package_ / name, error), end; !error && at != end;
             at.increment(error)) {
            TRY(entry(*at, name, tree, above, wanted));
        }
        if (error) {
            return fail(
                Error(ErrorKind::environment,
                      fmt::format("list {}: {}", (package_ / name).string(), error.message()))
                    .hint("make it readable, or exclude it in .config/ktstr.toml"));
        }
        return {};
    }

    std::vector<Found> take() { return std::move(found_); }

private:
    Result<> entry(const fs::directory_entry& entry,
                   const std::string& parent,
                   const WorkTree* tree,
                   const std::string& above,
                   Wanted wanted) {
        const auto base = entry.path().filename().string();
        const auto name = parent.empty() ? base : parent + "/" + base;
        if (base == ".git" || matches(rules_.exclude, name)) {
            return {};
        }
        std::error_code error;
        const auto type = entry.symlink_status(error).type();
        const auto in_tree = name.substr(above.size());
        if (type == fs::file_type::directory) {
            const bool ignored = tree != nullptr && wanted == Wanted::yes &&
                                 !tree->tracks_below(in_tree) && !tree->tracks(in_tree) &&
                                 tree->ignores(in_tree);
            return subdirectory(name, tree, above, ignored ? Wanted::no : wanted);
        }
        if (type != fs::file_type::regular && type != fs::file_type::symlink) {
            return {}; // gone meanwhile, a socket, a pipe: git knows none of them
        }
        const bool ours = wanted == Wanted::yes &&
                          (tree == nullptr || tree->tracks(in_tree) || !tree->ignores(in_tree));
        if ((ours || matches(rules_.include, name)) && !is_one_of(entry.path(), rules_.outputs)) {
            add(name, entry.path(), type);
        }
        return {};
    }

    Result<> subdirectory(const std::string& name,
                          const WorkTree* tree,
                          const std::string& above,
                          Wanted wanted) {
        const auto path = package_ / name;
        if (is_build_directory(path) || (wanted == Wanted::no && !matches(rules_.include, name) &&
                                         !may_match_below(rules_.include, name))) {
            return {};
        }
        std::error_code error;
        if (wanted == Wanted::yes && tree != nullptr && fs::exists(path / ".git", error)) {
            TRY_ASSIGN(const auto inner, WorkTree::open(path)); // a submodule
            return directory(name, inner ? &*inner : nullptr, name + "/", wanted);
        }
        return directory(name, tree, above, wanted);
    }

    void add(const std::string& name, const fs::path& path, fs::file_type type) {
        struct stat info{};
        const bool counts = type == fs::file_type::regular && ::lstat(path.c_str(), &info) == 0;
        found_.push_back(
            {.name = name, .size = counts ? static_cast<std::uint64_t>(info.st_size) : 0});
    }

    fs::path package_;
    const PackageFilesRules& rules_;
    std::vector<Found> found_;
};

Error above_cap(const fs::path& package,
                std::vector<Found> found,
                std::uint64_t total,
                std::uint64_t cap) {
    constexpr std::size_t shown = 5;
    std::ranges::sort(found, std::greater{}, &Found::size);
    found.resize(std::min(found.size(), shown));
    auto text = fmt::format(
        "the files of the package {} are {} in all, more than the cap of {}; the largest are",
        package.string(),
        human_bytes(total),
        human_bytes(cap));
    std::vector<std::string> patterns;
    for (const auto& file : found) {
        text += fmt::format("\n    {:>10}  {}", human_bytes(file.size), to_utf8(file.name));
        patterns.push_back(fmt::format("\"{}\"", to_utf8(file.name)));
    }
    return Error(ErrorKind::usage, std::move(text))
        .hint(fmt::format(
            "leave out what the tests do not read, or raise the cap, in .config/ktstr.toml:\n"
            "    [profile.default.package-files]\n"
            "    exclude = [{}]\n"
            "    cap = \"{}M\"",
            join(patterns, ", "),
            (total >> 20U) + 1));
}

} // namespace

Result<std::vector<fs::path>> package_files(const fs::path& package,
                                            const PackageFilesRules& rules) {
    std::error_code error;
    if (!fs::is_directory(package, error)) {
        return fail(ErrorKind::environment,
                    "the package directory " + package.string() + " is not a directory");
    }
    const auto root = fs::absolute(package, error).lexically_normal();
    TRY_ASSIGN(const auto tree, WorkTree::open(root));
    Walk walk(root, rules);
    TRY(walk.directory("", tree ? &*tree : nullptr, "", Walk::Wanted::yes),
        "cannot list the files of the package " + package.string());
    auto found = walk.take();
    std::uint64_t total = 0;
    for (const auto& file : found) {
        total += file.size;
    }
    if (total > rules.cap) {
        return fail(above_cap(package, std::move(found), total, rules.cap));
    }
    std::vector<fs::path> out;
    out.reserve(found.size());
    for (const auto& file : found) {
        out.push_back(root / file.name);
    }
    std::ranges::sort(
        out, {}, [](const fs::path& path) -> const std::string& { return path.native(); });
    return out;
}

} // namespace ktstr::machine
