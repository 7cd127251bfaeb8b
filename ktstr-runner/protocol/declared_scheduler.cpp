#include "ktstr-runner/protocol/declared_scheduler.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>

namespace ktstr::protocol {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view cgroup_option = "--cell-parent-cgroup";

// Words that lead a scheduler to one of its files. There is no quoting: paths in the guest have no
// spaces.
std::vector<std::string> words_with_file(std::string_view text, const std::string& file) {
    std::vector<std::string> out;
    for (auto word : split(text, ' ')) {
        if (const auto at = word.find("{file}"); at != std::string::npos) {
            word.replace(at, std::string_view("{file}").size(), file);
        }
        if (!word.empty()) {
            out.push_back(std::move(word));
        }
    }
    return out;
}

Result<std::vector<std::string>> add_configuration(const variants::Scheduler& scheduler,
                                                   const variants::Test& test,
                                                   session::Program& program) {
    std::vector<std::string> out;
    if (scheduler.config_file) {
        const auto host = fs::path(scheduler.manifest_dir) / *scheduler.config_file;
        const auto guest = session::include_directory / host.filename();
        program.guest_files.push_back({.host = host, .guest = guest});
        out = {"--config", guest.string()};
    }
    if (!test.config) {
        return out;
    }
    if (!scheduler.config_place) {
        return fail(Error(ErrorKind::usage,
                          "the test has a `config`, but its scheduler " + scheduler.name +
                              " does not say where it belongs")
                        .hint("give the scheduler a `config_file_def`"));
    }
    const auto& place = *scheduler.config_place;
    if (!fs::path(place.path).is_absolute()) {
        return fail(ErrorKind::usage,
                    "`config_file_def` of the scheduler " + scheduler.name + ": `" + place.path +
                        "` is not an absolute path");
    }
    program.guest_texts.push_back({.guest = place.path, .text = *test.config});
    std::ranges::move(words_with_file(place.argument, place.path), std::back_inserter(out));
    return out;
}

// What follows `--cell-parent-cgroup` must be there when it starts.
std::vector<std::string> cgroups_in(const std::vector<std::string>& arguments) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word = arguments[i];
        if (word == cgroup_option && i + 1 < arguments.size()) {
            out.push_back(arguments[++i]);
        } else if (word.starts_with(cgroup_option) &&
                   word.substr(cgroup_option.size()).starts_with('=')) {
            out.emplace_back(word.substr(cgroup_option.size() + 1));
        }
    }
    return out;
}

// Its own, not the test's: many tests share one that is attached. What says how much it tells is
// the user's word; its profile of a coverage run comes back with the test's.
std::vector<std::string> environment_of(const session::Program& program) {
    std::vector<std::string> out{
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"};
    if (!program.library_path.empty()) {
        out.push_back("LD_LIBRARY_PATH=" + program.library_path);
    }
    for (const auto* name : {"RUST_LOG", "RUST_BACKTRACE", "LLVM_PROFILE_FILE"}) {
        if (const auto value = env(name)) {
            out.push_back(std::string(name) + "=" + *value);
        }
    }
    return out;
}

} // namespace

Result<wire::Scheduler> make_scheduler(const variants::Scheduler& scheduler,
                                       const variants::Test& test,
                                       const fs::path& loader,
                                       session::Program& program) {
    wire::Scheduler out;
    out.name = scheduler.name;
    out.attach_limit_ms = session::attach_limit(program.settings.topology).count();
    out.watchdog_ms = test.watchdog_timeout.count();
    if (test.cleanup_budget.count() > 0) {
        out.detach_limit_ms = test.cleanup_budget.count();
    }
    out.environment = environment_of(program);
    if (scheduler.source == variants::SchedulerSource::builtin) {
        // There is no process of its own that they could be for.
        if (!test.extra_arguments.empty() || test.config || test.watchdog_timeout.count() > 0) {
            return fail(ErrorKind::usage,
                        "the scheduler " + scheduler.name +
                            " is built into the kernel: `extra_sched_args`, `config` and "
                            "`watchdog_timeout_s` of the test have no meaning for it");
        }
        out.enable = scheduler.enable;
        out.disable = scheduler.disable;
        return out;
    }
    TRY_ASSIGN(auto arguments, add_configuration(scheduler, test, program));
    if (scheduler.cgroup_parent) {
        arguments.insert(arguments.end(), {std::string(cgroup_option), *scheduler.cgroup_parent});
    }
    std::ranges::copy(scheduler.arguments, std::back_inserter(arguments));
    std::ranges::copy(test.extra_arguments, std::back_inserter(arguments));
    out.make_cgroups = cgroups_in(arguments);
    out.argv = {loader.string()};
    std::ranges::move(arguments, std::back_inserter(out.argv));
    return out;
}

} // namespace ktstr::protocol
