// Every variant of every test of a workspace, run or not, with the reason: the tests as they are
// declared, and the gauntlet, on each kernel. A variant is a few numbers, its name is made when
// somebody asks: a large workspace has hundreds of thousands.
#pragma once

#include "cargo-ktstr/planner/kernels.hpp"
#include "ktstr-runner/variants/gauntlet.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::planner {

// Why a variant does not run.
enum class Left : std::uint8_t {
    runs,        // it does
    filtered,    // by nextest's filters, or its default ones
    shard,       // another machine has it
    ignored,     // `#[ignore]`, or the key `ignore`
    not_asked,   // of the gauntlet, without --gauntlet
    constraints, // the test does not allow the topology
    no_room,     // the host has too few CPUs for it
    kernel,      // its scheduler is not meant for the kernel
    reserve,     // it does if those that run leave time of the budget
    budget,      // others cover more in the time that there is
};
inline constexpr std::size_t left_count = 10;

// "runs", "filtered", "not-asked": of the plan's JSON.
std::string_view word(Left left);

struct PlannedTest {
    std::size_t suite = 0; // in the list
    std::string name;      // as its binary knows it
    bool on_host = false;
    bool ignored = false;                          // of the crate's: by its key
    std::string machine;                           // of ktstr.toml; empty: auto
    bool deterministic = false;                    // no other machine will do
    Topology topology;                             // as it is declared or configured
    bool expects_error = false;                    // of its body or its scheduler
    bool performance = false;                      // it wants CPUs of the host for itself
    std::uint64_t duration_ms = 0;                 // of its holds; 0: it does not say
    std::string scheduler;                         // what people call it; empty: EEVDF
    std::string scheduler_program;                 // its binary's name, if a workspace builds it
    bool changed = false;                          // what it is made of differs from its base
    std::vector<variants::Flag> flags;             // of the scheduler
    std::optional<variants::Gauntlet> gauntlet;    // of a test of the crate with a machine
    std::vector<std::optional<std::string>> unfit; // why not on each kernel of the plan
};

// What nextest says of a test that it lists, but its name.
struct Answer {
    bool ignored = false;
    bool matches = false;
    std::string mismatch; // its reason

    bool operator==(const Answer&) const = default;
};

struct Variant {
    static constexpr std::uint16_t none = std::numeric_limits<std::uint16_t>::max();
    static constexpr std::uint8_t unlisted = std::numeric_limits<std::uint8_t>::max();

    std::uint32_t test = 0;
    std::uint16_t preset = none;  // in the gauntlet's; none: the test as it is declared
    std::uint16_t profile = none; // in the gauntlet's
    std::uint16_t kernel = none;  // in the plan's; none: it runs on the host
    Left left = Left::runs;
    std::uint8_t answer = unlisted; // of the variants'
};

struct Variants {
    std::vector<PlannedTest> tests;
    std::vector<Variant> all;           // in the order of tests, presets, profiles, kernels
    std::vector<std::uint32_t> reserve; // of these, in the order in which they are to begin
    std::vector<Answer> answers;        // nextest's, each that it gives once: a few

    const PlannedTest& test_of(const Variant& variant) const { return tests[variant.test]; }

    // Null of what nextest does not list.
    const Answer* answer_of(const Variant& variant) const {
        return variant.answer == Variant::unlisted ? nullptr : &answers[variant.answer];
    }

    const Topology& topology_of(const Variant& variant) const;

    // As nextest and the sidecars name it, without and with the label of its kernel.
    std::string plain_name_of(const Variant& variant) const;
    std::string name_of(const Variant& variant, std::span<const PlannedKernel> kernels) const;

    // "default", "llc+steal"; empty for a test without a scheduler that has flags.
    std::string profile_of(const Variant& variant) const;

    // For people: "it wants at most 2 LLCs"; empty for one that runs.
    std::string reason_of(const Variant& variant) const;
};

std::size_t count(const Variants& variants, Left left);

// Puts into the kernels, of which the variants were made, how many tests nextest matches on each.
void count_tests(const Variants& variants, std::span<PlannedKernel> kernels);

} // namespace ktstr::planner
