#include "guest/agent/start_order.hpp"

#include "guest/wire/random.hpp"

#include <array>
#include <cstdlib>
#include <string_view>

namespace ktstr::guest {

namespace {

// Strings, each with a NUL behind it: the flags, the timer slack, the directory, the number of
// arguments, the arguments, the environment.
constexpr char merge_flag = 'm';
constexpr char input_flag = 'i';
constexpr char read_only_flag = 'r';
constexpr std::size_t first_argument = 4;

// Timers that end within a slack of each other end together. 50 us is the kernel's own slack; the
// longest is below the tick of a kernel of 250 Hz, and a busy host is later than that.
constexpr std::array<std::uint64_t, 5> slacks_us{50, 400, 800, 1600, 3200};

std::uint64_t timer_slack_ns(std::uint64_t seed) {
    const auto own = wire::seed_of(seed, wire::Varied::slack);
    return own == 0 ? 0 : slacks_us.at(wire::Random(own).below(slacks_us.size())) * 1000;
}

} // namespace

std::string start_order(const wire::Job& job) {
    std::string text;
    const auto add = [&](const std::string& field) {
        text += field.c_str(); // as execve(2) would read it
        text += '\0';
    };
    add(std::string(job.merge_streams ? 1 : 0, merge_flag) +
        std::string(job.standard_input ? 1 : 0, input_flag) +
        std::string(job.read_only ? 1 : 0, read_only_flag));
    add(std::to_string(timer_slack_ns(job.varied)));
    add(job.cwd);
    add(std::to_string(job.argv.size()));
    for (const auto& argument : job.argv) {
        add(argument);
    }
    for (const auto& entry : job.environment) {
        add(entry);
    }
    return text;
}

StartOrder parse_start_order(std::string& text) {
    std::vector<char*> strings;
    for (std::size_t at = 0; at < text.size(); at = text.find('\0', at) + 1) {
        strings.push_back(text.data() + at);
    }
    const std::string_view flags(strings.at(0));
    const auto arguments = strings.begin() + first_argument;
    const auto environment = arguments + std::atoi(strings.at(first_argument - 1));
    StartOrder order{
        .merge_streams = flags.find(merge_flag) != std::string_view::npos,
        .standard_input = flags.find(input_flag) != std::string_view::npos,
        .read_only = flags.find(read_only_flag) != std::string_view::npos,
        .timer_slack_ns = std::strtoul(strings.at(1), nullptr, 10),
        .cwd = strings.at(2),
        .argv = {arguments,   environment  },
        .environment = {environment, strings.end()}
    };
    order.argv.push_back(nullptr);
    order.environment.push_back(nullptr);
    return order;
}

} // namespace ktstr::guest
