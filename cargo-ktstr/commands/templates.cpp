#include "cargo-ktstr/commands/templates.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "ktstr-runner/base/cache_dir.hpp"
#include "ktstr-runner/base/columns.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/templates/paths.hpp"
#include "ktstr-runner/templates/store.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace ktstr::commands {

namespace {

using templates::Listed;
using Words = std::span<const std::string>;

constexpr cli::Example templates_examples[] = {
    {"What there is, last used first:", "templates list" },
    {"Without them, tests boot:",       "templates clean"},
};

constexpr cli::Option list_options[] = {
    {.heading = "Output", .name = "json", .help = "Print JSON."},
};

constexpr cli::Example list_examples[] = {
    {"Each template with its machine and size:", "templates list"                                         },
    {"How much of the disk they take:",          "templates list --json | jq '[.templates[].bytes] | add'"},
};

const cli::Spec list_spec{
    .name = "templates list",
    .usage = "[OPTIONS]",
    .about = "Shows the templates: machines that were saved when they had booted, so that a test "
             "costs a restore. "
             "Damaged ones are named; the next test makes them anew.",
    .options = list_options,
    .examples = list_examples,
};

constexpr cli::Option clean_options[] = {
    {.heading = "How many",
     .name = "keep",
     .value = "SIZE",
     .help = "Remove no more than it takes to get below this size, those first that were not used "
             "for the longest time.", .fallback = "0"},
};

constexpr cli::Example clean_examples[] = {
    {"All that no test uses now:",     "templates clean"          },
    {"No more than these take 2 GiB:", "templates clean --keep 2G"},
};

const cli::Spec clean_spec{
    .name = "templates clean",
    .usage = "[OPTIONS]",
    .about = "Removes templates, but none that a test uses at this moment.",
    .options = clean_options,
    .examples = clean_examples,
};

Result<templates::Store> open_store() {
    TRY_ASSIGN(const auto cache, cache_dir());
    return templates::Store::open(templates::root_in(cache));
}

std::string age(std::int64_t used_at) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return human_age(std::chrono::duration_cast<std::chrono::seconds>(now) -
                     std::chrono::seconds(used_at));
}

// Of a command that may be a whole script.
std::string first_line(const std::string& text) {
    constexpr std::size_t most = 40;
    const auto command = std::string(trim(text));
    const auto line = command.substr(0, std::min(command.find('\n'), most));
    return to_utf8(line.size() == command.size() ? line : line + "...");
}

std::string table(const std::vector<Listed>& listed) {
    std::vector<std::vector<std::string>> rows{
        {"KEY", "KERNEL", "TOPOLOGY", "MEMORY", "SIZE", "USED", "SETUP"}
    };
    for (const auto& one : listed) {
        const auto meta = one.meta.value_or(
            templates::Meta{.kernel = {}, .kernel_release = "damaged: " + one.damage});
        rows.push_back({one.key.substr(0, 12),
                        meta.kernel_release,
                        meta.topology,
                        human_bytes(meta.memory),
                        human_bytes(one.bytes),
                        age(one.used_at),
                        meta.setup.empty() ? "-" : first_line(meta.setup)});
    }
    return listed.empty() ? std::string("There are no templates; the next test makes one.\n")
                          : columns(rows);
}

std::string json(const std::vector<Listed>& listed) {
    auto all = Json::array();
    for (const auto& one : listed) {
        const auto meta = one.meta.value_or(templates::Meta{});
        all.push_back({
            {"key",            one.key                     },
            {"damage",         to_utf8(one.damage)         },
            {"machine",        to_utf8(meta.machine)       },
            {"kernel",         to_utf8(meta.kernel)        },
            {"kernel_release", to_utf8(meta.kernel_release)},
            {"topology",       meta.topology               },
            {"memory",         meta.memory                 },
            {"setup",          to_utf8(meta.setup)         },
            {"bytes",          one.bytes                   },
            {"made_at",        meta.made_at                },
            {"used_at",        one.used_at                 }
        });
    }
    return print_json(
               {
                   {"schema",    1  },
                   {"templates", all}
    },
               1) +
           "\n";
}

Result<int> list(Words words) {
    TRY_ASSIGN(const auto arguments, cli::parse(list_spec, words));
    TRY_ASSIGN(const auto store, open_store());
    TRY_ASSIGN(const auto listed, store.list());
    TRY(write_all(STDOUT_FILENO, arguments.has("json") ? json(listed) : table(listed)));
    const bool whole =
        std::ranges::all_of(listed, [](const Listed& one) { return one.meta.has_value(); });
    return static_cast<int>(whole ? ExitCode::ok : ExitCode::failed);
}

Result<int> clean(Words words) {
    TRY_ASSIGN(const auto arguments, cli::parse(clean_spec, words));
    const auto text = arguments.value("keep").value_or("0");
    const auto keep = parse_size(text, 1ULL << 20);
    if (!keep) {
        return fail(ErrorKind::usage, "--keep `" + to_utf8(text) + "` is not a size such as 2G");
    }
    TRY_ASSIGN(const auto store, open_store());
    const auto freed = store.clean(*keep);
    TRY_ASSIGN(const auto left, store.list());
    say("{} freed, {} templates left", human_bytes(freed), left.size());
    return 0;
}

constexpr cli::Command commands[] = {
    {.name = "list",
     .group = "Commands",
     .summary = "Show the templates",
     .spec = &list_spec,
     .run = list },
    {.name = "clean",
     .group = "Commands",
     .summary = "Remove templates",
     .spec = &clean_spec,
     .run = clean},
};

} // namespace

const cli::Spec templates_spec{
    .name = "templates",
    .usage = "COMMAND",
    .about = "Shows and removes saved machines. They are made and found by the tests themselves; "
             "KTSTR_TEMPLATES=0 or --cold "
             "boots instead.",
    .examples = templates_examples,
};

std::span<const cli::Command> templates_commands() {
    return commands;
}

} // namespace ktstr::commands
