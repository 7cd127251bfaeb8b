#include "ktstr-runner/config/env_keys.hpp"

#include "ktstr-runner/base/machine_name.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/config_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace ktstr::config {

namespace {

constexpr std::string_view prefix = "KTSTR_";

constexpr std::array variables{
    EnvKey{"KTSTR_KERNEL",          "kernel spec",                    "kernel for every test, over `kernel` in ktstr.toml"                               },
    EnvKey{"KTSTR_KERNELS",
           "`LABEL=KERNEL` lines",                                    "the kernels of a run that has several; `cargo ktstr test` sets it"                },
    EnvKey{"KTSTR_TOPOLOGY",
           "`{n}n{l}l{c}c{t}t` or a number of CPUs",                  "topology for every test, over ktstr.toml"                                         },
    EnvKey{"KTSTR_MEMORY",
           "size such as `512M` (MiB without a unit)",                "memory for every test, over ktstr.toml"                                           },
    EnvKey{"KTSTR_MACHINE",
           "`auto`, `kvm`, `qemu`, `qemu-kvm`, `qemu-tcg` or `det`",  "what runs the machine, over ktstr.toml"                                           },
    EnvKey{"KTSTR_SEED",
           "whole number",                                            "what all that is random in a deterministic machine comes of, and what it varies there, "
           "instead of one of the test's name, which varies nothing"                                                           },
    EnvKey{"KTSTR_CHECK",
           "`1` or `0`",                                              "`1` runs each test twice on the deterministic machine, and one whose runs differ "
           "fails; `cargo ktstr test --check` sets it"                                                                           },
    EnvKey{"KTSTR_TRACE",
           "`sched`",                                                 "writes what a deterministic machine did in scheduling beside the sidecar, as a file "
           "that Perfetto opens"                                                                                                    },
    EnvKey{"KTSTR_STOP_AT",
           "`BEGIN+NS`",                                              "stops a deterministic machine at that guest time, of a job that began when its clock "
           "stood at BEGIN; `cargo ktstr replay --until` sets it"                                                                },
    EnvKey{"KTSTR_GDB",             "`1` or `0`",                     "`1` lets gdb in there; `cargo ktstr replay --gdb` sets it"                        },
    EnvKey{"KTSTR_FORKS",
           "`1` or `0`",                                              "`0` restores each machine, none is a fork of one that was kept"                   },
    EnvKey{"KTSTR_RUN_OWNER",
           "process id",                                              "keeps machines for later forks of them until that process ends; without it nextest, in "
           "its runs"                                                                                                            },
    EnvKey{"KTSTR_TEMPLATES",       "`1` or `0`",                     "`0` boots every machine afresh"                                                   },
    EnvKey{
           "KTSTR_TEMPLATES_MAX",   "size such as `8G`",              "how much of the disk saved machines may take"                                     },
    EnvKey{"KTSTR_CACHE_DIR",
           "directory",                                               "where kernels are kept, instead of `$XDG_CACHE_HOME/ktstr`"                       },
    EnvKey{"KTSTR_KERNELS_MAX",
           "size such as `8G`",                                       "how much of the disk kernels may take; more are removed when one is made, those first "
           "that were not used for the longest time"                                                                      },
    EnvKey{"KTSTR_KERNEL_MIRROR",
           "http or https URL",                                       "where kernel.org's releases.json and pub/ are, instead of kernel.org"             },
    EnvKey{"KTSTR_KERNEL_KEYRING",
           "file",                                                    "public keys, with that of the mirror's signer of checksums"                       },
    EnvKey{"KTSTR_KERNEL_SIGNER",
           "40 hex digits",                                           "fingerprint of the key that signs the mirror's checksums, instead of kernel.org's"},
    EnvKey{"KTSTR_GHA_CACHE",       "`1` or `0`",                     "`1` shares kernels by the cache of GitHub Actions"                                },
    EnvKey{"KTSTR_RUN_DIR",
           "directory",                                               "where the results of this run go; `cargo ktstr test` sets it"                     },
    EnvKey{"KTSTR_NEXTEST_CONFIG",
           "absolute paths, `:` between them",                        "the configuration files that nextest has, in its order, instead of the workspace's; "
           "`cargo ktstr test` sets it"                                                                    },
    EnvKey{"KTSTR_GAUNTLET",
           "`1` or `0`",                                              "`1` runs the variants of the gauntlet, which are ignored tests otherwise"         },
    EnvKey{
           "KTSTR_GAUNTLET_LISTED", "`1` or `0`",
           "`0` leaves the gauntlet out of listings; `cargo ktstr test` sets it for one of its own"                                                      },
    EnvKey{
           "KTSTR_OVERCOMMIT",      "number from 1 to 255",
           "how many vCPUs a variant of the gauntlet may have for each CPU of the host; 8 by default"                                                    },
    EnvKey{"KTSTR_BUDGET_SECS",
           "number of seconds such as `300`",                         "how long the run may take; what covers most in that time is chosen"               },
    EnvKey{"KTSTR_BUDGET_SEED",
           "whole number",                                            "what fills the rest of a budget's time; 0 by default"                             },
    EnvKey{
           "KTSTR_BUDGET_END",      "nanoseconds",
           "when a budget's time is over, on the monotonic clock: no test begins later; `cargo ktstr "
        "test` sets it"                                                                                                                                  },
    EnvKey{"KTSTR_SELECTION",
           "file of `BINARY_ID NAME` lines",                          "the tests that a budget has chosen; `cargo ktstr test` sets it"                   },
    EnvKey{"KTSTR_RESERVE",
           "file of `MS BINARY_ID NAME` lines",                       "the tests that begin when those leave time of the budget, with what they are expected "
           "to take; `cargo ktstr test` sets it"                                                          },
    EnvKey{"KTSTR_TELL_START",
           "file",                                                    "where the runner of a test writes how it was started, instead of running it; `cargo "
           "ktstr explore` sets it"                                                                                                    },
    EnvKey{
           "KTSTR_SCHEDULER",       "file",
           "the program of every scheduler that tests declare by its name, instead of looking for it"                                                    },
    EnvKey{
           "KTSTR_BUILD_DIR",       "path, from the top of the tree",
           "the CMake build directory, such as `build/release`, that `cargo install` of ktstr goes on "
        "with; no program reads it"                                                                                                                      },
    EnvKey{"KTSTR_NO_PERF_MODE",
           "`1` or `0`",                                              "`1` skips tests with `performance_mode`, which need host CPUs for themselves"     },
    EnvKey{"KTSTR_LOCK_DIR",
           "directory",                                               "where this host's CPU leases are kept, instead of `$XDG_RUNTIME_DIR/ktstr` or "
           "`/tmp/ktstr-UID`"                                                                                                     },
    EnvKey{"KTSTR_LOG",             "`quiet`, `normal` or `verbose`", "how much is said on stderr"                                                       },
};

// The last one wins, as with getenv after setenv; a process has one of each name in any case.
std::optional<std::string_view> value_of(std::span<const std::string> environment,
                                         std::string_view name) {
    std::optional<std::string_view> out;
    for (const std::string_view entry : environment) {
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) {
            out = entry.substr(name.size() + 1);
        }
    }
    return out;
}

