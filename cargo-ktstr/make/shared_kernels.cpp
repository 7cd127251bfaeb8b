#include "cargo-ktstr/make/shared_kernels.hpp"

#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/image_file.hpp"
#include "ktstr-runner/store/version.hpp"

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

// What an entry says of itself is anybody's word: the image's own must be the same, and the key one
// that this version would have.
Result<> check(const store::Entry& entry, const fs::path& image, const std::string& version) {
    const auto wrong = [](const std::string& what) { return fail(ErrorKind::environment, what); };
    TRY_ASSIGN(const auto facts, store::read_image_file(image));
    if (entry.arch != store::host_arch()) {
        return wrong("it is for " + printable(entry.arch));
    }
    if (facts.release != entry.version || !store::is_version_prefix(version, entry.version)) {
        return wrong("it is " + printable(facts.release));
    }
    if (!entry.key.starts_with(entry.version + "-" + entry.arch + "-")) {
        return wrong("its key is " + printable(entry.key));
    }
    return {};
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

std::optional<store::Entry> SharedKernels::take(const std::string& build_id,
                                                const std::string& version) {
    if (!cache_) {
        return std::nullopt;
    }
    auto entry = fetch(build_id, version);
    if (!entry) {
        warn(entry.error());
        return std::nullopt;
    }
    return std::move(*entry);
}

// Its key in the store is known when it is here: it comes under a name of its own first.
Result<std::optional<store::Entry>> SharedKernels::fetch(const std::string& build_id,
                                                         const std::string& version) {
    TRY_ASSIGN(const auto incoming, store::Draft::begin("incoming-" + build_id));
    TRY_ASSIGN(auto fetched, cache_->fetch(key_of(build_id), incoming.directory()));
    say("{}", fetched.transfer.line);
    if (!fetched.entry) {
        return std::optional<store::Entry>{};
    }
    TRY(check(*fetched.entry, incoming.directory() / "image", version),
        "the shared kernel is not what was asked for");
    TRY_ASSIGN(auto draft, store::Draft::begin(fetched.entry->key));
    if (const auto& there = draft.existing()) {
        TRY_ASSIGN(const auto digest, sha256_of_file(incoming.directory() / "image"));
        const auto known = there->digests.find("image");
        if (known == there->digests.end() || known->second != digest) {
            return fail(ErrorKind::environment,
                        "the shared kernel is not the one that the store has as " + there->key);
        }
        return there;
    }
    TRY(move_files(incoming.directory(), draft.directory()));
    TRY_ASSIGN(auto entry, draft.commit(std::move(*fetched.entry)));
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
