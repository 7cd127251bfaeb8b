#include "cargo-ktstr/kernels/clean_copy.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace ktstr::kernels {

namespace {

namespace fs = std::filesystem;

// Names relative to the tree. The kernel's .gitignore knows all that its build makes.
Result<std::set<std::string>> source_files(const fs::path& tree) {
    auto variables = environment(); // a hook's would name another repository
    std::erase_if(variables, [](const std::string& item) { return item.starts_with("GIT_"); });
    TRY_ASSIGN(const auto listed,
               run_captured({
                   .argv = {"git",
                            "-C", tree.string(),
                            "ls-files", "-z",
                            "--cached", "--others",
                            "--exclude-standard"},
                   .environment = std::move(variables)
    }));
    if (!listed.status.success()) {
        return fail(ErrorKind::environment, "git ls-files: " + printable(trim(listed.err)));
    }
    std::set<std::string> names;
    for (auto& name : split(listed.out, '\0')) {
        if (!name.empty()) {
            names.insert(std::move(name));
        }
    }
    return names;
}

bool is_same(const fs::path& a, const fs::path& b) {
    std::error_code error;
    const auto kind = fs::symlink_status(a, error).type();
    if (kind != fs::symlink_status(b, error).type()) {
        return false;
    }
    if (kind == fs::file_type::symlink) {
        return fs::read_symlink(a, error) == fs::read_symlink(b, error);
    }
    return kind == fs::file_type::regular && fs::file_size(a, error) == fs::file_size(b, error) &&
           fs::last_write_time(a, error) == fs::last_write_time(b, error);
}

Result<> copy_one(const fs::path& from, const fs::path& to) {
    std::error_code error;
    const auto kind = fs::symlink_status(from, error).type();
    if (kind == fs::file_type::not_found || is_same(from, to)) {
        return {}; // tracked, but deleted; or nothing to do
    }
    TRY(make_directories(to.parent_path()));
    fs::remove(to, error);
    error.clear();
    if (kind == fs::file_type::symlink) {
        fs::copy_symlink(from, to, error);
    } else {
        fs::copy_file(from, to, error);
        if (!error) {
            fs::last_write_time(to, fs::last_write_time(from, error), error);
        }
    }
    return error ? fail(ErrorKind::environment,
                        "copy " + from.string() + " to " + to.string() + ": " + error.message())
                 : Result<>{};
}

void remove_others(const fs::path& copy, const std::set<std::string>& names, const fs::path& tree) {
    std::vector<fs::path> gone;
    std::error_code error;
    for (fs::recursive_directory_iterator at(copy, error), end; !error && at != end;
         at.increment(error)) {
        std::error_code ignored;
        const auto name = at->path().lexically_relative(copy).string();
        if (!at->is_directory(ignored) &&
            (!names.contains(name) || !fs::exists(fs::symlink_status(tree / name, ignored)))) {
            gone.push_back(at->path());
        }
    }
    for (const auto& path : gone) {
        fs::remove(path, error);
    }
}

} // namespace

bool is_configured_in_place(const fs::path& tree) {
    std::error_code ignored;
    return std::ranges::any_of(
        std::vector<std::string>{".config",
                                 "include/config",
                                 "arch/x86/include/generated",
                                 "arch/arm64/include/generated"},
        [&](const std::string& mark) { return fs::exists(tree / mark, ignored); });
}

Result<> clean_copy(const fs::path& tree, const fs::path& copy) {
    std::error_code ignored;
    if (!fs::exists(tree / ".git", ignored)) {
        const auto quoted = shell_quote(tree.string());
        return fail(Error(ErrorKind::usage,
                          tree.string() + " was configured or built in place, and without git "
                                          "nothing tells its sources from what was built")
                        .hint("use the kernel it has with `--kernel " + quoted +
                              "`, or clean it with `make -C " + quoted +
                              " mrproper`, which removes that kernel and its .config"));
    }
    TRY_ASSIGN(const auto names, source_files(tree));
    for (const auto& name : names) {
        TRY(copy_one(tree / name, copy / name));
    }
    remove_others(copy, names, tree);
    return {};
}

} // namespace ktstr::kernels
