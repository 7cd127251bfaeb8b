#include "cargo-ktstr/nextest/cargo.hpp"

#include "cargo-ktstr/nextest/arguments.hpp"
#include "ktstr-runner/base/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <map>

namespace ktstr::nextest {

namespace {

std::vector<std::string> command(std::string_view subcommand,
                                 std::span<const std::string> ours,
                                 std::span<const std::string> user_arguments) {
    std::vector<std::string> out{cargo_program(), "nextest", std::string(subcommand)};
    std::ranges::copy(ours, std::back_inserter(out));
    std::ranges::copy(user_arguments, std::back_inserter(out));
    return out;
}

Result<std::string> output_of(std::vector<std::string> argv) {
    const auto name = argv.front();
    TRY_ASSIGN(const auto captured, run_captured({.argv = std::move(argv)}), "cannot run " + name);
    if (!captured.status.success()) {
        return fail(Error(ErrorKind::environment, std::string(trim(captured.err)))
                        .context(name + " failed: " + captured.status.describe()));
    }
    return captured.out;
}

} // namespace

std::string cargo_program() {
    const auto set = env("CARGO");
    return set && !set->empty() ? *set : "cargo";
}

Result<std::filesystem::path> workspace_root(std::span<const std::string> user_arguments) {
    static std::map<std::optional<std::string>, std::filesystem::path> known; // 20 ms each
    const auto manifest = value_of(user_arguments, "manifest-path");
    if (const auto found = known.find(manifest); found != known.end()) {
        return found->second;
    }
    std::vector<std::string> argv{
        cargo_program(), "locate-project", "--workspace", "--message-format", "plain"};
    if (manifest) {
        argv.insert(argv.end(), {"--manifest-path", *manifest});
    }
    TRY_ASSIGN(const auto text, output_of(std::move(argv)), "cannot find the workspace");
    return known.emplace(manifest, std::filesystem::path(trim(text)).parent_path()).first->second;
}

Result<std::string> host_triple() {
    const auto set = env("RUSTC");
    TRY_ASSIGN(const auto text,
               output_of({set && !set->empty() ? *set : "rustc", "-vV"}),
               "cannot learn rustc's host platform");
    return host_triple_in(text);
}

Result<std::string> host_triple_in(std::string_view version_text) {
    for (const auto& line : split(version_text, '\n')) {
        if (line.starts_with("host: ")) {
            return std::string(trim(std::string_view(line).substr(6)));
        }
    }
    return fail(ErrorKind::environment, "`rustc -vV` names no host platform");
}

std::vector<std::string> list_command(std::span<const std::string> user_arguments,
                                      std::span<const std::string> ours) {
    std::vector<std::string> all{"--message-format", "json"};
    std::ranges::copy(ours, std::back_inserter(all));
    return command("list", all, arguments_for_list(user_arguments));
}

std::vector<std::string> run_command(std::span<const std::string> user_arguments,
                                     std::span<const std::string> ours) {
    return command("run", ours, user_arguments);
}

Result<Answered> run_list(std::span<const std::string> command, Environment environment) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 2> settings{
        {{"NEXTEST_DOUBLE_SPAWN", "0"}, {"NEXTEST_LOG", "warn"}}
    };
    for (const auto& [name, value] : settings) {
        if (!environment.get(name)) {
            environment.set(name, value);
        }
    }
    return run_answering({
        .argv = {command.begin(), command.end()},
          .environment = environment.entries()
    });
}

Error become(std::span<const std::string> command, const Environment& environment) {
    const auto program = find_program(command.front());
    if (!program) {
        return Error(ErrorKind::environment, "cannot find the program `" + command.front() + "`");
    }
    const auto pointers = [](std::span<const std::string> strings) {
        std::vector<char*> out;
        for (const auto& s : strings) {
            out.push_back(
                const_cast<char*>(s.c_str())); // execve takes char* const[] and writes nothing
        }
        out.push_back(nullptr);
        return out;
    };
    ::execve(program->c_str(), pointers(command).data(), pointers(environment.entries()).data());
    return Error::from_errno("cannot execute " + program->string());
}

} // namespace ktstr::nextest
