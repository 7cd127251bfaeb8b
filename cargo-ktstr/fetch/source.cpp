#include "cargo-ktstr/fetch/source.hpp"

#include "cargo-ktstr/fetch/source_archive.hpp"
#include "cargo-ktstr/net/download.hpp"
#include "cargo-ktstr/net/redact.hpp"
#include "cargo-ktstr/net/transfer_progress.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

namespace ktstr::fetch {

namespace {

namespace fs = std::filesystem;

// linux-7.0.tar.xz has 150 MiB.
constexpr std::uint64_t most_tarball_bytes = std::uint64_t{1} << 30;

Error unsigned_candidate(const Version& version) {
    return Error(ErrorKind::usage,
                 fmt::format("{} is a release candidate, and their tarballs are not signed",
                             version.text()))
        .hint(fmt::format(
            "take it from git: `git+https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/"
            "linux.git#v{}`, or go without verification: --no-verify",
            version.text()));
}

Result<> fetch_tarball(const std::string& url,
                       const fs::path& into,
                       const net::RetryPolicy& retry,
                       Progress& progress) {
    const auto name = into.filename().string();
    progress.step(fmt::format("fetching {} from {}", name, net::redacted(url)));
    net::TransferRate rate;
    TRY_ASSIGN(const auto got,
               net::download({
                   .url = url,
                   .into = into,
                   .most_bytes = most_tarball_bytes,
                   .on_progress =
                       [&](const net::Transferred& now) {
                           rate.add(now.bytes, Clock::now());
                           progress.update(
                               name + ": " +
                               net::transfer_text(now.bytes, now.total, rate.bytes_per_second()));
                       },
                   .on_note = [&](const std::string& line) { progress.note(line); },
                   .retry = retry,
               }));
    if (!got) {
        return fail(
            Error(ErrorKind::environment, net::redacted(url) + " does not exist")
                .hint("it should: try again later, or another mirror with KTSTR_KERNEL_MIRROR"));
    }
    if (got->attempts > 0) {
        progress.note(fmt::format("fetched {}: {} in {}{}",
                                  name,
                                  human_bytes(got->bytes),
                                  human_time(got->took),
                                  got->resumed_from == 0
                                      ? std::string()
                                      : ", of which " + human_bytes(got->resumed_from) +
                                            " were there from before"));
    }
    return {};
}

Result<> unpack_tarball(const fs::path& tarball,
                        const std::optional<std::string>& sha256,
                        const fs::path& into,
                        Progress& progress) {
    std::error_code error;
    const auto size = fs::file_size(tarball, error);
    progress.step("unpacking " + tarball.filename().string());
    TRY_ASSIGN(const auto done,
               unpack_source({
                   .archive = tarball,
                   .sha256 = sha256,
                   .into = into,
                   .on_progress =
                       [&](std::uint64_t bytes) {
                           progress.update(fmt::format("unpacking {}: {} %",
                                                       tarball.filename().string(),
                                                       size == 0 ? 0 : bytes * 100 / size));
                       },
               }));
    progress.note(fmt::format("unpacked {} files, {}, in {}{}",
                              done.files,
                              human_bytes(done.bytes),
                              human_time(progress.elapsed()),
                              sha256 ? "; their signed checksum is right" : "; NOT verified"));
    return {};
}

} // namespace

Result<fs::path> source_tree(const Version& version,
                             const SourceCache& cache,
                             Catalog& catalog,
                             Progress& progress) {
    if (version.is_candidate() && catalog.verify() == Verify::yes) {
        return fail(unsigned_candidate(version));
    }
    const auto name = "linux-" + version.text() + catalog.distrust();
    return cache.tree(name, progress, [&](const fs::path& into) -> Result<> {
        TRY_ASSIGN(const auto sha256, catalog.sha256(version));
        const auto tarball = cache.directory() / Mirror::tarball_name(version);
        // Drafts of AtomicFile, which a killed download leaves.
        cache.remove("." + tarball.filename().string());
        TRY(fetch_tarball(catalog.mirror().tarball(version), tarball, catalog.retry(), progress));
        const auto unpacked = unpack_tarball(tarball, sha256, into, progress);
        // A tarball that is right stays when the disk was full, say; another one is fetched anew.
        const bool right = sha256 && sha256_of_file(tarball).value_or("") == *sha256;
        if (unpacked || !right) {
            std::error_code error;
            fs::remove(tarball, error);
        }
        return unpacked;
    });
}

} // namespace ktstr::fetch
