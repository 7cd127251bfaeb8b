// A QEMU machine that stands still is looked at: by its monitor, and by gdb.
#include "ktstr-runner/machine/qemu/qemu_machine.hpp"
#include "ktstr-runner/machine/qemu/registers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace ktstr::machine::qemu {

namespace {

constexpr auto look_limit = std::chrono::seconds{30};

// QEMU's name of the debugger's connection (gdbstub/system.c).
constexpr std::string_view debugger = "gdb";

} // namespace

Result<std::string> QemuMachine::human_command(const std::string& line) {
    TRY_ASSIGN(const auto answer,
               monitor_.execute("human-monitor-command",
                                Json::object({
                                    {"command-line", line}
    }),
                                Deadline::in(look_limit)));
    return answer.is_string() ? answer.get<std::string>() : std::string();
}

Result<std::vector<VcpuPlace>> QemuMachine::places() {
    TRY_ASSIGN(const auto text, human_command("info registers -a"));
    return places_in(text);
}

Result<bool> QemuMachine::let_debugger_in(const std::filesystem::path& socket) {
    TRY_ASSIGN(const auto said,
               human_command(fmt::format("gdbserver unix:{},server=on,wait=off", socket.string())));
    std::error_code error;
    if (!std::filesystem::exists(socket, error)) {
        return fail(ErrorKind::environment, "QEMU opens no door for gdb: " + said);
    }
    debugged_ = true;
    return true;
}

// A connection that nobody has is "disconnected:unix:PATH" (qapi/char.json, ChardevInfo).
Result<bool> QemuMachine::has_debugger() {
    TRY_ASSIGN(const auto devices,
               monitor_.execute("query-chardev", Json::object(), Deadline::in(look_limit)));
    return devices.is_array() && std::ranges::any_of(devices, [](const Json& device) {
               return device.is_object() && device.value("label", "") == debugger &&
                      !device.value("filename", "").starts_with("disconnected");
           });
}

} // namespace ktstr::machine::qemu
