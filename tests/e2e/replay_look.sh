#!/usr/bin/env bash
# A failure of the deterministic machine is looked at: its trace, where it stands at a guest time, gdb in front of it.
source "$(dirname "$0")/lib.sh"
fixture scx-ktstr
crate=$work/scx-ktstr
sed -i "s|path = \"../../../guest/sdk/ktstr\"|path = \"$root/guest/sdk/ktstr\"|" "$crate/Cargo.toml"
cd "$crate" || exit 1

replay() { run 300 cargo ktstr replay stalls_a_task "$@"; }

it_stalls() {
    run 400 cargo ktstr test --machine det -- --test endings --run-ignored all -E 'test(=stalls_a_task)'
    exit_is 100
    sidecar_says "$crate" '"failed_at_ns":[1-9][0-9]{8,9}'
}

# How Perfetto takes a line apart: systrace_line_tokenizer.cc.
line='-[0-9]+ +\( *([0-9]+|-+)\) \[[0-9]+\] [a-zA-Z0-9.]{0,5} +[0-9]+\.[0-9]+: [^ ]+:'

a_trace_changes_nothing() {
    local trace
    replay --trace sched
    exit_is 0
    says "$out" '^identical: scx-ktstr::endings stalls_a_task'
    trace=$(sed -n 's/^trace: //p' "$out")
    same "$(head -n 1 "$trace")" '# tracer: nop'
    same "$(grep -v '^#' "$trace" | grep -Evc -- "$line")" 0
    says "$trace" ' 0\.000000: tracing_mark_write: I\|1\|job$'
    says "$trace" 'sched_switch: .* next_comm=victim'
    says "$trace" 'tracing_mark_write: B\|1\|program$'
}

where_it_stood() { grep -E '^ *vCPU [0-9]+: ' "$err"; }

it_stands_at_a_time() {
    local first
    replay --until 1500ms
    exit_is 0
    says "$err" 'stopped at 1\.5 s of guest time, as asked'
    first=$(where_it_stood)
    same "$(echo "$first" | wc -l)" 4
    replay --until 1.5s
    same "$(where_it_stood)" "$first"
    lacks "$err" 'not the same run'
}

gdb_sees_it_happen() {
    command -v gdb >/dev/null || skip "there is no gdb"
    timeout 300 cargo ktstr replay stalls_a_task --gdb >"$work/replay" 2>&1 &
    local replaying=$! command
    until_true 200 grep -q 'detach in gdb' "$work/replay"
    command=$(grep -E '^ *gdb ' "$work/replay")
    printf '%s\n' 'rbreak ^scx_ops_exit_kind$' 'rbreak ^scx_vexit$' continue backtrace detach >"$work/script"
    eval "timeout 120 $command -batch -x $work/script" >"$work/seen" 2>&1
    says "$work/seen" 'hit Breakpoint 1, .*scx_(ops_exit_kind|vexit)'
    says "$work/seen" 'scx_watchdog_workfn'
    wait $replaying || die "it ends when gdb has gone"
}

what_cannot_be() {
    replay --trace sched --gdb
    exit_is 2
    says "$err" 'replay it twice'
    replay --until soon
    exit_is 2
    KTSTR_TRACE=sched run 300 cargo ktstr test --machine qemu-tcg -- --test scheduler -E 'test(=attaches_and_idles)' --failure-output immediate
    fails
    says "$err" 'KTSTR_TRACE is for the deterministic machine'
}

check "it stalls" it_stalls
check "a trace changes nothing" a_trace_changes_nothing
check "it stands at a time" it_stands_at_a_time
check "gdb sees it happen" gdb_sees_it_happen
check "what cannot be" what_cannot_be
summary
