#include "ktstr-runner/machine/image/work_tree.hpp"

#include <git2.h>

#include <utility>

namespace ktstr::machine {

namespace {

template <auto Free> struct Deleter {
    template <class T> void operator()(T* handle) const { Free(handle); }
};

using Repository = std::unique_ptr<git_repository, Deleter<git_repository_free>>;
using Index = std::unique_ptr<git_index, Deleter<git_index_free>>;

class Library final {
public:
    Library() {
        git_libgit2_init();
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    }

    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    ~Library() { git_libgit2_shutdown(); }
};

tl::unexpected<Error> git_failure(const std::string& what) {
    const auto* last = git_error_last();
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
    static const Library library;
    git_repository* repository = nullptr;
    const int opened = git_repository_open_ext(&repository, directory.c_str(), 0, nullptr);
    if (opened == GIT_ENOTFOUND) {
        return std::nullopt;
    }
    if (opened != 0) {
        return git_failure("open the git repository of " + directory.string());
    }
    auto state = std::make_unique<State>();
    state->repository.reset(repository);
    const auto* root = git_repository_workdir(repository);
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
    if (git_repository_index(&index, repository) != 0) {
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
    return git_index_find(nullptr, state_->index.get(), (state_->prefix + name).c_str()) == 0;
}

bool WorkTree::tracks_below(const std::string& directory) const {
    const auto prefix = state_->prefix + (directory.empty() ? "" : directory + "/");
    return git_index_find_prefix(nullptr, state_->index.get(), prefix.c_str()) == 0;
}

bool WorkTree::ignores(const std::string& name) const {
    int ignored = 0;
    return git_ignore_path_is_ignored(
               &ignored, state_->repository.get(), (state_->prefix + name).c_str()) == 0 &&
           ignored == 1;
}

} // namespace ktstr::machine
