// Whether and how the cache service of GitHub Actions is to be used, from the variables of a job.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <functional>
#include <optional>
#include <string>

namespace ktstr::remote {

// How to reach the cache service, version 2.
struct Access {
    std::string url;      // of the service's host, without a slash at its end
    std::string token;    // goes into one header and nowhere else
    bool may_read = true; // ACTIONS_CACHE_MODE
    bool may_write = true;
};

// The value of a variable, absent when unset.
using Variables = std::function<std::optional<std::string>(const char* name)>;

// Absent when nobody asks for it: KTSTR_GHA_CACHE is unset or 0. An error of kind `usage` for
// another value than 0 and 1; of kind `environment` where the service cannot be used, with what to
// do about it: variables that are missing, a GitHub Enterprise Server, which has version 1 alone.
Result<std::optional<Access>> access_from(const Variables& variables);

// The step of a workflow that lets `run:` steps see the service: the runner shows it to actions
// alone.
std::string export_step();

} // namespace ktstr::remote
