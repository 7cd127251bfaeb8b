#include "cargo-ktstr/commands/locks.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "ktstr-runner/base/columns.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/lock_directory.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace ktstr::commands {

namespace {

using host::LeaseHolder;

constexpr cli::Option lock_options[] = {
    {.heading = "Output", .name = "json", .help = "Print JSON."},
};

constexpr cli::Example lock_examples[] = {
    {"Why a performance test waits:",              "locks"                               },
    {"The processes that have CPUs of their own:", "locks --json | jq '.exclusive[].pid'"},
};

std::string lease_age(std::int64_t since) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::system_clock::now().time_since_epoch());
    return human_age(std::max(now - std::chrono::seconds(since), std::chrono::seconds{0}));
}

std::string what_it_has(const LeaseHolder& holder) {
    const auto& note = holder.note;
    switch (holder.kind) {
    case host::LeaseKind::waiting:
        return note.vcpus == 0 ? std::string("wants a share")
                               : fmt::format("wants {} in whole LLCs", note.vcpus);
    case host::LeaseKind::exclusive:
        return fmt::format("{} and {}{}",
                           host::cpu_list_text(note.cpus),
                           note.housekeeping.value_or(0),
                           note.clearing ? ", when its sharers are gone" : "");
    case host::LeaseKind::shared:
        return note.cpus.empty() ? "all" : host::cpu_list_text(note.cpus);
    }
    return {};
}

Json holders_json(std::span<const LeaseHolder> holders) {
    auto all = Json::array();
    for (const auto& one : holders) {
        const auto& note = one.note;
        Json json{
            {"pid",   note.pid          },
            {"test",  to_utf8(note.test)},
            {"since", note.since        },
        };
        if (one.kind == host::LeaseKind::waiting) {
            json["vcpus"] = note.vcpus;
        } else {
            json["llcs"] = note.llcs;
            json["cpus"] = note.cpus;
        }
        if (one.kind == host::LeaseKind::exclusive) {
            json["housekeeping"] = note.housekeeping.value_or(0);
            json["clearing"] = note.clearing;
        }
        all.push_back(std::move(json));
    }
    return all;
}

} // namespace

const cli::Spec locks_spec{
    .name = "locks",
    .usage = "[OPTIONS]",
    .about = "Shows who has CPUs of this host for himself (tests with performance_mode), who "
             "shares the rest, and who waits, in the order in which they will be served. It is "
             "what the runners of this user wrote into KTSTR_LOCK_DIR, else "
             "$XDG_RUNTIME_DIR/ktstr, else /tmp/ktstr-UID.",
    .options = lock_options,
    .examples = lock_examples,
};

std::string locks_table(const host::Leases& leases) {
    std::vector<std::vector<std::string>> rows{
        {"STATE", "PID", "TEST", "SINCE", "CPUS"}
    };
    for (const auto* holders : {&leases.exclusive, &leases.shared, &leases.waiting}) {
        for (const auto& one : *holders) {
            rows.push_back({std::string(host::name(one.kind)),
                            std::to_string(one.note.pid),
                            printable(one.note.test),
                            lease_age(one.note.since),
                            what_it_has(one)});
        }
    }
    return rows.size() == 1 ? std::string("Nobody has a lease of this host's CPUs.\n")
                            : columns(rows);
}

std::string locks_json(const std::string& directory, const host::Leases& leases) {
    return print_json(
               {
                   {"schema",    1                             },
                   {"directory", to_utf8(directory)            },
                   {"exclusive", holders_json(leases.exclusive)},
                   {"shared",    holders_json(leases.shared)   },
                   {"waiting",   holders_json(leases.waiting)  },
    },
               1) +
           "\n";
}

Result<int> locks_command(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(locks_spec, words));
    const auto directory = host::lock_directory(host::LockPlaces::of_this_process());
    TRY_ASSIGN(const auto leases, host::look_at_leases(directory));
    TRY(write_all(STDOUT_FILENO,
                  arguments.has("json") ? locks_json(directory.string(), leases)
                                        : locks_table(leases)));
    return 0;
}

} // namespace ktstr::commands
