#include "ktstr-runner/topology/topology.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace ktstr {

namespace {

constexpr std::uint64_t most_vcpus = 1024;

// One level of the notation: its letter, its name for people, where it goes.
struct Level {
    char letter;
    std::string_view name;
    unsigned Topology::* field;
};

constexpr std::array<Level, 4> levels{
    {
     {'n', "nodes", &Topology::nodes},
     {'l', "LLCs", &Topology::llcs},
     {'c', "cores per LLC", &Topology::cores},
     {'t', "threads per core", &Topology::threads},
     }
};

tl::unexpected<Error> refuse(std::string_view text, std::string_view why) {
    return fail(
        Error(ErrorKind::usage, fmt::format("cannot use `{}` as a topology: {}", text, why))
            .hint(
                "write {n}n{l}l{c}c{t}t, for example 1n2l4c2t: nodes, LLCs in all, cores per LLC, "
                "threads per core; or just a number of CPUs"));
}

// Takes the number in front of `letter` off the text; absent when that is not how the text begins.
std::optional<std::uint64_t> take(std::string_view& rest, char letter) {
    const auto digits = static_cast<std::size_t>(
        std::find_if_not(
            rest.begin(), rest.end(), [](unsigned char c) { return std::isdigit(c) != 0; }) -
        rest.begin());
    const auto number = parse_u64(rest.substr(0, digits));
    if (!number || digits >= rest.size() || rest[digits] != letter) {
        return std::nullopt;
    }
    rest.remove_prefix(digits + 1);
    return number;
}

} // namespace

std::string Topology::text() const {
    return fmt::format("{}n{}l{}c{}t", nodes, llcs, cores, threads);
}

Result<Topology> Topology::parse(std::string_view text) {
    std::array<std::uint64_t, levels.size()> numbers{1, 1, 0, 1};
    if (const auto cpus = parse_u64(text)) {
        if (*cpus == 0) {
            return refuse(text, "a machine needs at least one CPU");
        }
        numbers[2] = *cpus;
    } else {
        auto rest = text;
        for (std::size_t i = 0; i < levels.size(); ++i) {
            const auto number = take(rest, levels[i].letter);
            if (!number) {
                return refuse(text,
                              fmt::format("the number of {} (`{}`) is missing or is none",
                                          levels[i].name,
                                          levels[i].letter));
            }
            if (*number == 0) {
                return refuse(text, fmt::format("the number of {} is zero", levels[i].name));
            }
            numbers[i] = *number;
        }
        if (!rest.empty()) {
            return refuse(text, fmt::format("nothing may follow the threads, but `{}` does", rest));
        }
    }
    // One at a time, so that no product can overflow.
    std::uint64_t vcpus = 1;
    for (const auto number : {numbers[1], numbers[2], numbers[3]}) {
        vcpus = number > most_vcpus ? number : vcpus * number;
        if (vcpus > most_vcpus) {
            return refuse(text, fmt::format("more than {} vCPUs", most_vcpus));
        }
    }
    if (numbers[1] % numbers[0] != 0) {
        return refuse(
            text,
            fmt::format("{} LLCs cannot be spread evenly over {} nodes", numbers[1], numbers[0]));
    }
    Topology topology;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        topology.*levels[i].field = static_cast<unsigned>(numbers[i]);
    }
    return topology;
}

} // namespace ktstr
