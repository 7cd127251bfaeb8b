// ktstr-runner: nextest's target runner.
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/protocol/invocation.hpp"

#include <unistd.h>

#include <exception>
#include <vector>

int main(int argc, char** argv) {
    const auto start = ktstr::Clock::now();
    try {
        const std::vector<std::string> arguments(argv + 1, argv + argc);
        const auto code = ktstr::protocol::serve(arguments, start);
        if (code) {
            return *code;
        }
        [[maybe_unused]] const auto written =
            ktstr::write_all(STDERR_FILENO, code.error().render());
        return ktstr::exit_code_of(code.error().kind());
    } catch (const std::exception& exception) { // a bug of ours: never a verdict
        const auto text = std::string("error: unexpected: ") + exception.what() + "\n";
        [[maybe_unused]] const auto written = ktstr::write_all(STDERR_FILENO, text);
        return static_cast<int>(ktstr::ExitCode::harness);
    }
}
