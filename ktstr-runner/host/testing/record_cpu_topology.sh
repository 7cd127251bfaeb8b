#!/bin/sh
# Usage: record_cpu_topology.sh [SYSTEM] >machines/NAME.txt
# Writes what a Linux host tells of its CPUs below SYSTEM (/sys/devices/system) as one short text; testing/recorded_machine.hpp
# makes a tree of it again. A line is a file and its text. One with `%` stands for many files: words NUMBERS=TEXT, and
# `%` is each of these numbers. A line that begins with a blank goes on with the one before.
set -eu
cd "${1:-/sys/devices/system}"
for file in cpu/online node/online; do
    [ ! -f $file ] || echo "$file $(cat $file)"
done
for file in node/node[0-9]*/cpulist cpu/cpu[0-9]*/topology/physical_package_id cpu/cpu[0-9]*/topology/core_cpus_list \
    cpu/cpu[0-9]*/topology/die_cpus_list cpu/cpu[0-9]*/topology/package_cpus_list cpu/cpu[0-9]*/cache/index[0-9]*/level \
    cpu/cpu[0-9]*/cache/index[0-9]*/type cpu/cpu[0-9]*/cache/index[0-9]*/shared_cpu_list; do
    [ ! -f "$file" ] || echo "$file $(cat "$file")"
done | sed -E 's,^((cpu/cpu|node/node))([0-9]+)(/[^ ]*) (.*),\1%\4 \3 \5,' | sort -t ' ' -k1,1 -k3,3 -k2,2n | awk '
function list(  i, end, text) { # numbers[1..n], ascending, as the kernel writes a list
    for (i = 1; i <= n; i = end + 1) {
        for (end = i; end < n && numbers[end + 1] == numbers[end] + 1; end++) { }
        text = text (text == "" ? "" : ",") numbers[i] (end > i ? "-" numbers[end] : "")
    }
    return text
}
function flush() {
    if (n > 0) { words[++count] = sprintf("%09d %s=%s", numbers[1], list(), value) }
    n = 0
}
function end_file(  i, j, word, line) {
    flush()
    for (i = 2; i <= count; i++) { # by the first number
        word = words[i]
        for (j = i - 1; j > 0 && words[j] > word; j--) { words[j + 1] = words[j] }
        words[j + 1] = word
    }
    line = file
    for (i = 1; i <= count; i++) {
        word = substr(words[i], 11)
        if (length(line) + length(word) > 118) { print line; line = " " }
        line = line " " word
    }
    if (count > 0) { print line }
    count = 0
}
$1 != file { end_file(); file = $1; value = "" }
$3 != value { flush(); value = $3 }
{ numbers[++n] = $2 }
END { end_file() }'
