// ktstr-init: the guest's PID 1 and agent in one.
#include "guest/agent/agent.hpp"
#include "guest/agent/rehearsal.hpp"
#include "guest/agent/window.hpp"
#include "guest/engine/engine.hpp"
#include "guest/engine/handle.hpp"
#include "guest/engine/scenario_tool.hpp"
#include "guest/init/mounts.hpp"
#include "guest/init/power.hpp"
#include "guest/init/system.hpp"
#include "guest/init/userland.hpp"
#include "guest/workload/run.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string_view>

namespace {

using namespace ktstr::guest;

void append(std::vector<std::string>& notes, const std::vector<std::string>& more) {
    notes.insert(notes.end(), more.begin(), more.end());
}

void block_signals() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
}

std::vector<std::string> boot() {
    std::vector<std::string> notes;
    open_standard_streams();
    if (auto problem = make_root_movable()) {
        notes.push_back(std::move(*problem));
    }
    const auto mounts = mount_all();
    if (mounts.problem) {
        die(*mounts.problem);
    }
    append(notes, mounts.notes);
    link_devices();
    append(notes, set_up_system());
    set_up_userland();
    return notes;
}

// Boots, serves one job and returns; what is thrown on the way is a lack of memory or an error of
// this program.
void live() {
    const auto notes = boot();
    const auto range = parse_window_range(read_file("/proc/cmdline").value_or(""));
    if (!range) {
        die("no memory window: the kernel's command line has no good ktstr.window=0xBASE,0xSIZE");
    }
    const auto mapped = map_physical(*range);
    if (mapped.problem) {
        die(*mapped.problem);
    }
    Window window(mapped.memory);
    if (const auto problem = window.check()) {
        die(*problem);
    }
    if (window.has_doorbell()) {
        const auto page =
            map_physical({.base = range->base + range->size, .size = ktstr::wire::doorbell_size});
        if (page.problem) {
            die(*page.problem);
        }
        window.set_doorbell(reinterpret_cast<volatile std::uint32_t*>(page.memory.data()));
    }
    serve(window, notes);
}

// The program's other names.
std::string_view base_name(const char* path) {
    const std::string_view name(path != nullptr ? path : "");
    return name.substr(name.rfind('/') + 1);
}

} // namespace

int main(int argc, char** argv) {
    const auto name = base_name(argv[0]);
    if (name == engine_name) {
        return engine_main(ktstr::workload::run);
    }
    if (name == scenario_tool_name) {
        return scenario_tool_main({argv + 1, argv + argc});
    }
    if (::getpid() != 1 && argc == 2 &&
        std::string_view(argv[1]) == ktstr::wire::rehearsal.back()) {
        return rehearse();
    }
    if (::getpid() != 1) {
        std::fputs(
            "ktstr-init: this is the first program of a test's machine, not one to run by hand\n",
            stderr);
        return 64;
    }
    block_signals();
    ::setsid(); // what runs here belongs to a session, as everywhere
    try {
        live();
    } catch (const std::exception& error) {
        die(error.what());
    }
    power_off();
}
