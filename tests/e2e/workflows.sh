#!/usr/bin/env bash
# The workflows of docs/examples and ktstr's action, as a runner of GitHub runs them: every `run:` step in its order and with its
# environment, by the programs that `cargo install` has put in place. What other people's actions do is in workflows/actions.py;
# kernels come from a look-alike of kernel.org. `cargo install` goes on with the build of `cargo xtask`, lest all be compiled twice.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/mirror_lib.sh"

for variable in $(compgen -e); do
    case $variable in
    ACTIONS_* | GITHUB_* | RUNNER_* | KTSTR_CACHE_DIR | KTSTR_GHA_CACHE | KTSTR_BUDGET_* | LLVM_COV | LLVM_PROFDATA) unset "$variable" ;;
    esac
done
lean_kernel
version=${release%-ktstr}
home=$work/home
installed=$work/installed
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_LLVM_COV_SETUP=no

# The series that the examples name: the lean kernel's, and the same kernel that says it is another. The newest is the real one.
prepare_mirror() {
    local other=6.18.${version##*.}
    sed "s/${release//./\\.}/$other-ktstr/g" "$image" >"$work/other-image"
    mirror_begin
    mirror_release "$version" "$release"
    mirror_release "$other" "$other-ktstr" "$work/other-image"
    cat >"$mirror/releases.json" <<JSON
{"releases": [{"moniker": "longterm", "version": "$version", "iseol": false},
              {"moniker": "stable", "version": "$other", "iseol": true}]}
JSON
    mirror_serve
}

# Somebody's scheduler with its tests, in a repository of its own, and some settings for its kernel.
prepare_repository() {
    local repository=$work/scx-ktstr
    fixture scx-ktstr
    cd "$repository"
    find tests -name '*.rs' ! -name integration.rs ! -path '*/common/*' -delete
    sed -i "s|path = \"../../../guest/sdk/ktstr\"|path = \"$root/guest/sdk/ktstr\"|" Cargo.toml
    grep -qF "\"$root/guest/sdk/ktstr\"" Cargo.toml || die "the copy uses the crate of this tree"
    echo 'CONFIG_PSI=y' >ktstr.kconfig
    git init -q && git add -A && git -c user.name=x -c user.email=x@y commit -qm scheduler
}

# Two crates of one workspace, one of which has the feature.
prepare_crates() {
    fixture example
    cd "$work/example"
    sed -i 's/^members = .*/members = ["cpulist", "pinned"]/' Cargo.toml
    printf '\n[features]\nintegration = []\n' >>cpulist/Cargo.toml
    rm -r guard machine
    git init -q && git add -A && git -c user.name=x -c user.email=x@y commit -qm crates
}

mkdir -p "$home" "$work/caches" "$work/temp" "$work/stubs"
# The action may ask for root; this machine is not its runner.
printf '#!/bin/sh\necho "sudo is not for tests" >&2\nexit 1\n' >"$work/stubs/sudo"
chmod +x "$work/stubs/sudo"
# What the scheduler needs is compiled before the clock runs, for the fixture and for its copy alike.
(cd "$root/tests/fixtures/scx-ktstr" && cargo test --quiet --no-run --features integration --test integration) >"$work/prepare.log" 2>&1
prepared=$?
prepare_mirror >>"$work/prepare.log" 2>&1
prepared=$((prepared + $?))
for part in prepare_repository prepare_crates; do
    (set -e && $part) >>"$work/prepare.log" 2>&1 # behind `||` or `if` nobody would hear of -e
    prepared=$((prepared + $?))
done
[ $prepared = 0 ] || {
    cat "$work/prepare.log"
    echo "not ok the runner and its repositories cannot be prepared"
    echo "0 passed, 1 failed"
    exit 1
}
python3 "$root/tests/fixtures/gha/server.py" >"$work/service" 2>/dev/null </dev/null &
disown # as the mirror
until_true 20 test -s "$work/service" || {
    echo "not ok the cache of GitHub Actions does not start"
    echo "0 passed, 1 failed"
    exit 1
}

# runner SECONDS WORKFLOW REPOSITORY TARGET: its jobs. `cargo install` has a place of its own, which comes first on the PATH, and this tree's programs are
# not on it. The home is the runner's; Cargo's is not, since what it has compiled is good for the paths of one registry alone.
runner() {
    local path
    path=$(tr : '\n' <<<"$PATH" | grep -vxF "$bin" | paste -sd:)
    PATH=$work/stubs:$installed/bin:$path CARGO_INSTALL_ROOT=$installed CARGO_TARGET_DIR=$4 KTSTR_BUILD_DIR=build/release \
        run "$1" env -u XDG_CACHE_HOME -u KTSTR_KERNEL python3 -B "$root/tests/e2e/workflows/run.py" "$2" --repository "$3" --ktstr "$root" \
        --home "$home" --caches "$work/caches" --temp "$work/temp" \
        --runner "ACTIONS_RESULTS_URL=http://127.0.0.1:$(head -n 1 "$work/service")/" --runner ACTIONS_RUNTIME_TOKEN=the-word
    lacks "$out" 'the-word'
    lacks "$err" 'the-word'
}

# The suite's own servers carry its tag too, so others than these are not asked for.
has_no_emulator() { ! has_emulator; }
no_machine_is_left() { until_true 3 has_no_emulator || die "no machine may outlive its run"; }

example() { # NAME: in the scheduler's repository, whose dependencies are compiled already
    runner 240 "$root/docs/examples/$1.yml" "$work/scx-ktstr" "$root/tests/fixtures/scx-ktstr/target"
    exit_is 0
}

minimal() {
    example minimal
    says "$out" 'cache: miss for ktstr-kernels-X64-newest-[0-9a-f]{64}$'
    says "$err" 'cache: shared'
    says "$err" 'PASS .*load_of_many_kinds'
    [ "$(find "$installed/bin" -type f | xargs -n 1 basename | sort | paste -sd,)" = cargo-ktstr,ktstr ] || die "two programs are installed"
    [ -x "$(echo "$home"/.cache/ktstr/programs/*/ktstr-runner)" ] || die "they have unpacked what they carry"
    no_machine_is_left
}

# Each job has the kernel of its own, by the cache that the action restores or by what another job has shared.
pinned() {
    example pinned
    same "$(grep -c '^=== job test: done' "$out")" 2
    says "$out" 'cache: miss for ktstr-kernels-X64-6.12-'
    says "$out" 'cache: miss for ktstr-kernels-X64-6.18-'
    says "$err" 'cache: hit'
    same "$(grep -cE 'PASS .*load_of_many_kinds' "$err")" 2
    same "$(ls "$work/caches" | cut -d- -f1-4 | sort | paste -sd,)" \
        ktstr-kernels-X64-6.12,ktstr-kernels-X64-6.18,ktstr-kernels-X64-newest
    no_machine_is_left
}

budget() {
    example budget
    says "$out" 'cache: hit ktstr-kernels-X64-newest-'
    says "$err" 'the store has'
    says "$err" 'budget'
    says "$err" 'PASS .*load_of_many_kinds'
    no_machine_is_left
}

needs_llvm_cov() {
    cargo llvm-cov --version || skip "no cargo-llvm-cov (hint: cargo install --locked cargo-llvm-cov)"
}

# Of crates that need no others: instrumented, those of the scheduler would be compiled once more.
coverage() {
    needs_llvm_cov
    runner 240 "$root/docs/examples/coverage.yml" "$work/example" "$work/target"
    exit_is 0
    says "$work/example/lcov.info" '^SF:.*/pinned/src/main.rs$'
    grep -A 200 '^SF:.*/pinned/src/main.rs' "$work/example/lcov.info" | grep -q '^DA:.*,[1-9]' || die "lines of it are covered"
    says "$out" '^== step: Test statistics'
    says "$out" '^pass .* cpulist::'
    no_machine_is_left
}

# The same steps where the repository is ktstr's: its own tests, those that mount file systems too.
in_a_checkout_of_ktstr() {
    runner 240 "$root/tests/e2e/workflows/own.yml" "$root" "$work/target"
    exit_is 0
    says "$err" 'PASS .*mounted::without_space_it_says_so_and_leaves_nothing'
    no_machine_is_left
}

every_example_is_run() {
    same "$(cd "$root/docs/examples" && ls | paste -sd,)" budget.yml,coverage.yml,minimal.yml,pinned.yml
}

# workflow STEPS: one job of these steps, in an empty repository.
workflow() {
    mkdir -p "$work/empty"
    printf 'jobs:\n  one:\n    runs-on: x\n    env: {NUMBER: "1"}\n    strategy: {matrix: {word: [a, b]}}\n    steps:\n%s\n' "$1" >"$work/workflow.yml"
    runner 20 "$work/workflow.yml" "$work/empty" "$work/target"
}

a_failure_ends_the_job() {
    workflow '      - run: echo "says ${{ matrix.word }} $NUMBER $TWO"; test ${{ matrix.word }} = b
        env: {TWO: "2"}
      - run: echo "goes on"
      - run: echo "in any case"
        if: ${{ !cancelled() }}
      - run: echo "in that case"
        if: failure()'
    exit_is 1
    same "$(grep -cE '^says (a|b) 1 2$' "$out")" 2
    same "$(grep -c '^goes on$' "$out")" 1
    same "$(grep -c '^in any case$' "$out")" 2
    same "$(grep -c '^in that case$' "$out")" 1
}

what_nobody_knows_is_refused() {
    workflow '      - uses: somebody/action@v1'
    exit_is 2
    says "$err" 'the action `somebody/action@v1`'
    workflow '      - uses: actions/cache@v1'
    exit_is 2
    workflow '      - run: echo ${{ secrets.TOKEN }}'
    exit_is 2
    says "$err" 'secrets.TOKEN'
    workflow '      - runs: echo'
    exit_is 2
    says "$err" 'runs in a step'
}

# What the guide shows to copy, what the fixture has and what this repository has are one.
one_nextest_configuration() {
    run 10 python3 - "$root" <<'PYTHON'
import re, sys, tomllib
root = sys.argv[1]
def read(path):
    with open(f"{root}/{path}") as file:
        return file.read()
shown = [block for block in re.findall(r"```toml\n(.*?)```", read("docs/guide/ci.md"), re.DOTALL) if "[profile.ci]" in block]
texts = [*shown, read("tests/fixtures/scx-ktstr/.config/nextest.toml"), read(".config/nextest.toml")]
profiles = [tomllib.loads(text)["profile"] for text in texts]
print(len(shown), all(one == profiles[0] for one in profiles), profiles[0])
PYTHON
    says "$out" '^1 True '
    says "$out" "'ci': .*'terminate-after': 3.*'failure-output': 'final', 'fail-fast': False"
}

# In this order: what one job keeps for later ones, the next finds.
check "every example is run here" every_example_is_run
check "a step that fails ends its job" a_failure_ends_the_job
check "what nobody knows is refused" what_nobody_knows_is_refused
check "one configuration of nextest" one_nextest_configuration
check "the minimal workflow" minimal
check "kernels pinned by a matrix" pinned
check "a budget" budget
check "a checkout of ktstr itself" in_a_checkout_of_ktstr
check "coverage, with statistics" coverage
summary