Result<> apply_topology(std::string_view value, TestSettings& settings) {
    TRY_ASSIGN(settings.topology, Topology::parse(value), "KTSTR_TOPOLOGY");
    return {};
}

Result<> apply_memory(std::string_view value, TestSettings& settings) {
    const auto bytes = parse_size(value, 1ULL << 20);
    if (!bytes) {
        return fail(ErrorKind::usage,
                    fmt::format("KTSTR_MEMORY: \"{}\" is not a size such as 512M or 1G", value));
    }
    TRY_ASSIGN(settings.memory, checked_memory(*bytes, "KTSTR_MEMORY"));
    return {};
}

Result<> apply_kernel(std::string_view value, TestSettings& settings) {
    settings.kernel = value;
    return {};
}

Result<> apply_machine(std::string_view value, TestSettings& settings) {
    TRY(parse_machine_name(value), "KTSTR_MACHINE");
    if (settings.deterministic && names_another_than_det(value)) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("the test is deterministic, and KTSTR_MACHINE is {}", value))
                        .hint("take KTSTR_MACHINE or --machine away, or leave the test out by a "
                              "filter"));
    }
    if (!settings.deterministic) {
        settings.machine = value;
    }
    return {};
}

Result<bool> zero_or_one(std::string_view name, std::string_view value) {
    if (value != "0" && value != "1") {
        return fail(ErrorKind::usage, fmt::format("{}: \"{}\" is neither 0 nor 1", name, value));
    }
    return value == "1";
}

