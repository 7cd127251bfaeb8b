// cargo-ktstr, also called ktstr: the command that people type, and the compiler's wrapper of
// `coverage`.
#include "cargo-ktstr/cli/program.hpp"
#include "cargo-ktstr/commands/table.hpp"
#include "cargo-ktstr/coverage/continuous.hpp"

#include <span>

int main(int argc, char** argv) {
    const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
    if (ktstr::coverage::is_rustc_wrapper(words)) {
        return ktstr::coverage::become_rustc(words);
    }
    return ktstr::cli::run_program(words, ktstr::commands::table());
}
