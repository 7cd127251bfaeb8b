#include "ktstr-runner/machine/image/work_tree.hpp"

#include "ktstr-runner/base/dynamic_library.hpp"

#include <git2.h>

#include <utility>

namespace ktstr::machine {

namespace {

// The functions of libgit2 that are used here. The library is loaded when the first directory is
// looked at and not with the program: it and the fourteen behind it take 2 ms of every start, a
// half of what `kernel path` may take, and most commands look at none.
struct Git {
    decltype(&::git_libgit2_init) git_libgit2_init = nullptr;
    decltype(&::git_libgit2_opts) git_libgit2_opts = nullptr;
    decltype(&::git_error_last) git_error_last = nullptr;
    decltype(&::git_repository_open_ext) git_repository_open_ext = nullptr;
    decltype(&::git_repository_free) git_repository_free = nullptr;
    decltype(&::git_repository_workdir) git_repository_workdir = nullptr;
    decltype(&::git_repository_index) git_repository_index = nullptr;
    decltype(&::git_index_free) git_index_free = nullptr;
    decltype(&::git_index_find) git_index_find = nullptr;
    decltype(&::git_index_find_prefix) git_index_find_prefix = nullptr;
    decltype(&::git_ignore_path_is_ignored) git_ignore_path_is_ignored = nullptr;
};

Result<Git> load() {
    TRY_ASSIGN(const auto library,
               DynamicLibrary::load(KTSTR_LIBGIT2, "which knows the files of a package"));
    Git git;
    TRY(library.find("git_libgit2_init", git.git_libgit2_init));
    TRY(library.find("git_libgit2_opts", git.git_libgit2_opts));
    TRY(library.find("git_error_last", git.git_error_last));
    TRY(library.find("git_repository_open_ext", git.git_repository_open_ext));
    TRY(library.find("git_repository_free", git.git_repository_free));
    TRY(library.find("git_repository_workdir", git.git_repository_workdir));
    TRY(library.find("git_repository_index", git.git_repository_index));
    TRY(library.find("git_index_free", git.git_index_free));
    TRY(library.find("git_index_find", git.git_index_find));
    TRY(library.find("git_index_find_prefix", git.git_index_find_prefix));
    TRY(library.find("git_ignore_path_is_ignored", git.git_ignore_path_is_ignored));
    git.git_libgit2_init();
    git.git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    return git;
}

// Once; it stays until the process ends.
const Result<Git>& library() {
    static const Result<Git> loaded = load();
    return loaded;
}

struct FreeRepository {
    void operator()(git_repository* handle) const { library()->git_repository_free(handle); }
};

struct FreeIndex {
    void operator()(git_index* handle) const { library()->git_index_free(handle); }
};

using Repository = std::unique_ptr<git_repository, FreeRepository>;
using Index = std::unique_ptr<git_index, FreeIndex>;

tl::unexpected<Error> git_failure(const std::string& what) {
    const auto* last = library()->git_error_last();
    return fail(ErrorKind::environment,
                what + ": " + (last != nullptr ? last->message : "unknown error"));
}

} // namespace

struct WorkTree::State {
    Repository repository;
    Index index;
    std::string prefix; // of the directory in the work tree: empty, or with a slash at its end
};

WorkTree::WorkTree(std::unique_ptr<State> state) : state_(std::move(state)) {}

WorkTree::WorkTree(WorkTree&&) noexcept = default;
WorkTree::~WorkTree() = default;

Result<std::optional<WorkTree>> WorkTree::open(const std::filesystem::path& directory) {
    TRY(library());
    const auto& git = *library();
    git_repository* repository = nullptr;
    const int opened = git.git_repository_open_ext(&repository, directory.c_str(), 0, nullptr);
    if (opened == GIT_ENOTFOUND) {
        return std::nullopt;
    }
    if (opened != 0) {
        return git_failure("open the git repository of " + directory.string());
    }
    auto state = std::make_unique<State>();
    state->repository.reset(repository);
    const auto* root = git.git_repository_workdir(repository);
    if (root == nullptr) {
        return std::nullopt; // bare
    }
    std::error_code error;
    const auto top = std::filesystem::canonical(root, error);
    const auto here =
        error ? std::filesystem::path{} : std::filesystem::canonical(directory, error);
    if (error) {
        return fail(ErrorKind::environment, directory.string() + ": " + error.message());
    }
    const auto below = here.lexically_relative(top);
    if (below.empty() || *below.begin() == "..") {
        return std::nullopt; // core.worktree points elsewhere
    }
    if (below != ".") {
        state->prefix = below.string() + "/";
    }
    git_index* index = nullptr;
    if (git.git_repository_index(&index, repository) != 0) {
        return git_failure("read the git index of " + directory.string());
    }
    state->index.reset(index);
    WorkTree tree(std::move(state));
    if (below != "." && !tree.tracks_below("") && tree.ignores("")) {
        return std::nullopt;
    }
    return tree;
}

bool WorkTree::tracks(const std::string& name) const {
    return library()->git_index_find(
               nullptr, state_->index.get(), (state_->prefix + name).c_str()) == 0;
}

bool WorkTree::tracks_below(const std::string& directory) const {
    const auto prefix = state_->prefix + (directory.empty() ? "" : directory + "/");
    return library()->git_index_find_prefix(nullptr, state_->index.get(), prefix.c_str()) == 0;
}

bool WorkTree::ignores(const std::string& name) const {
    int ignored = 0;
    return library()->git_ignore_path_is_ignored(
               &ignored, state_->repository.get(), (state_->prefix + name).c_str()) == 0 &&
           ignored == 1;
}

} // namespace ktstr::machine