Result<> apply_templates(std::string_view value, TestSettings& settings) {
    TRY_ASSIGN(settings.templates, zero_or_one("KTSTR_TEMPLATES", value));
    return {};
}

Result<> apply_check(std::string_view value, TestSettings& settings) {
    TRY_ASSIGN(settings.check, zero_or_one("KTSTR_CHECK", value));
    return {};
}

Result<> apply_forks(std::string_view value, TestSettings& settings) {
    TRY_ASSIGN(settings.forks, zero_or_one("KTSTR_FORKS", value));
    return {};
}

Result<> apply_no_perf_mode(std::string_view value, TestSettings& settings) {
    TRY_ASSIGN(settings.no_perf_mode, zero_or_one("KTSTR_NO_PERF_MODE", value));
    return {};
}

Result<> apply_run_owner(std::string_view value, TestSettings& settings) {
    const auto pid = parse_u64(value);
    if (!pid || *pid < 2 || *pid > std::numeric_limits<int>::max()) {
        return fail(ErrorKind::usage,
                    fmt::format("KTSTR_RUN_OWNER: \"{}\" is no id of a process", value));
    }
    settings.run_owner = static_cast<int>(*pid);
    return {};
}

Result<> apply_templates_max(std::string_view value, TestSettings& settings) {
    const auto bytes = parse_size(value, 1ULL << 20);
    if (!bytes) {
        return fail(ErrorKind::usage,
                    fmt::format("KTSTR_TEMPLATES_MAX: \"{}\" is not a size such as 8G", value));
    }
    settings.templates_max = *bytes;
    return {};
}

Result<> apply_seed(std::string_view value, TestSettings& settings) {
    settings.seed = parse_u64(value);
    return settings.seed
               ? Result<>{}
               : fail(ErrorKind::usage,
                      fmt::format("KTSTR_SEED: \"{}\" is no whole number", to_utf8(value)));
}

Result<> apply_trace(std::string_view value, TestSettings& settings) {
    settings.trace = value == "sched";
    return settings.trace ? Result<>{}
                          : fail(Error(ErrorKind::usage,
                                       fmt::format("KTSTR_TRACE: \"{}\" is nothing that is traced",
                                                   to_utf8(value)))
                                     .hint("it may be `sched`"));
}

Result<> apply_stop_at(std::string_view value, TestSettings& settings) {
    const auto plus = std::min(value.find('+'), value.size());
    const auto begin = parse_u64(value.substr(0, plus));
    const auto since = parse_u64(value.substr(std::min(plus + 1, value.size())));
    if (!begin || !since) {
        return fail(ErrorKind::usage,
                    fmt::format("KTSTR_STOP_AT: \"{}\" is not BEGIN+NS, two whole numbers",
                                to_utf8(value)));
    }
    settings.stop_at = StopAt{.job_at_ns = *begin, .since_ns = *since};
    return {};
}

Result<> apply_gdb(std::string_view value, TestSettings& settings) {
    TRY_ASSIGN(settings.gdb, zero_or_one("KTSTR_GDB", value));
    return {};
}

struct Setter {
    std::string_view name;
    Result<> (*apply)(std::string_view value, TestSettings& settings);
};

