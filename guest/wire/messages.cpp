#include "guest/wire/messages.hpp"

#include <nlohmann/json.hpp>

namespace ktstr::wire {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Hello, version, kernel, cpus)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Terminal, rows, columns)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Loaded, problem)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Started, unpack_ns, at_ns, time_stamp)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Launched, pid, base)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Traced, problem)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(FileBegin, path, size)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PageRange, first, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(FilePages, path, size, frames)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Time, wall_time_ns)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Stop, reason)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    Task, pid, parent, comm, state, cpu, wchan, syscall, cpu_ms, stack)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Diagnosis, reason, tasks)

// The first row is what an unknown word is read as: it must not be one that can pass.
NLOHMANN_JSON_SERIALIZE_ENUM(Outcome,
                             {
                                 {Outcome::not_started, "not_started"},
                                 {Outcome::exited,      "exited"     },
                                 {Outcome::signalled,   "signalled"  },
                                 {Outcome::stopped,     "stopped"    }
})

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Report,
                                                outcome,
                                                code,
                                                reason,
                                                wall_ns,
                                                user_ns,
                                                system_ns,
                                                max_rss_bytes,
                                                out_bytes,
                                                err_bytes,
                                                leaked,
                                                output_left_open,
                                                files_lost,
                                                notes,
                                                ended_ns)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Scheduler,
                                                name,
                                                argv,
                                                enable,
                                                disable,
                                                environment,
                                                cwd,
                                                make_cgroups,
                                                attach_limit_ms,
                                                detach_limit_ms,
                                                watchdog_ms)

NLOHMANN_JSON_SERIALIZE_ENUM(SchedulerEnd,
                             {
                                 {SchedulerEnd::never_attached,  "never_attached" },
                                 {SchedulerEnd::none,            "none"           },
                                 {SchedulerEnd::running,         "running"        },
                                 {SchedulerEnd::clean,           "clean"          },
                                 {SchedulerEnd::left,            "left"           },
                                 {SchedulerEnd::bpf_error,       "bpf_error"      },
                                 {SchedulerEnd::stall,           "stall"          },
                                 {SchedulerEnd::kernel_error,    "kernel_error"   },
                                 {SchedulerEnd::killed,          "killed"         },
                                 {SchedulerEnd::exited,          "exited"         },
                                 {SchedulerEnd::verifier,        "verifier"       },
                                 {SchedulerEnd::missing_feature, "missing_feature"},
                                 {SchedulerEnd::would_not_stop,  "would_not_stop" }
})

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SchedulerStory,
                                                name,
                                                ops,
                                                pid,
                                                end,
                                                timed_out,
                                                attach_ns,
                                                ran_ns,
                                                detach_ns,
                                                ended_ns,
                                                exit_code,
                                                kind,
                                                reason,
                                                message,
                                                dump,
                                                log)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Story, schedulers, verdict, details, problem)

// nlohmann's macro does not know std::optional (3.11).
void to_json(nlohmann::json& json, const Job& job) {
    json = {
        {"argv",                 job.argv                },
        {"environment",          job.environment         },
        {"cwd",                  job.cwd                 },
        {"wall_time_ns",         job.wall_time_ns        },
        {"clock_is_given",       job.clock_is_given      },
        {"time_stamp",           job.time_stamp          },
        {"time_stamp_khz",       job.time_stamp_khz      },
        {"seed",                 job.seed                },
        {"varied",               job.varied              },
        {"time_limit_ms",        job.time_limit_ms       },
        {"leak_timeout_ms",      job.leak_timeout_ms     },
        {"standard_input",       job.standard_input      },
        {"read_only",            job.read_only           },
        {"merge_streams",        job.merge_streams       },
        {"bring_back",           job.bring_back          },
        {"make_dirs",            job.make_dirs           },
        {"kernel_config",        job.kernel_config       },
        {"modules",              job.modules             },
        {"sysctls",              job.sysctls             },
        {"engine",               job.engine              },
        {"expects_verdict",      job.expects_verdict     },
        {"saved_with_scheduler", job.saved_with_scheduler}
    };
    if (job.scheduler) {
        json["scheduler"] = *job.scheduler;
    }
    if (job.terminal) {
        json["terminal"] = *job.terminal;
    }
}

