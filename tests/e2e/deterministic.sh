#!/usr/bin/env bash
# The deterministic machine: an attempt that runs again, two runs held against each other, tests that ask for it.
source "$(dirname "$0")/lib.sh"
fixture deterministic
crate=$work/deterministic
sed -i "s|path = \"../../../guest/sdk/ktstr\"|path = \"$root/guest/sdk/ktstr\"|" "$crate/Cargo.toml"
cd "$crate" || exit 1

# tests NAME [NEXTEST OPTION...]: that test on the deterministic machine.
tests() {
    local name=$1
    shift
    run 300 cargo ktstr test --machine det -- -E "test(=$name)" "$@"
}
replay() { run 300 cargo ktstr replay "$@"; }
runs() { find target/ktstr/runs -mindepth 1 -maxdepth 1 | wc -l; }
latest_sidecar() { find "$(realpath target/ktstr/latest)" -name '*.json' ! -name plan.json; }

identical_again() {
    local before
    tests says_the_time_and_chance
    exit_is 0
    before=$(runs)
    for _ in 1 2 3; do
        replay says_the_time_and_chance
        exit_is 0
        says "$out" '^identical: deterministic::planted says_the_time_and_chance, seed [0-9]+, digest '
        lacks "$out" 'not the same as then'
    done
    same "$(runs)" "$before" # a replay is no run of the workspace
    replay "$(latest_sidecar)"
    exit_is 0
    cargo ktstr stats list | grep -c says_the_time_and_chance | grep -qx 1 || die "stats counts the run alone"
}

a_failure_fails_again() {
    tests fails
    fails
    says "$err" 'seed [0-9]+: `cargo ktstr replay fails` runs it again'
    replay fails
    exit_is 0 # whatever the test's verdict
    says "$out" '^identical: '
    says "$out" 'fail: '
}

another_seed_is_another_run() {
    local one two
    KTSTR_SEED=1 tests says_the_time_and_chance
    one=$(latest_sidecar)
    KTSTR_SEED=2 tests says_the_time_and_chance
    two=$(latest_sidecar)
    [ "$(grep '"digest"' "$one")" != "$(grep '"digest"' "$two")" ] || die "the seed decides"
    replay "$one"
    exit_is 0
    says "$out" 'identical: .* seed 1,'
}

# What a seed delays a program by is up to 20 ms; 0 delays nothing.
own_seed_delays_nothing() {
    local without own apart
    KTSTR_SEED=0 tests says_the_time_and_chance --success-output immediate
    exit_is 0
    without=$(sed -n 's/.*tv_nsec: \([0-9]*\).*/\1/p' "$err")
    tests says_the_time_and_chance --success-output immediate
    exit_is 0
    own=$(sed -n 's/.*tv_nsec: \([0-9]*\).*/\1/p' "$err")
    apart=$((own - without))
    [ "${apart#-}" -lt 3000000 ] || die "the program began at $own ns in place of $without"
}

seeds_of_busy_cpus() {
    local seed digests=
    for seed in 1 2 3 4 5 6; do
        KTSTR_SEED=$seed tests wake_each_other
        exit_is 0
        digests+=$(grep '"digest"' "$(latest_sidecar)")$'\n'
        replay "$(latest_sidecar)"
        exit_is 0
        says "$out" "^identical: .* seed $seed,"
    done
    same "$(printf %s "$digests" | sort -u | wc -l)" 6
}

two_empty_caches_are_one() {
    local image cache templates one two
    image=$(cargo ktstr kernel path)
    for cache in one two; do
        mkdir "$work/$cache"
        XDG_CACHE_HOME=$work/$cache run 300 cargo ktstr test --machine det --kernel "$image" -- -E 'test(=says_the_time_and_chance)'
        exit_is 0
        sed -n 's/.*"digest": *"\([0-9a-f]*\)".*/\1/p' "$(latest_sidecar)" >"$work/$cache.digest"
    done
    [ -s "$work/one.digest" ] || die "a deterministic attempt has a digest"
    same "$(cat "$work/one.digest")" "$(cat "$work/two.digest")"
    templates=$(cd "$work/one/ktstr/templates" && ls -d */)
    [ -n "$templates" ] || die "a machine was saved"
    for template in $templates; do
        one=$work/one/ktstr/templates/$template two=$work/two/ktstr/templates/$template
        cmp "$one/ram0" "$two/ram0" || die "saved machines differ"
    done
}

a_file_that_changed() {
    echo 1 >data/number
    tests says_a_file
    exit_is 0
    echo 2 >data/number
    replay says_a_file
    exit_is 5
    says "$out" '^diverged at frame [0-9]+ of [0-9]+$'
    says "$out" 'recorded: out, .*number 1'
    says "$out" 'again: .*number 2'
    says "$out" '^not the same as then: files$'
}

