# shellcheck shell=bash
# What the suites about templates share: a store of their own, and a test of the example to run in it.

# A store of its own; kernels and what else is cached stay where they are.
export XDG_CACHE_HOME=$work/cache
export KTSTR_CACHE_DIR=${KTSTR_CACHE_DIR:-$HOME/.cache/ktstr/kernels}
store=$XDG_CACHE_HOME/ktstr/templates
mkdir -p "$XDG_CACHE_HOME"

fixture example
example=$work/example
library=$(test_binaries "$example" --package cpulist --lib | tail -n 1)

one_test() { # [NAME=VALUE...]
    run 120 as_nextest "$example/cpulist" env "$@" "$runner" "$library" --exact tests::parses_lists_of_cpus --nocapture
}

origin() { newest_sidecar "$example" | grep -o '"origin":"[^"]*"'; }
# What the run's first test says: an emulator then stays for the others' forks, our own VMM does not.
made_the_template() {
    local forked=,forked
    [ "${KTSTR_E2E_MACHINE:-}" != kvm ] || forked=
    same "$(origin)" "\"origin\":\"boot,savedastemplate$forked\""
}
templates() { find "$store" -mindepth 2 -maxdepth 2 -name meta.json | wc -l; }
empty_store() { rm -rf "$store"; }
