#include "cargo-ktstr/commands/listing.hpp"

#include "cargo-ktstr/commands/companion.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/nextest/config_files.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/config/env_keys.hpp"

#include <algorithm>

namespace ktstr::commands {

namespace {

// With nothing that chooses among tests the plan knows by itself what nextest would say of the
// gauntlet's, and their names would be a hundred thousand.
bool chooses_tests(const Wishes& wishes) {
    return wishes.shard || nextest::choose_tests(wishes.nextest) ||
           nextest::choose_tests(nextest::config_files(wishes.nextest, workspace_of(wishes)));
}

} // namespace

Result<Listing> list_tests(Wishes& wishes, nextest::Environment& environment, bool with_gauntlet) {
    TRY(put_listing(environment, wishes));
    TRY_ASSIGN(const auto runner, companion("ktstr-runner"));
    TRY_ASSIGN(auto platforms, triples(wishes.nextest, environment));
    auto setting = nextest::runner_setting(runner, platforms);
    put_runner(environment, setting);
    if (wishes.shard) {
        setting.arguments.insert(setting.arguments.end(),
                                 {"--partition", wishes.shard->partition()});
    }
    TRY_ASSIGN(auto archive, unpack_archive(wishes, environment));
    auto of_list = setting.arguments;
    if (archive) {
        wishes.workspace = archive->workspace;
        setting.arguments.insert(
            setting.arguments.end(), archive->arguments.begin(), archive->arguments.end());
        of_list = setting.arguments;
        of_list.insert(of_list.end(),
                       {"--extract-to", archive->directory.path().string(), "--extract-overwrite"});
    }
    const bool has_gauntlet = with_gauntlet || chooses_tests(wishes);
    auto for_list = environment;
    for_list.set(config::gauntlet_listed_variable, has_gauntlet ? "1" : "0");
    TRY_ASSIGN(const auto answer,
               nextest::run_list(nextest::list_command(wishes.nextest, of_list), for_list),
               "cannot list the tests");
    Listing listing{.exit_code = answer.status.shell_code(),
                    .list = {},
                    .has_gauntlet = has_gauntlet,
                    .arguments = {},
                    .archive = std::move(archive)};
    if (!answer.status.success()) {
        constexpr int version_is_too_old = 92; // nextest-metadata, REQUIRED_VERSION_NOT_MET
        if (listing.exit_code == version_is_too_old) {
            say("nextest is older than a configuration wants it: `cargo nextest self update`, or "
                "--override-version-check (see `cargo ktstr doctor`)");
        }
        return listing;
    }
    TRY_ASSIGN(listing.list, nextest::parse_test_list(answer.out));
    listing.arguments = setting.arguments;
    // A target named in a .cargo/config.toml shows in the listing only.
    std::erase_if(listing.list.target_triples, [&](const auto& triple) {
        return std::ranges::find(platforms, triple) != platforms.end();
    });
    if (!listing.list.target_triples.empty()) {
        const auto more = nextest::runner_setting(runner, listing.list.target_triples);
        put_runner(environment, more);
        listing.arguments.insert(
            listing.arguments.end(), more.arguments.begin(), more.arguments.end());
    }
    return listing;
}

} // namespace ktstr::commands
