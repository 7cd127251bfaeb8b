#include "cargo-ktstr/commands/archive.hpp"

#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/nextest/workspace.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_metadata = std::size_t{256} << 20;

// nextest unpacks before it looks for the workspace: that it fails then is no matter here.
Result<nextest::Workspace> workspace_in(const Wishes& wishes,
                                        const nextest::Environment& environment,
                                        const fs::path& directory) {
    const std::vector<std::string> ours{
        "--list-type", "binaries-only", "--extract-to", directory.string(), "--extract-overwrite"};
    TRY_ASSIGN(const auto listed,
               run_captured({.argv = nextest::list_command(wishes.nextest, ours),
                             .environment = environment.entries()}));
    const auto text =
        read_file(directory / "target" / "nextest" / "cargo-metadata.json", longest_metadata);
    if (!text) { // no archive: nextest says what it is
        return fail(ErrorKind::usage, to_utf8(trim(listed.err)));
    }
    return nextest::parse_workspace(*text);
}

// Runs of the same archives share it, and may run at once: what is there stays, and the link to the
// configuration is put in its place in one step.
Result<fs::path> make_stand_in(const nextest::Workspace& workspace) {
    std::string members = workspace.root.native();
    for (const auto& package : workspace.packages) {
        members += '\n' + package.native();
    }
    const auto root =
        fs::absolute("target") / "ktstr" / ("workspace-" + sha256_of(members).substr(0, 12));
    TRY(nextest::make_stand_in(workspace, root));
    const auto config = fs::absolute(".config");
    std::error_code error;
    if (!fs::exists(config, error)) {
        fs::remove(root / ".config", error); // of a run that had one
        return root;
    }
    const auto link = root / fmt::format(".config-{}", ::getpid());
    fs::create_directory_symlink(config, link, error);
    if (!error) {
        fs::rename(link, root / ".config", error);
    }
    if (error) {
        return fail(ErrorKind::environment, (root / ".config").string() + ": " + error.message());
    }
    return root;
}

} // namespace

Result<std::optional<Archive>> unpack_archive(const Wishes& wishes,
                                              const nextest::Environment& environment) {
    if (!nextest::has_option(wishes.nextest, "archive-file")) {
        return std::nullopt;
    }
    TRY_ASSIGN(auto directory, TempDir::create("ktstr-archive"));
    Archive archive{.directory = std::move(directory), .workspace = {}, .arguments = {}};
    if (const auto remapped = nextest::value_of(wishes.nextest, "workspace-remap")) {
        archive.workspace = fs::absolute(*remapped);
        return archive;
    }
    TRY_ASSIGN(const auto workspace,
               workspace_in(wishes, environment, archive.directory.path()),
               "cannot use the archive");
    archive.workspace = workspace.root;
    std::error_code error;
    if (!fs::exists(workspace.root / "Cargo.toml", error)) {
        TRY_ASSIGN(archive.workspace, make_stand_in(workspace));
        say("the archive's workspace {} is not here: its tests run in an empty one",
            to_utf8(workspace.root.native()));
    }
    archive.arguments = {"--workspace-remap", archive.workspace.string()};
    return archive;
}

} // namespace ktstr::commands
