#include "cargo-ktstr/make/make_kernel.hpp"

#include "cargo-ktstr/fetch/git_source.hpp"
#include "cargo-ktstr/fetch/source.hpp"
#include "cargo-ktstr/kernels/build_id.hpp"
#include "cargo-ktstr/kernels/deb.hpp"
#include "cargo-ktstr/net/redact.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/store/remembered.hpp"
#include "ktstr-runner/store/version.hpp"

#include <fmt/format.h>

#include <utility>

namespace ktstr::make {

namespace {

namespace fs = std::filesystem;
using kernels::Made;

// What every kernel of a repository is to have; the guide's workflow has it in the key of its
// cache.
constexpr const char* workspace_kconfig = "ktstr.kconfig";

} // namespace

Result<KernelMaker> KernelMaker::create(kernels::BuildRequest request, Progress& progress) {
    std::error_code ignored;
    if (request.packages.empty() && fs::exists(workspace_kconfig, ignored)) {
        say("with the settings of ./{}", workspace_kconfig);
        request.extra_kconfig.insert(request.extra_kconfig.begin(), workspace_kconfig);
    }
    TRY_ASSIGN(auto mirror, fetch::Mirror::from_environment());
    TRY_ASSIGN(auto sources, fetch::SourceCache::open());
    TRY_ASSIGN(auto shared, SharedKernels::from_environment());
    fetch::Catalog catalog(std::move(mirror), request.verify);
    return KernelMaker(
        std::move(request), std::move(catalog), std::move(sources), std::move(shared), progress);
}

Result<> KernelMaker::make_all(const OnMade& on_made) {
    if (!request_.packages.empty()) {
        TRY_ASSIGN(const auto made, kernels::import_debs({.packages = request_.packages}));
        return on_made(made);
    }
    if (request_.specs.empty()) {
        TRY_ASSIGN(const auto made, newest());
        return on_made(made);
    }
    for (const auto& spec : request_.specs) {
        TRY(make(spec, on_made), "cannot make the kernel `" + to_utf8(spec) + "`");
    }
    return {};
}

Result<> KernelMaker::make(const std::string& spec, const OnMade& on_made) {
    TRY_ASSIGN(const auto form, store::parse_kernel_spec(spec));
    if (const auto* ends = std::get_if<store::RangeSpec>(&form)) {
        return range(ends->first, ends->last, on_made);
    }
    auto made = Result<Made>(Made{});
    if (const auto* number = std::get_if<store::VersionSpec>(&form)) {
        made = version(number->version);
    } else if (std::get_if<store::GitSpec>(&form) != nullptr) {
        made = git(spec);
    } else if (const auto* place = std::get_if<store::PathSpec>(&form)) {
        made = tree(place->path);
    } else {
        TRY_ASSIGN(auto entry, store::resolve(spec)); // a key: it is there or cannot be
        made = Made{.entry = std::move(entry), .was_there = true};
    }
    return made ? on_made(*made) : fail(std::move(made).error());
}

Result<Made> KernelMaker::newest() {
    auto version = catalog_.newest();
    return version ? release(*version) : offline_release("", std::move(version).error());
}

// "6.14" is the newest of the series; all else is one release.
Result<Made> KernelMaker::version(const std::string& text) {
    if (auto series = fetch::Series::parse(text)) {
        auto version = catalog_.newest_in_series(*series);
        return version ? release(*version) : offline_release(text, std::move(version).error());
    }
    TRY_ASSIGN(const auto version, fetch::Version::parse(text));
    return release(version);
}

Result<>
KernelMaker::range(const std::string& first, const std::string& last, const OnMade& on_made) {
    TRY_ASSIGN(const auto range, series_range(catalog_, {.first = first, .last = last}));
    if (!range.missing.empty()) {
        say("{}..{}: there is no {}", first, last, series_text(range.missing));
    }
    for (const auto& version : range.chosen) {
        TRY_ASSIGN(const auto made, release(version), "linux " + version.text());
        TRY(on_made(made));
    }
    return {};
}

Result<Made> KernelMaker::release(const fetch::Version& version) {
    const bool unverified = request_.verify == store::Verify::no;
    Remote source;
    source.provenance.kind = unverified ? store::unverified_source : "tarball";
    source.provenance.words = fetch::Mirror::tarball_name(version) + catalog_.distrust();
    source.provenance.identity = release_identity(version.text());
    source.version = version.text();
    source.fetch = [&] { return fetch::source_tree(version, sources_, catalog_, *progress_); };
    return remote(source);
}

std::string KernelMaker::release_identity(const std::string& version) const {
    return "kernel.org " + version + catalog_.distrust();
}

Result<Made> KernelMaker::git(const std::string& text) {
    TRY_ASSIGN(const auto spec, fetch::parse_git_spec(text));
    progress_->step("asking " + net::redacted(spec.url) + " for " + spec.ref + " ...");
    // What was made of it last by this recipe, for when nobody answers.
    TRY_ASSIGN(const auto last, kernels::build_id("last of " + text, request_));
    auto wanted = fetch::git_commit(spec, sources_, *progress_);
    if (!wanted) {
        return offline(store::remembered(last), std::move(wanted).error());
    }
    constexpr std::size_t shown = 12;
    Remote source;
    source.provenance.kind = "git";
    source.provenance.words = text + " at " + wanted->commit.substr(0, shown);
    source.provenance.identity = "git " + wanted->commit;
    source.fetch = [&] { return fetch::git_tree(spec, *wanted, sources_, *progress_); };
    auto made = remote(source);
    if (made) {
        TRY(store::remember(text, made->entry.key));
        TRY(store::remember(last, made->entry.key));
    }
    return made;
}

Result<Made> KernelMaker::tree(const fs::path& path) {
    return kernels::build_kernel(options(path), *progress_);
}

kernels::BuildOptions KernelMaker::options(const fs::path& tree) const {
    return {.source = tree,
            .base = request_.base,
            .extra_kconfig = request_.extra_kconfig,
            .jobs = request_.jobs,
            .cpu_cap = request_.cpu_cap};
}

Result<Made> KernelMaker::remote(const Remote& remote) {
    TRY_ASSIGN(const auto id, kernels::build_id(remote.provenance.identity, request_));
    const auto there = [&]() -> Result<std::optional<Made>> {
        TRY_ASSIGN(auto entry, store::remembered(id));
        return entry ? std::optional(Made{.entry = std::move(*entry), .was_there = true})
                     : std::nullopt;
    };
    TRY_ASSIGN(auto made, there());
    if (made) {
        return std::move(*made);
    }
    const auto& from = remote.provenance;
    TRY_ASSIGN(const auto alone,
               sources_.lock("build-" + sha256_of(from.identity).substr(0, 12),
                             "making a kernel of " + from.words,
                             *progress_));
    TRY_ASSIGN(made, there()); // by the one that was waited for
    if (made) {
        return std::move(*made);
    }
    auto result = Result<Made>(Made{});
    if (auto entry = shared_.take(id, remote.version)) {
        result = Made{.entry = std::move(*entry), .was_there = true};
    } else {
        result = fetch_and_build(remote, id);
    }
    if (result) {
        TRY(store::remember(id, result->entry.key));
    }
    return result;
}

// The sources go once their kernel is there: at one blow, so that nobody takes a part for the
// whole.
Result<Made> KernelMaker::fetch_and_build(const Remote& remote, const std::string& id) {
    TRY_ASSIGN(const auto tree, remote.fetch());
    TRY_ASSIGN(const auto held, sources_.hold(tree));
    auto options = this->options(tree);
    options.provenance = remote.provenance;
    TRY_ASSIGN(auto built, kernels::build_kernel(options, *progress_));
    shared_.give(id, built.entry);
    const auto root = sources_.directory().parent_path();
    cache::remove_aside(root, kernels::build_directory(root, tree));
    cache::remove_aside(root, tree);
    return built;
}

// The newest that the store has of this recipe: nobody can be asked whether there is a newer one.
Result<Made> KernelMaker::offline_release(const std::string& prefix, Error why) {
    if (catalog_.answered()) {
        return fail(std::move(why));
    }
    TRY_ASSIGN(const auto listing, store::list());
    std::optional<store::Entry> best;
    for (const auto& entry : listing.entries) {
        // "6.14.9" of "6.14.9-ktstr"
        const auto text = entry.version.substr(0, entry.version.find("-ktstr"));
        if ((!prefix.empty() && !store::is_version_prefix(prefix, text)) ||
            (best && store::compare_versions(entry.version, best->version) <= 0)) {
            continue;
        }
        TRY_ASSIGN(const auto id, kernels::build_id(release_identity(text), request_));
        TRY_ASSIGN(auto made, store::remembered(id));
        if (made) {
            best = std::move(made);
        }
    }
    return offline(std::move(best), std::move(why));
}

Result<Made> KernelMaker::offline(Result<std::optional<store::Entry>> last, Error why) {
    TRY(last);
    if (!*last || why.kind() != ErrorKind::environment) {
        return fail(std::move(why));
    }
    say("{}; the newest in the store is used", why.one_line());
    return Made{.entry = std::move(**last), .was_there = true};
}

Result<fetch::Range> series_range(fetch::Catalog& catalog, const store::RangeSpec& ends) {
    TRY_ASSIGN(const auto first, fetch::Series::parse(store::series_of(ends.first)));
    TRY_ASSIGN(const auto last, fetch::Series::parse(store::series_of(ends.last)));
    return catalog.range(first, last);
}

std::string series_text(const std::vector<fetch::Series>& series) {
    std::vector<std::string> words;
    for (const auto& one : series) {
        words.push_back(one.text());
    }
    return join(words, ", ");
}

} // namespace ktstr::make