constexpr std::array setters{
    Setter{"KTSTR_TOPOLOGY",      apply_topology     },
    Setter{"KTSTR_MEMORY",        apply_memory       },
    Setter{"KTSTR_KERNEL",        apply_kernel       },
    Setter{"KTSTR_MACHINE",       apply_machine      },
    Setter{"KTSTR_SEED",          apply_seed         },
    Setter{"KTSTR_CHECK",         apply_check        },
    Setter{"KTSTR_TRACE",         apply_trace        },
    Setter{"KTSTR_STOP_AT",       apply_stop_at      },
    Setter{"KTSTR_GDB",           apply_gdb          },
    Setter{"KTSTR_FORKS",         apply_forks        },
    Setter{"KTSTR_NO_PERF_MODE",  apply_no_perf_mode },
    Setter{"KTSTR_RUN_OWNER",     apply_run_owner    },
    Setter{"KTSTR_TEMPLATES",     apply_templates    },
    Setter{"KTSTR_TEMPLATES_MAX", apply_templates_max},
};

struct LogWord {
    std::string_view word;
    LogLevel level;
};

constexpr std::array log_words{
    LogWord{"quiet",   LogLevel::quiet  },
    LogWord{"normal",  LogLevel::normal },
    LogWord{"verbose", LogLevel::verbose},
};

Error empty_value(std::string_view name) {
    return Error(ErrorKind::usage, fmt::format("{} is set but empty", name))
        .hint("unset it to have the default");
}

} // namespace

std::span<const EnvKey> env_keys() {
    return variables;
}

Result<> apply_environment(std::span<const std::string> environment, TestSettings& settings) {
    for (const auto& setter : setters) {
        const auto value = value_of(environment, setter.name);
        if (!value) {
            continue;
        }
        if (trim(*value).empty()) {
            return fail(empty_value(setter.name));
        }
        TRY(setter.apply(*value, settings));
    }
    return {};
}

Result<LogLevel> log_level_from(std::span<const std::string> environment) {
    const auto value = value_of(environment, "KTSTR_LOG");
    if (!value) {
        return LogLevel::normal;
    }
    const auto known = std::ranges::find(log_words, *value, &LogWord::word);
    if (known == log_words.end()) {
        return fail(
            ErrorKind::usage,
            fmt::format("KTSTR_LOG: \"{}\" is none of quiet, normal, verbose", to_utf8(*value)));
    }
    return known->level;
}

Result<GauntletKeys> gauntlet_from(std::span<const std::string> environment) {
    GauntletKeys keys;
    if (const auto value = value_of(environment, "KTSTR_GAUNTLET")) {
        TRY_ASSIGN(keys.runs, zero_or_one("KTSTR_GAUNTLET", *value));
    }
    if (const auto value = value_of(environment, gauntlet_listed_variable)) {
        TRY_ASSIGN(keys.listed, zero_or_one(gauntlet_listed_variable, *value));
    }
    if (const auto value = value_of(environment, "KTSTR_OVERCOMMIT")) {
        constexpr std::uint64_t most = 255;
        const auto number = parse_u64(*value);
        if (!number || *number == 0 || *number > most) {
            return fail(ErrorKind::usage,
                        fmt::format("KTSTR_OVERCOMMIT: \"{}\" is no number from 1 to {}",
                                    to_utf8(*value),
                                    most));
        }
        keys.overcommit = static_cast<unsigned>(*number);
    }
    return keys;
}

std::vector<UnknownEnv> unknown_env_keys(std::span<const std::string> environment) {
    std::vector<std::string_view> known;
    std::ranges::transform(variables, std::back_inserter(known), &EnvKey::name);
    std::vector<UnknownEnv> out;
    for (const std::string_view entry : environment) {
        const auto name = entry.substr(0, entry.find('='));
        if (name.starts_with(prefix) && std::ranges::find(known, name) == known.end()) {
            out.push_back({.name = std::string(name), .nearest = nearest(name, known)});
        }
    }
    return out;
}

} // namespace ktstr::config
