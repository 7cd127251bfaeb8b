#include "guest/wire/messages.hpp"

namespace ktstr::wire {

void to_json(nlohmann::json& json, const Job& job) {
    json = {{"argv", job.argv},
            {"environment", job.environment},
            {"cwd", job.cwd},
            {"wall_time_ns", job.wall_time_ns},
            {"seed", job.seed},
            {"time_limit_ms", job.time_limit_ms},
            {"leak_timeout_ms", job.leak_timeout_ms},
            {"standard_input", job.standard_input},
            {"merge_streams", job.merge_streams},
            {"bring_back", job.bring_back},
            {"make_dirs", job.make_dirs},
            {"kernel_config", job.kernel_config},
            {"hostname", job.hostname},
            {"sysctls", job.sysctls}};
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
    job.seed = json.value("seed", defaults.seed);
    job.time_limit_ms = json.value("time_limit_ms", defaults.time_limit_ms);
    job.leak_timeout_ms = json.value("leak_timeout_ms", defaults.leak_timeout_ms);
    job.standard_input = json.value("standard_input", defaults.standard_input);
    job.merge_streams = json.value("merge_streams", defaults.merge_streams);
    job.bring_back = json.value("bring_back", defaults.bring_back);
    job.make_dirs = json.value("make_dirs", defaults.make_dirs);
    job.kernel_config = json.value("kernel_config", defaults.kernel_config);
    job.hostname = json.value("hostname", defaults.hostname);
    job.sysctls = json.value("sysctls", defaults.sysctls);
    if (const auto terminal = json.find("terminal"); terminal != json.end()) {
        job.terminal = terminal->get<Terminal>();
    }
}

} // namespace ktstr::wire