void from_json(const nlohmann::json& json, Job& job) {
    const Job defaults;
    job.argv = json.value("argv", defaults.argv);
    job.environment = json.value("environment", defaults.environment);
    job.cwd = json.value("cwd", defaults.cwd);
    job.wall_time_ns = json.value("wall_time_ns", defaults.wall_time_ns);
    job.clock_is_given = json.value("clock_is_given", defaults.clock_is_given);
    job.time_stamp = json.value("time_stamp", defaults.time_stamp);
    job.time_stamp_khz = json.value("time_stamp_khz", defaults.time_stamp_khz);
    job.seed = json.value("seed", defaults.seed);
    job.varied = json.value("varied", defaults.varied);
    job.time_limit_ms = json.value("time_limit_ms", defaults.time_limit_ms);
    job.leak_timeout_ms = json.value("leak_timeout_ms", defaults.leak_timeout_ms);
    job.standard_input = json.value("standard_input", defaults.standard_input);
    job.read_only = json.value("read_only", defaults.read_only);
    job.merge_streams = json.value("merge_streams", defaults.merge_streams);
    job.bring_back = json.value("bring_back", defaults.bring_back);
    job.make_dirs = json.value("make_dirs", defaults.make_dirs);
    job.kernel_config = json.value("kernel_config", defaults.kernel_config);
    job.modules = json.value("modules", defaults.modules);
    job.sysctls = json.value("sysctls", defaults.sysctls);
    job.engine = json.value("engine", defaults.engine);
    job.expects_verdict = json.value("expects_verdict", defaults.expects_verdict);
    job.saved_with_scheduler = json.value("saved_with_scheduler", defaults.saved_with_scheduler);
    if (const auto scheduler = json.find("scheduler"); scheduler != json.end()) {
        job.scheduler = scheduler->get<Scheduler>();
    }
    if (const auto terminal = json.find("terminal"); terminal != json.end()) {
        job.terminal = terminal->get<Terminal>();
    }
}

template <class T> std::optional<T> parse(std::string_view text) {
    try {
        // No message has a number with a fraction, and a cast of 1e99 to an integer is undefined.
        bool fraction = false;
        const nlohmann::json json = nlohmann::json::parse(
            text,
            [&fraction](int, nlohmann::json::parse_event_t event, const nlohmann::json& value) {
                fraction |=
                    event == nlohmann::json::parse_event_t::value && value.is_number_float();
                return true;
            });
        if (fraction) {
            return std::nullopt;
        }
        return json.get<T>();
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

template <class T> std::string dump(const T& message) {
    return nlohmann::json(message).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template std::optional<Hello> parse(std::string_view);
template std::string dump(const Hello&);
template std::optional<Terminal> parse(std::string_view);
template std::string dump(const Terminal&);
template std::optional<Loaded> parse(std::string_view);
template std::string dump(const Loaded&);
template std::optional<Started> parse(std::string_view);
template std::string dump(const Started&);
template std::optional<Launched> parse(std::string_view);
template std::string dump(const Launched&);
template std::optional<Traced> parse(std::string_view);
template std::string dump(const Traced&);
template std::optional<FileBegin> parse(std::string_view);
template std::string dump(const FileBegin&);
template std::optional<FilePages> parse(std::string_view);
template std::string dump(const FilePages&);
template std::optional<Time> parse(std::string_view);
template std::string dump(const Time&);
template std::optional<Stop> parse(std::string_view);
template std::string dump(const Stop&);
template std::optional<Task> parse(std::string_view);
template std::string dump(const Task&);
template std::optional<Diagnosis> parse(std::string_view);
template std::string dump(const Diagnosis&);
template std::optional<Report> parse(std::string_view);
template std::string dump(const Report&);
template std::optional<Scheduler> parse(std::string_view);
template std::string dump(const Scheduler&);
template std::optional<SchedulerStory> parse(std::string_view);
template std::string dump(const SchedulerStory&);
template std::optional<Story> parse(std::string_view);
template std::string dump(const Story&);
template std::optional<Job> parse(std::string_view);
template std::string dump(const Job&);

} // namespace ktstr::wire
