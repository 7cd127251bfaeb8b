#include "ktstr-runner/machine/image/work_tree.hpp"

#include <git2.h>

#include <dlfcn.h>

#include <utility>

namespace ktstr::machine {

namespace {

// The functions of libgit2 that are used here. The library is loaded when the first directory is
// looked at and not with the program: it and the fourteen behind it take 2 ms of every start, a
// half of what `kernel path` may take, and most commands look at none.
#define KTSTR_GIT_FUNCTIONS(apply)                                                                 \
    apply(git_libgit2_init);                                                                       \
    apply(git_libgit2_opts);                                                                       \
    apply(git_error_last);                                                                         \
    apply(git_repository_open_ext);                                                                \
    apply(git_repository_free);                                                                    \
    apply(git_repository_workdir);                                                                 \
    apply(git_repository_index);                                                                   \
    apply(git_index_free);                                                                         \
    apply(git_index_find);                                                                         \
    apply(git_index_find_prefix);                                                                  \
    apply(git_ignore_path_is_ignored)

struct Git {
#define KTSTR_GIT_MEMBER(name) decltype(&::name) name = nullptr
    KTSTR_GIT_FUNCTIONS(KTSTR_GIT_MEMBER);
#undef KTSTR_GIT_MEMBER
};

tl::unexpected<Error> cannot_load() {
    const char* const why = ::dlerror();
    return fail(Error(ErrorKind::environment, why != nullptr ? why : "a function is missing")
                    .context("cannot load libgit2, which knows the files of a package")
                    .hint("install the version that ktstr was built with: " KTSTR_LIBGIT2));
}

Result<Git> load() {
    void* const library = ::dlopen(KTSTR_LIBGIT2, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        return cannot_load();
    }
    Git git;
    // Functions are found as dlsym(3) has it, which POSIX allows and C++ leaves to it.
#define KTSTR_GIT_FIND(name)                                                                       \
    git.name = reinterpret_cast<decltype(git.name)>(::dlsym(library, #name));                      \
    if (git.name == nullptr) {                                                                     \
        return cannot_load();                                                                      \
    }
    KTSTR_GIT_FUNCTIONS(KTSTR_GIT_FIND);
#undef KTSTR_GIT_FIND
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
