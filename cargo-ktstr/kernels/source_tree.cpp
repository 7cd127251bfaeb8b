#include "cargo-ktstr/kernels/source_tree.hpp"

#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace ktstr::kernels {

namespace {

namespace fs = std::filesystem;

template <class T, void (*Free)(T*)> struct FreeWith {
    void operator()(T* object) const { Free(object); }
};

using Repository = std::unique_ptr<git_repository, FreeWith<git_repository, git_repository_free>>;
using StatusList =
    std::unique_ptr<git_status_list, FreeWith<git_status_list, git_status_list_free>>;

// libgit2 counts its users.
struct GitLibrary {
    GitLibrary() { git_libgit2_init(); }

    ~GitLibrary() { git_libgit2_shutdown(); }

    GitLibrary(const GitLibrary&) = delete;
    GitLibrary& operator=(const GitLibrary&) = delete;
};

Error git_failure(const std::string& what) {
    const ::git_error* last = git_error_last();
    return Error(ErrorKind::environment,
                 what + ": " + (last != nullptr ? printable(last->message) : "unknown"));
}

// A file's contribution: its name, kind and contents. What is gone counts too.
Result<> add_file(Sha256& digest, const fs::path& tree, const std::string& name) {
    digest.add(name).add(std::string_view("\0", 1));
    std::error_code error;
    const auto kind = fs::symlink_status(tree / name, error).type();
    if (kind == fs::file_type::symlink) {
        digest.add("link ").add(fs::read_symlink(tree / name, error).string());
    } else if (kind == fs::file_type::regular) {
        TRY_ASSIGN(const auto contents, sha256_of_file(tree / name));
        digest.add(contents);
    } else {
        digest.add("none");
    }
    digest.add("\n");
    return {};
}

Result<SourceIdentity> identify_by_git(git_repository* repository, const fs::path& tree) {
    git_oid head{};
    if (git_reference_name_to_id(&head, repository, "HEAD") != 0) {
        return fail(git_failure("the git repository has no commit"));
    }
    git_status_options options{};
    git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
    options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS;
    git_status_list* raw = nullptr;
    if (git_status_list_new(&raw, repository, &options) != 0) {
        return fail(git_failure("git status"));
    }
    const StatusList list(raw);
    std::vector<std::string> changed;
    for (std::size_t i = 0; i < git_status_list_entrycount(list.get()); ++i) {
        const auto* entry = git_status_byindex(list.get(), i);
        const auto* delta =
            entry->index_to_workdir != nullptr ? entry->index_to_workdir : entry->head_to_index;
        changed.emplace_back(delta->new_file.path);
    }
    std::ranges::sort(changed);
    std::array<char, GIT_OID_HEXSZ + 1> hex{};
    git_oid_tostr(hex.data(), hex.size(), &head);
    Sha256 digest;
    digest.add("git ").add(hex.data()).add("\n");
    for (const auto& name : changed) {
        TRY(add_file(digest, tree, name));
    }
    auto words = fmt::format("git {}", std::string_view(hex.data(), 12));
    if (!changed.empty()) {
        words += fmt::format(", {} file{} changed", changed.size(), changed.size() == 1 ? "" : "s");
    }
    return SourceIdentity{.digest = digest.hex(), .words = std::move(words)};
}

Result<SourceIdentity> identify_by_contents(const fs::path& tree) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::recursive_directory_iterator at(tree, error);
         !error && at != fs::recursive_directory_iterator();
         at.increment(error)) {
        std::error_code ignored;
        if (at->is_symlink(ignored) || at->is_regular_file(ignored)) {
            names.push_back(at->path().lexically_relative(tree).string());
        }
    }
    if (error) {
        return fail(ErrorKind::environment, "read " + tree.string() + ": " + error.message());
    }
    std::ranges::sort(names);
    Sha256 digest;
    digest.add("files\n");
    for (const auto& name : names) {
        TRY(add_file(digest, tree, name));
    }
    return SourceIdentity{.digest = digest.hex(), .words = tree.string()};
}

} // namespace

Result<fs::path> check_source_tree(const fs::path& source) {
    std::error_code error;
    auto tree = fs::canonical(source, error);
    if (error) {
        return fail(ErrorKind::usage, source.string() + ": " + error.message());
    }
    for (const auto* name : {"Makefile", "Kconfig", "kernel/sched/core.c"}) {
        if (!fs::exists(tree / name, error)) {
            return fail(Error(ErrorKind::usage,
                              tree.string() + " is not a kernel source tree: it has no " + name)
                            .hint("give the top directory of the kernel's sources"));
        }
    }
    return tree;
}

Result<SourceIdentity> identify_source(const fs::path& tree) {
    const GitLibrary library;
    std::error_code ignored;
    if (!fs::exists(tree / ".git", ignored)) {
        return identify_by_contents(tree);
    }
    git_repository* raw = nullptr;
    if (git_repository_open(&raw, tree.c_str()) != 0) {
        return fail(git_failure("open the git repository " + tree.string()));
    }
    const Repository repository(raw);
    return identify_by_git(repository.get(), tree);
}

} // namespace ktstr::kernels