a_variable_that_changed() {
    PLANTED=here tests says_a_variable
    exit_is 0
    PLANTED=there replay says_a_variable
    exit_is 5
    says "$out" 'recorded: .*planted here'
    says "$out" 'again: .*planted there'
    says "$out" '^not the same as then: environment$'
    PLANTED=here replay says_a_variable
    exit_is 0
}

what_cannot_be_replayed() {
    tests fails --run-ignored all
    replay no_such_test
    exit_is 2
    says "$err" 'no test of the run has `no_such_test` in its name'
    run 300 cargo ktstr test --machine det -- -E 'test(/^says_a_/)'
    replay says_a
    exit_is 2
    says "$err" 'deterministic::planted says_a_file$'
    says "$err" 'deterministic::planted says_a_variable$'
    run 300 cargo ktstr test --machine qemu-tcg -- -E 'test(=says_a_file)'
    replay says_a_file
    exit_is 2
    says "$err" 'did not run on the deterministic machine'
    says "$err" 'machine det'
}

check_passes() {
    run 300 cargo ktstr test --machine det --check -- -E 'test(=says_the_time_and_chance)'
    exit_is 0
    sidecar_says "$crate" '"digest_again":"[0-9a-f]{64}"'
}

# Each attempt finds another file, for it changes all the time.
check_fails() {
    (
        number=0
        while :; do
            number=$((number + 1))
            printf '%06d\n' $number >"$work/number" && mv "$work/number" data/number
            sleep 0.05 # how often it changes; nothing is waited for
        done
    ) &
    local changer=$!
    run 300 cargo ktstr test --machine det --check -- -E 'test(=says_a_file)' --failure-output immediate
    kill $changer
    wait $changer 2>/dev/null || true
    exit_is 100
    says "$err" 'two runs diverged at frame [0-9]+ of [0-9]+: out, .*number [0-9]+.*; then out, .*number'
    says "$err" 'it reads what the host changed between the two runs: .*files'
    sidecar_says "$crate" '"reason":"diverged"'
    same "$(find -L target/ktstr/latest -name '*.frames' | wc -l)" 2
}

check_needs_the_machine() {
    run 60 cargo ktstr test --check
    exit_is 2
    says "$err" 'add --machine det'
    run 60 cargo ktstr test --check --machine qemu-tcg
    exit_is 2
    KTSTR_CHECK=1 run 300 cargo ktstr test --machine qemu-tcg -- -E 'test(=says_a_file)' --failure-output immediate
    fails
    says "$err" 'KTSTR_CHECK=1 is for the deterministic machine'
}

check_names_who_reads_the_host() {
    mkdir -p .config
    printf '%s\n' '[profile.default]' '[[profile.default.overrides]]' "filter = 'test(=says_a_file)'" 'host-only = true' >.config/ktstr.toml
    run 300 cargo ktstr test --machine det --check -- -E 'test(=says_a_file)' --success-output immediate
    rm .config/ktstr.toml
    exit_is 0
    says "$err" 'SKIP: it runs on the host'
    sidecar_says "$crate" '"verdict":"skip"'
}

asked_for_by_the_test() {
    run 300 cargo ktstr test -- -E 'test(=says_so_itself)'
    exit_is 0
    sidecar_says "$crate" '"deterministic":true'
    replay says_so_itself
    exit_is 0
    run 300 cargo ktstr test --machine qemu-tcg -- -E 'test(=says_so_itself)' --failure-output immediate
    fails
    says "$err" 'the test is deterministic, and KTSTR_MACHINE is qemu-tcg'
}

asked_for_by_the_configuration() {
    mkdir -p .config
    printf '%s\n' '[profile.default]' 'machine = "qemu-tcg"' '[[profile.default.overrides]]' "filter = 'test(=says_a_file)'" 'deterministic = true' >.config/ktstr.toml
    run 300 cargo ktstr test -- -E 'test(=says_a_file)'
    rm .config/ktstr.toml
    exit_is 0
    sidecar_says "$crate" '"deterministic":true'
}

check "an attempt is identical again, by name and by sidecar" identical_again
check "a failure fails again, and says how" a_failure_fails_again
check "the seed decides, and comes back with the sidecar" another_seed_is_another_run
check "a test's own seed delays nothing" own_seed_delays_nothing
check "so it is where CPUs are busy and meet" seeds_of_busy_cpus
check "two empty caches make one machine, and one digest" two_empty_caches_are_one
check "a file that changed is where they part" a_file_that_changed
check "so is a variable" a_variable_that_changed
check "what cannot be replayed is said, with the candidates" what_cannot_be_replayed
check "--check passes what is the same twice" check_passes
check "--check fails what is not, with the first difference" check_fails
check "--check is refused without the deterministic machine" check_needs_the_machine
check "--check names a test that runs on the host" check_names_who_reads_the_host
check "a test may ask for the machine itself" asked_for_by_the_test
check "so may ktstr.toml" asked_for_by_the_configuration
check "nothing is left" nothing_is_left
summary
