#include "cargo-ktstr/fetch/git_source.hpp"

#include "cargo-ktstr/fetch/git_program.hpp"
#include "cargo-ktstr/net/redact.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>

namespace ktstr::fetch {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t shown_digits = 12;
constexpr std::string_view history_name = "git.tmp";
constexpr std::size_t most_head_bytes = 4096;

fs::path place_of(const SourceCache& cache, const std::string& url, std::string_view commit) {
    return cache.directory() / fmt::format("git-{}-{}",
                                           sha256_of(url).substr(0, shown_digits),
                                           commit.substr(0, shown_digits));
}

class Fetch final {
public:
    Fetch(const GitProgram& git, const GitSpec& spec, Progress& progress)
        : git_(&git), spec_(&spec), progress_(&progress) {}

    Result<std::vector<RemoteRef>> remote_refs() const {
        TRY_ASSIGN(const auto text,
                   git_->run({"ls-remote", "--", spec_->url}),
                   "cannot ask " + net::redacted(spec_->url) + " for its refs");
        return parse_remote_refs(text);
    }

    // The whole id of a commit whose beginning the user gave: only the history has it. Commits
    // alone where the server can leave out the rest. Absent when there is none.
    Result<std::optional<std::string>> expand(const SourceCache& cache) const {
        progress_->step(fmt::format("{}: an abbreviated id needs the repository's history, which "
                                    "takes long; the whole id would not",
                                    spec_->ref));
        TRY_ASSIGN(const auto alone, cache.lock("git", "fetching a history", *progress_));
        cache.remove(std::string(history_name) + "-"); // of processes that were killed
        TRY_ASSIGN(const auto history, TempDir::create(history_name, cache.directory()));
        const auto path = history.path().string();
        TRY_ASSIGN(const auto room, GitProgram::room_in(cache.directory()));
        TRY(git_->run_transfer({"clone",
                                "--bare",
                                "--template=",
                                "--filter=tree:0",
                                "--progress",
                                "--",
                                spec_->url,
                                path},
                               room,
                               *progress_),
            "cannot fetch the history of " + net::redacted(spec_->url));
        const auto found =
            git_->run({"-C", path, "rev-parse", "--verify", "--quiet", spec_->ref + "^{commit}"});
        return found ? std::optional(std::string(trim(*found))) : std::nullopt;
    }

    // Leaves the commit checked out in `into`.
    Result<> make(const ResolvedRef& wanted, const fs::path& into) const {
        TRY_ASSIGN(const auto temporary,
                   TempDir::create(into.filename().string() + ".tmp", into.parent_path()));
        const auto path = temporary.path().string();
        progress_->step(fmt::format(
            "fetching {} of {}", wanted.commit.substr(0, shown_digits), net::redacted(spec_->url)));
        TRY(git_->run(
            {"init",
             "--quiet",
             "--template=",
             wanted.commit.size() == 64 ? "--object-format=sha256" : "--object-format=sha1",
             "--",
             path}));
        TRY(fetch(wanted, path));
        TRY(git_->run_long({"-C", path, "checkout", "--progress", "--detach", wanted.commit},
                           *progress_),
            "cannot check out " + wanted.commit);
        ::chmod(path.c_str(), 0755);
        if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, into.c_str(), RENAME_NOREPLACE) != 0) {
            return fail(Error::from_errno("make " + into.string()));
        }
        progress_->note(fmt::format("fetched {} in {}",
                                    wanted.commit.substr(0, shown_digits),
                                    human_time(progress_->elapsed())));
        return {};
    }

private:
    bool has(const std::string& path, const std::string& commit) const {
        return git_->run({"-C", path, "cat-file", "-e", commit + "^{commit}"}).has_value();
    }

    Result<> fetch_some(const std::string& path,
                        std::vector<std::string> options,
                        const std::vector<std::string>& what) const {
        options.insert(options.begin(),
                       {"-C",
                        path,
                        "fetch",
                        "--progress",
                        "--no-tags",
                        "--no-recurse-submodules",
                        "--no-write-fetch-head"});
        options.insert(options.end(), {"--", spec_->url});
        options.insert(options.end(), what.begin(), what.end());
        TRY_ASSIGN(const auto room, GitProgram::room_in(path));
        return git_->run_transfer(std::move(options), room, *progress_);
    }

    Result<> fetch(const ResolvedRef& wanted, const std::string& path) const {
        // Servers may refuse to give what no ref points to (uploadpack.allowAnySHA1InWant), and
        // servers that serve plain files know no depth.
        if (fetch_some(path, {"--depth", "1"}, {wanted.commit}) && has(path, wanted.commit)) {
            return {};
        }
        if (!wanted.name.empty() && fetch_some(path, {"--depth", "1"}, {wanted.name}) &&
            has(path, wanted.commit)) {
            return {};
        }
        progress_->note("the server does not give one commit alone; fetching the history");
        TRY(fetch_some(
                path, {}, {"+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"}),
            "cannot fetch " + net::redacted(spec_->url));
        if (!has(path, wanted.commit)) {
            return fail(
                Error(ErrorKind::usage,
                      fmt::format("{} has no commit {}", net::redacted(spec_->url), wanted.commit))
                    .hint("give a commit that a branch or a tag of the repository has"));
        }
        return {};
    }

    const GitProgram* git_;
    const GitSpec* spec_;
    Progress* progress_;
};

} // namespace

Result<ResolvedRef> git_commit(const GitSpec& spec, const SourceCache& cache, Progress& progress) {
    if (is_commit_id(spec.ref)) {
        return ResolvedRef{.commit = spec.ref, .name = {}};
    }
    TRY_ASSIGN(const auto git, GitProgram::find());
    const Fetch fetch(git, spec, progress);
    TRY_ASSIGN(const auto refs, fetch.remote_refs());
    if (auto found = resolve_ref(refs, spec.ref)) {
        return std::move(*found);
    }
    if (is_abbreviated_id(spec.ref)) {
        TRY_ASSIGN(auto commit, fetch.expand(cache));
        if (commit) {
            return ResolvedRef{.commit = std::move(*commit), .name = {}};
        }
    }
    return fail(no_such_ref(spec, refs));
}

Result<fs::path> git_tree(const GitSpec& spec,
                          const ResolvedRef& wanted,
                          const SourceCache& cache,
                          Progress& progress) {
    TRY_ASSIGN(const auto git, GitProgram::find());
    const Fetch fetch(git, spec, progress);
    const auto name = place_of(cache, spec.url, wanted.commit).filename().string();
    TRY_ASSIGN(auto directory, cache.tree(name, progress, [&](const fs::path& into) {
        return fetch.make(wanted, into);
    }));
    // Twelve digits are the place's, not the commit's; and a user may have been there.
    TRY_ASSIGN(const auto head, read_file(directory / ".git" / "HEAD", most_head_bytes));
    if (trim(head) != wanted.commit) {
        return fail(Error(ErrorKind::environment,
                          fmt::format("{} is at {} instead of {}",
                                      directory.string(),
                                      printable(trim(head)),
                                      wanted.commit))
                        .hint("remove that directory: it is made again"));
    }
    return directory;
}

} // namespace ktstr::fetch
