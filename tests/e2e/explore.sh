#!/usr/bin/env bash
# cargo ktstr explore: many seeds of one test, each the run that nextest would have made of it.
source "$(dirname "$0")/lib.sh"
lean_kernel

crate=$work/dice
mkdir -p "$crate/tests"
cat >"$crate/Cargo.toml" <<'TOML'
[workspace]
[package]
name = "dice"
version = "0.1.0"
edition = "2021"
TOML
# A test whose outcome is its seed's: of what is random in the guest.
cat >"$crate/tests/it.rs" <<'RUST'
use std::io::Read;

fn roll(sides: u8) -> u8 {
    let mut byte = [0];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut byte).unwrap();
    byte[0] % sides
}

#[test]
fn always_passes() {
    println!("rolled {}", roll(255));
}

#[test]
#[ignore]
fn fails_at_times() {
    assert_ne!(roll(4), 0, "rolled a zero");
}

#[test]
fn takes_its_time() {
    std::thread::sleep(std::time::Duration::from_secs(1));
    for _ in 0..10_000_000_000u64 {
        std::hint::black_box(0);
    }
}
RUST
mkdir -p "$crate/src"
echo >"$crate/src/lib.rs"
cargo build --quiet --tests --manifest-path "$crate/Cargo.toml" || exit 1

explore() { # SECONDS ARGUMENT...
    local seconds=$1
    shift
    cd "$crate"
    run "$seconds" cargo-ktstr ktstr explore "$@" --kernel "$release"
}

latest() { readlink -f "$crate/target/ktstr/latest"; }

field() { # FILE NAME: a sidecar's field, as text; a seed is more than a shell's or jq's number may be
    sed -n "s/^ *\"$2\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$1"
}

seeds_and_digests() { # DIRECTORY
    local file
    for file in "$1"/dice*.json; do echo "$(field "$file" seed) $(field "$file" digest)"; done | sort -n
}

a_seed_is_the_run_that_nextest_makes() {
    explore 120 always_passes --seeds 6
    exit_is 0
    says "$out" '^dice::it always_passes: 6 seeds from 1 on'
    says "$out" '6  pass \([56] different runs\)' # 255 sides
    local of_explore seed digest
    of_explore=$(seeds_and_digests "$(latest)")
    same "$(echo "$of_explore" | wc -l)" 6
    while read -r seed digest; do
        KTSTR_SEED=$seed run 60 cargo-ktstr ktstr test --machine det --kernel "$release" -- -E 'test(=always_passes)'
        exit_is 0
        same "$(seeds_and_digests "$(latest)")" "$seed $digest"
    done <<<"$of_explore"
    nothing_is_left
}

stops_at_the_first_failure() {
    explore 120 fails_at_times --seeds 200
    exit_is 100
    says "$out" 'and stopped at the first failure'
    says "$out" '1  fail: '
    local file seed
    file=$(sed -n 's/.*cargo ktstr replay //p' "$out")
    seed=$(sed -n 's/^ *seed \([0-9]*\):.*/\1/p' "$out")
    same "$(field "$file" seed)" "$seed"
    same "$(field "$file" verdict)" fail
    says "$(latest)/output/seed-$seed.txt" 'rolled a zero'
    same "$(find "$(latest)" -name 'dice*.json' | wc -l)" "$(sed -n 's/.*fails_at_times: \([0-9]*\) seeds\{0,1\} .*/\1/p' "$out")"
    # The same again, by the command that is shown.
    run 60 cargo-ktstr ktstr replay "$file"
    exit_is 0
    says "$out" '^identical'
    nothing_is_left
}

collects_and_groups() {
    explore 200 fails_at_times --seeds 24 --keep-going
    exit_is 100
    local passed failed
    passed=$(sed -n 's/^ *\([0-9]*\)  pass .*/\1/p' "$out")
    failed=$(sed -n 's/^ *\([0-9]*\)  fail: .*/\1/p' "$out")
    same "$((passed + failed))" 24
    same "$(find "$(latest)" -name 'dice*.json' | wc -l)" 24
    same "$(find "$(latest)/output" -type f | wc -l)" "$failed"
    # It is a run like any other.
    run 60 cargo-ktstr ktstr stats
    says "$out" "$failed fail"
}

a_budget_ends_it() {
    local begun=$SECONDS
    explore 120 takes_its_time --budget 5s
    exit_is 3 # nothing has run to its end
    says "$out" 'takes_its_time: 0 seeds from 1 on in .*, and the budget of 5.* was over'
    [ $((SECONDS - begun)) -lt 60 ] || die "it took $((SECONDS - begun)) s"
    same "$(find "$(latest)" -name 'dice*.json' | wc -l)" 0
    nothing_is_left
}

tells_what_is_known_when_it_is_interrupted() {
    cd "$crate"
    cargo-ktstr ktstr explore always_passes --seeds 100000 --kernel "$release" >"$work/out" 2>"$work/err" &
    local pid=$! rc=0
    until_true 60 has_sidecars 3 || die "three seeds run"
    kill -INT $pid
    wait $pid || rc=$?
    cat "$work/err" "$work/out"
    same $rc 130
    says "$work/out" 'always_passes: [0-9]+ seeds from 1 on in .*, and was ended by SIGINT'
    same "$(find "$(latest)" -name 'dice*.json' | wc -l)" "$(sed -n 's/.*always_passes: \([0-9]*\) seeds .*/\1/p' "$work/out")"
    nothing_is_left 5
}

has_sidecars() { [ "$(find "$(latest)" -name 'dice*.json' 2>/dev/null | wc -l)" -ge "$1" ]; }

says_what_is_wrong() {
    explore 60
    exit_is 2
    says "$err" 'which test'
    explore 60 always_passess
    exit_is 2
    says "$err" 'did you mean `always_passes`'
    explore 60 it
    exit_is 2
    says "$err" '3 tests have'
    explore 60 always_passes --seeds none
    exit_is 2
    says "$err" '\-\-seeds is `none`, no whole number'
    cd "$crate"
    run 60 cargo-ktstr ktstr explore always_passes -- -E 'all()'
    exit_is 2
    says "$err" 'TEST says which one'
}

check a_seed_is_the_run_that_nextest_makes a_seed_is_the_run_that_nextest_makes
check stops_at_the_first_failure stops_at_the_first_failure
check collects_and_groups collects_and_groups
check a_budget_ends_it a_budget_ends_it
check tells_what_is_known_when_it_is_interrupted tells_what_is_known_when_it_is_interrupted
check says_what_is_wrong says_what_is_wrong
summary
