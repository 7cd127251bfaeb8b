#include "ktstr-runner/topology/topology.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <numeric>
#include <vector>

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
            .hint("write {n}n{l}l{c}c{t}t, for example 1n2l4c2t: nodes, LLCs in all (or of each "
                  "node: "
                  "2n3+1l4c2t), cores per LLC, threads per core; or just a number of CPUs"));
}

// Takes the number in front of `letter` off the text, or several with `+` between them; none when
// that is not how the text begins.
std::vector<std::uint64_t> take(std::string_view& rest, char letter) {
    const auto length = static_cast<std::size_t>(
        std::find_if_not(rest.begin(),
                         rest.end(),
                         [](unsigned char c) { return c == '+' || std::isdigit(c) != 0; }) -
        rest.begin());
    if (length >= rest.size() || rest[length] != letter) {
        return {};
    }
    std::vector<std::uint64_t> numbers;
    for (const auto& word : split(rest.substr(0, length), '+')) {
        const auto number = parse_u64(word);
        if (!number) {
            return {};
        }
        numbers.push_back(*number);
    }
    rest.remove_prefix(length + 1);
    return numbers;
}

constexpr std::size_t llcs_at = 1; // of `levels`

struct Numbers {
    std::array<std::uint64_t, levels.size()> all{1, 1, 0, 1};
    std::vector<std::uint64_t> of_nodes; // LLCs, when they are given so
};

Result<Numbers> take_levels(std::string_view text) {
    Numbers out;
    auto rest = text;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        auto numbers = take(rest, levels[i].letter);
        if (numbers.empty() || (numbers.size() > 1 && i != llcs_at)) {
            return refuse(text,
                          fmt::format("the number of {} (`{}`) is missing or is none",
                                      levels[i].name,
                                      levels[i].letter));
        }
        for (const auto number : numbers) {
            if (number > most_vcpus) { // so that no sum can overflow
                return refuse(text, fmt::format("more than {} vCPUs", most_vcpus));
            }
        }
        out.all[i] = std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
        if (out.all[i] == 0) {
            return refuse(text, fmt::format("the number of {} is zero", levels[i].name));
        }
        if (numbers.size() > 1) {
            out.of_nodes = std::move(numbers);
        }
    }
    if (!rest.empty()) {
        return refuse(text, fmt::format("nothing may follow the threads, but `{}` does", rest));
    }
    return out;
}

} // namespace

std::string Topology::text() const {
    const auto llcs_text =
        uneven.empty() ? std::to_string(llcs) : fmt::format("{}", fmt::join(uneven, "+"));
    return fmt::format("{}n{}l{}c{}t", nodes, llcs_text, cores, threads);
}

unsigned Topology::node_of(unsigned llc) const {
    if (uneven.empty()) {
        return llc / (llcs / nodes);
    }
    unsigned node = 0;
    for (unsigned end = uneven[0]; llc >= end; end += uneven[node]) {
        ++node;
    }
    return node;
}

Result<Topology> Topology::parse(std::string_view text) {
    Numbers numbers;
    auto& all = numbers.all;
    if (const auto cpus = parse_u64(text)) {
        if (*cpus == 0) {
            return refuse(text, "a machine needs at least one CPU");
        }
        all[2] = *cpus;
    } else {
        TRY_ASSIGN(numbers, take_levels(text));
    }
    // One at a time, so that no product can overflow.
    std::uint64_t vcpus = 1;
    for (const auto number : {all[1], all[2], all[3]}) {
        vcpus = number > most_vcpus ? number : vcpus * number;
        if (vcpus > most_vcpus) {
            return refuse(text, fmt::format("more than {} vCPUs", most_vcpus));
        }
    }
    if (!numbers.of_nodes.empty() && numbers.of_nodes.size() != all[0]) {
        return refuse(text,
                      fmt::format("the LLCs of {} nodes are given, there are {}",
                                  numbers.of_nodes.size(),
                                  all[0]));
    }
    if (numbers.of_nodes.empty() && all[1] % all[0] != 0) {
        return refuse(text,
                      fmt::format("{} LLCs cannot be spread evenly over {} nodes: give those of "
                                  "each, with `+` between them",
                                  all[1],
                                  all[0]));
    }
    Topology topology;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        topology.*levels[i].field = static_cast<unsigned>(all[i]);
    }
    if (std::ranges::adjacent_find(numbers.of_nodes, std::ranges::not_equal_to()) !=
        numbers.of_nodes.end()) { // one text for one shape
        topology.uneven.assign(numbers.of_nodes.begin(), numbers.of_nodes.end());
    }
    return topology;
}

} // namespace ktstr
