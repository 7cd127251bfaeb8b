// cargo-ktstr, also called ktstr: the command that people type.
#include "cargo-ktstr/cli/program.hpp"
#include "cargo-ktstr/commands/table.hpp"

#include <span>

int main(int argc, char** argv) {
    const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
    return ktstr::cli::run_program(words, ktstr::commands::table());
}
