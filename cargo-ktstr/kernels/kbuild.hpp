// The kernel's own make, run outside the source tree.
#pragma once

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::kernels {

class Kbuild final {
public:
    // `build` is make's O=; what make says goes to build/ktstr-build.log as well. `variables` are
    // make's, such as "CC=ccache gcc".
    Kbuild(std::filesystem::path source,
           std::filesystem::path build,
           std::vector<std::string> variables = {})
        : source_(std::move(source)), build_(std::move(build)), variables_(std::move(variables)) {}

    const std::filesystem::path& build() const { return build_; }

    std::filesystem::path log() const { return build_ / "ktstr-build.log"; }

    // One make with these arguments; `on_line`, if any, sees each line of its output. The error of
    // a make that fails has the first error of the output and the path of the log. SIGINT, SIGTERM
    // and SIGHUP end make, then the call, with an error.
    Result<> run(const std::vector<std::string>& arguments,
                 const std::function<void(std::string_view)>& on_line = nullptr) const;

    // How many steps make says `arguments` would take from here (its dry run: some seconds of a
    // CPU for a kernel). Near the truth, no more: it ends where a tool is missing that the build
    // makes first (`make prepare`). Signals as in run().
    Result<std::size_t> count_steps(const std::vector<std::string>& arguments) const;

    // `make -s` with one target that prints one line.
    Result<std::string> ask(const std::string& target) const;

private:
    struct Ended {
        ExitStatus status;
        std::string first_error;
    };

    // Fails when make cannot be started or was interrupted; not when make itself fails.
    Result<Ended> make(const std::vector<std::string>& arguments,
                       int log,
                       const std::function<void(std::string_view)>& on_line) const;
    std::vector<std::string> argv(const std::vector<std::string>& arguments) const;

    std::filesystem::path source_;
    std::filesystem::path build_;
    std::vector<std::string> variables_;
};

// The steps that a command of make's dry run would announce.
std::size_t announced_steps(std::string_view command);

// Follows make's output: counts what was made, keeps the first error.
class MakeOutput final {
public:
    void line(std::string_view line);

    std::size_t objects() const { return objects_; }

    // "kernel/fork.o"; empty at first.
    const std::string& latest() const { return latest_; }

    // The first error with the few lines after it; the last lines if nothing looks like one.
    std::string first_error() const;

private:
    std::size_t objects_ = 0;
    std::string latest_;
    std::vector<std::string> error_;
    std::vector<std::string> tail_;
};

} // namespace ktstr::kernels
