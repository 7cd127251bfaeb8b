// The options of `cargo nextest run`, as a table: what each takes, and whether `cargo nextest list`
// has it too. The listing that precedes a run gets only those that both know. Checked against
// nextest's own help by the tests.
#pragma once

#include <span>
#include <string_view>

namespace ktstr::nextest {

enum class Value {
    none,
    required, // `--name V`, `--name=V`, `-nV`
    attached, // only `--name=V`, or none
};

enum class Scope {
    list_and_run,
    run_only,
};

struct Option {
    std::string_view name; // without dashes
    char letter;           // '\0': none
    Value value;
    Scope scope;
};

std::span<const Option> options();

// Null when nextest has no such option (that we know of).
const Option* find_option(std::string_view name);
const Option* find_option(char letter);

} // namespace ktstr::nextest
