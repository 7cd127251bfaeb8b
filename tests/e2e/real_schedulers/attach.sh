#!/bin/sh
# In the guest: attaches a scheduler, runs a mixed workload under it, detaches it, and says what became of each as lines
# KEY VALUE on stdout. What the scheduler wrote follows on stderr.
#
#   attach.sh CONFIG PROGRAM [ARGUMENT...]
#
# CONFIG: of the running kernel, or `-`. Loaders look for it below /boot.
[ "$1" = - ] || cp "$1" "/boot/config-$(uname -r)"
shift
state() { cat /sys/kernel/sched_ext/state; }
ms() { read -r up _ </proc/uptime && echo "${up%.*}${up#*.}0"; }
log=/tmp/scheduler.log

begin=$(ms)
"$@" >"$log" 2>&1 &
scheduler=$!
while [ "$(state)" != enabled ] && kill -0 "$scheduler" 2>/dev/null && [ $(($(ms) - begin)) -lt 120000 ]; do
    usleep 20000
done
if [ "$(state)" != enabled ]; then
    if kill -0 "$scheduler" 2>/dev/null; then
        echo "outcome never-attached"
    else
        wait "$scheduler"
        echo "code $?"
        echo "outcome refused"
    fi
    cat "$log" >&2
    exit 0
fi
echo "attach-ms $(($(ms) - begin))"
echo "ops $(cat /sys/kernel/sched_ext/*/ops)"

# Spinners, more than CPUs; sleepers; pairs that wake each other; one bound to each CPU; short-lived processes.
end=$(($(ms) + 3000))
for _ in 1 2 3 4 5 6; do
    while [ "$(ms)" -lt $end ]; do :; done &
    while [ "$(ms)" -lt $end ]; do usleep 1000; done &
done
timeout 3 yes | cat >/dev/null &
for cpu in $(seq 0 $(($(nproc) - 1))); do
    taskset -c "$cpu" timeout 2 sh -c 'while :; do :; done' &
done
while [ "$(ms)" -lt $end ]; do /bin/true; done

echo "state $(state)"
begin=$(ms)
kill "$scheduler" 2>/dev/null
wait "$scheduler"
echo "code $?"
echo "detach-ms $(($(ms) - begin))"
wait
if [ "$(state)" = disabled ] && dmesg | grep -q 'disabled (unregistered from user space)'; then
    echo "outcome clean"
else
    echo "outcome died"
    dmesg | grep sched_ext >&2
fi
cat "$log" >&2
