// remote_tool save DIR KEY | restore KEY DIR: the cache without a kernel store around it, for the
// e2e suite; it also says the most memory that it had. KTSTR_REMOTE_VERSION replaces our format's,
// so that another client sees our entries.
#include "cargo-ktstr/remote/cache.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <string>
#include <vector>

namespace ktstr::remote {

namespace {

Result<std::string> run(const std::vector<std::string>& words) {
    TRY_ASSIGN(const auto access, access_from(env));
    if (!access) {
        return fail(ErrorKind::usage, "KTSTR_GHA_CACHE=1 is wanted");
    }
    CachePlan plan;
    plan.version = env("KTSTR_REMOTE_VERSION").value_or(plan.version);
    Cache cache(*access, plan);
    if (words.size() == 3 && words[0] == "save") {
        TRY_ASSIGN(const auto stored, cache.store(words[2], words[1]));
        return stored.transfer.line;
    }
    if (words.size() == 3 && words[0] == "restore") {
        TRY(make_directories(words[2]));
        TRY_ASSIGN(const auto fetched, cache.fetch(words[1], words[2]));
        return fetched.transfer.line;
    }
    return fail(ErrorKind::usage, "remote_tool save DIR KEY | restore KEY DIR");
}

} // namespace

} // namespace ktstr::remote

int main(int count, char** words) {
    const auto line = ktstr::remote::run({words + 1, words + count});
    if (!line) {
        std::fputs(line.error().render().c_str(), stderr);
        return ktstr::exit_code_of(line.error().kind());
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    ktstr::say("{}, peak {} KiB", *line, usage.ru_maxrss);
    return 0;
}
