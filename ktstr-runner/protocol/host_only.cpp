#include "ktstr-runner/protocol/host_only.hpp"

#include "ktstr-runner/base/elf.hpp"

namespace ktstr::protocol {

std::optional<std::string> host_only(const config::TestNames& names,
                                     const std::filesystem::path& binary,
                                     const config::TestSettings& settings,
                                     const variants::Test* declared) {
    if (declared != nullptr && declared->host_only) {
        return "the test declares `host_only`";
    }
    if (settings.host_only) {
        return "host-only in .config/ktstr.toml";
    }
    if (names.kind == "proc-macro") {
        return "a proc-macro crate runs inside the compiler, not under the kernel that is tested";
    }
    // Tools built on rustc's own crates (rustc_private) do not always say so in their manifest.
    if (needs_library_prefix(binary, compilers_library)) {
        return "needs librustc_driver, the compiler itself";
    }
    return std::nullopt;
}

} // namespace ktstr::protocol
