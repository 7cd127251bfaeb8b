#include "cargo-ktstr/commands/companion.hpp"

#include "ktstr-runner/base/process.hpp"

namespace ktstr::commands {

Result<std::filesystem::path> companion(const std::string& name) {
    TRY_ASSIGN(const auto self, self_path());
    if (const auto beside = find_program((self.parent_path() / name).string())) {
        return *beside;
    }
    if (const auto found = find_program(name)) {
        return std::filesystem::absolute(*found);
    }
    return fail(
        Error(ErrorKind::environment, "it is neither beside " + self.string() + " nor in $PATH")
            .context("cannot find the program `" + name + "`")
            .hint("`cargo xtask build` makes all programs; install them into one directory"));
}

} // namespace ktstr::commands
