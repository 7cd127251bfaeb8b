// A commit of a git repository as a directory, fetched as shallow as the server lets us.
//
// By the system's git alone: libgit2 1.5, which Debian 12 has, knows no shallow fetch, and the
// whole history of Linux is gigabytes; libgit2 besides it for what is left would be a second
// transport with other proxies, certificates and errors.
#pragma once

#include "cargo-ktstr/fetch/git_refs.hpp"
#include "cargo-ktstr/fetch/source_cache.hpp"
#include "ktstr-runner/base/progress.hpp"

#include <filesystem>
#include <string>

namespace ktstr::fetch {

// Which commit is meant. The server is asked each time, but for a commit's whole id, which needs no
// network. An abbreviated one needs the history of the repository, which is said. Errors: the
// server does not answer; it has no such ref, with those that are nearest.
Result<ResolvedRef> git_commit(const GitSpec& spec, const SourceCache& cache, Progress& progress);

// That commit, checked out, HEAD of a repository of its own:
// <cache>/git-<12 digits of the URL's digest>-<12 of the commit>. Fetched when it is not there yet.
// Errors are git's own, with its words.
Result<std::filesystem::path> git_tree(const GitSpec& spec,
                                       const ResolvedRef& wanted,
                                       const SourceCache& cache,
                                       Progress& progress);

} // namespace ktstr::fetch
