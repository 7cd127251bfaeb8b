#!/bin/bash
# reference.sh BIN_DIR FILE: the reference page is what the program prints of itself. KTSTR_BLESS=1 writes it.
set -u
if [ "${KTSTR_BLESS:-0}" = 1 ]; then
    "$1/cargo-ktstr" help --markdown >"$2"
    exit
fi
"$1/cargo-ktstr" help --markdown | diff -u --label "$2" --label now "$2" - && exit 0
echo "If the new text is right: KTSTR_BLESS=1 ctest -L cli" >&2
exit 1
