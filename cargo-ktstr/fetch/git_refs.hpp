// What a user and a git server mean by a ref: values only.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/store/kernel_spec.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::fetch {

// https, http, git, ssh or file; a branch, a tag, a full name, or a commit's id, which may be
// abbreviated.
using store::GitSpec;

// "git+URL#REF", as store::parse_kernel_spec reads it, and what git and its programs may safely be
// given. Errors, of kind usage, name the part that is wrong.
Result<GitSpec> parse_git_spec(std::string_view spec);

// 40 or 64 hex digits in lower case.
bool is_commit_id(std::string_view text);

// 7 digits or more that may begin a commit's id.
bool is_abbreviated_id(std::string_view text);

struct RemoteRef {
    std::string id;
    std::string name; // "HEAD", "refs/heads/master", "refs/tags/v6.12^{}"
};

// What `git ls-remote` prints; lines of another form are left out.
std::vector<RemoteRef> parse_remote_refs(std::string_view text);

struct ResolvedRef {
    std::string commit; // of a tag: what it points to, as far as the server says
    std::string name;   // full name at the server; empty for a commit's id
};

// A tag before a branch of the same name, as gitrevisions(7) has it.
std::optional<ResolvedRef> resolve_ref(std::span<const RemoteRef> refs, std::string_view ref);

// The error for a ref that the server does not have; names branches and tags that are spelled
// nearly so, else some of its branches.
Error no_such_ref(const GitSpec& spec, std::span<const RemoteRef> refs);

} // namespace ktstr::fetch
