// ktstr-kernel: makes entries of the kernel store. cargo-ktstr starts it for `kernel build` and
// `kernel fetch-distro`, and to learn what kernel.org has; people need not know it.
#include "cargo-ktstr/cli/program.hpp"
#include "cargo-ktstr/make/commands.hpp"

#include <span>

int main(int argc, char** argv) {
    const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
    return ktstr::cli::run_program(words, ktstr::make::table());
}
