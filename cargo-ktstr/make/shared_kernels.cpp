#include "cargo-ktstr/make/shared_kernels.hpp"

#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/store/image_file.hpp"

#include <utility>

namespace ktstr::make {

namespace {

namespace fs = std::filesystem;

std::string key_of(const std::string& build_id) {
    return "ktstr-kernel-" + build_id;
}

void warn(const Error& error) {
    say("warning: {}", error.one_line());
}

Result<> move_files(const fs::path& from, const fs::path& to) {
    std::error_code error;
    for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
        fs::rename(at->path(), to / at->path().filename(), error);
        if (error) {
            break;
        }
    }
    return error ? fail(ErrorKind::environment, "move " + from.string() + ": " + error.message())
                 : Result<>{};
}

} // namespace

Result<SharedKernels> SharedKernels::from_environment() {
    auto access = remote::access_from([](const char* name) { return env(name); });
    if (!access && access.error().kind() == ErrorKind::usage) {
        return fail(std::move(access).error());
    }
    if (!access) {
        warn(access.error());
        if (!access.error().hint().empty()) {
            say("{}", access.error().hint());
        }
        return SharedKernels(std::nullopt);
    }
    return SharedKernels(*access ? std::optional(remote::Cache(std::move(**access)))
                                 : std::nullopt);
}

std::optional<store::Entry> SharedKernels::take(const std::string& build_id) {
    if (!cache_) {
        return std::nullopt;
    }
    auto entry = fetch(build_id);
    if (!entry) {
        warn(entry.error());
        return std::nullopt;
    }
    return std::move(*entry);
}

// Its key in the store is known when it is here: it comes under a name of its own first.
Result<std::optional<store::Entry>> SharedKernels::fetch(const std::string& build_id) {
    TRY_ASSIGN(const auto incoming, store::Draft::begin("incoming-" + build_id));
    TRY_ASSIGN(auto fetched, cache_->fetch(key_of(build_id), incoming.directory()));
    say("{}", fetched.transfer.line);
    if (!fetched.entry) {
        return std::optional<store::Entry>{};
    }
    auto facts = std::move(*fetched.entry);
    if (facts.arch != store::host_arch()) {
        return fail(ErrorKind::environment, "the shared kernel is one for " + facts.arch);
    }
    TRY_ASSIGN(auto draft, store::Draft::begin(facts.key));
    if (draft.existing()) {
        return std::optional(*draft.existing());
    }
    TRY(move_files(incoming.directory(), draft.directory()));
    facts.request = build_id;
    TRY_ASSIGN(auto entry, draft.commit(std::move(facts)));
    return std::optional(std::move(entry));
}

void SharedKernels::give(const std::string& build_id, const store::Entry& entry) {
    if (!cache_) {
        return;
    }
    const auto stored = cache_->store(key_of(build_id), entry.directory);
    if (stored) {
        say("{}", stored->transfer.line);
    } else {
        warn(stored.error());
    }
}

} // namespace ktstr::make
