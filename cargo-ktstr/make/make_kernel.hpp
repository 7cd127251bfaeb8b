// From what was asked for to entries of the store: resolve, look whether it is there, fetch, build.
#pragma once

#include "cargo-ktstr/fetch/catalog.hpp"
#include "cargo-ktstr/fetch/git_refs.hpp"
#include "cargo-ktstr/fetch/source_cache.hpp"
#include "cargo-ktstr/kernels/build.hpp"
#include "cargo-ktstr/kernels/made.hpp"
#include "cargo-ktstr/kernels/request.hpp"
#include "cargo-ktstr/make/shared_kernels.hpp"
#include "ktstr-runner/base/progress.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ktstr::make {

class KernelMaker final {
public:
    // Opens the store, which must be there to write to.
    static Result<KernelMaker> create(kernels::BuildRequest request, Progress& progress);

    // What the request asks for, in its order; each is handed on as soon as it is there.
    Result<> make_all(const std::function<Result<>(const kernels::Made&)>& on_made);

private:
    KernelMaker(kernels::BuildRequest request,
                fetch::Catalog catalog,
                fetch::SourceCache sources,
                SharedKernels shared,
                Progress& progress)
        : request_(std::move(request)), catalog_(std::move(catalog)), sources_(std::move(sources)),
          shared_(std::move(shared)), progress_(&progress) {}

    using OnMade = std::function<Result<>(const kernels::Made&)>;

    Result<> make(const std::string& spec, const OnMade& on_made);

    Result<kernels::Made> newest();
    Result<kernels::Made> version(const std::string& text);
    Result<> range(const std::string& first, const std::string& last, const OnMade& on_made);
    Result<kernels::Made> git(const std::string& spec);
    Result<kernels::Made> tree(const std::filesystem::path& path);

    Result<kernels::Made> release(const fetch::Version& version);

    // What is known of a release before its sources are here.
    std::string release_identity(const std::string& version) const;

    // A source that is known before it is here: made once however many ask, and its sources are
    // removed once its kernel is in the store.
    struct Remote {
        kernels::Provenance provenance;
        std::string version;                                  // that the kernel's begins with
        std::function<Result<std::filesystem::path>()> fetch; // its tree
    };

    Result<kernels::Made> remote(const Remote& remote);
    Result<kernels::Made> fetch_and_build(const Remote& remote, const std::string& build_id);

    // Nobody can be asked: what the store has, which is said; else `why`.
    Result<kernels::Made> offline_release(const std::string& prefix, Error why);
    static Result<kernels::Made> offline(Result<std::optional<store::Entry>> last, Error why);

    kernels::BuildOptions options(const std::filesystem::path& tree) const;

    kernels::BuildRequest request_;
    fetch::Catalog catalog_;
    fetch::SourceCache sources_;
    SharedKernels shared_;
    Progress* progress_;
};

// The newest release of each series from first's to last's.
Result<fetch::Range> series_range(fetch::Catalog& catalog, const store::RangeSpec& ends);

// "6.12, 6.13"
std::string series_text(const std::vector<fetch::Series>& series);

} // namespace ktstr::make
