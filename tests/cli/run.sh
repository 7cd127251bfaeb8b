#!/bin/bash
# Golden text: run.sh BIN_DIR FILE. In FILE each line `$ COMMAND` is followed by what the command writes (stdout, then
# stderr) and, when it is not 0, `[exit N]`. Prints the difference and fails when the programs say something else.
# KTSTR_BLESS=1 writes the new text into FILE.
set -u
bin=$(cd "$1" && pwd) || exit 1
file=$(realpath "$2") || exit 1
scratch=$(mktemp -d) || exit 1
bless=${KTSTR_BLESS:-0}
trap 'rm -rf "$scratch"' EXIT

# Nothing of the caller's own settings.
for name in $(compgen -e); do
    case $name in KTSTR_*|NEXTEST*|CARGO|CARGO_TARGET_*) unset "$name" ;; esac
done
export PATH=$bin:$PATH KTSTR_CACHE_DIR=$scratch/kernels LC_ALL=C

mkdir "$scratch/cwd"
cd "$scratch/cwd" || exit 1
while IFS= read -r line; do
    case $line in '$ '*) ;; *) continue ;; esac
    echo "$line"
    (eval "${line#\$ }") >"$scratch/out" 2>"$scratch/err" </dev/null
    code=$?
    sed "s#$scratch#SCRATCH#g; s#$bin#BIN#g" "$scratch/out" "$scratch/err"
    [ $code = 0 ] || echo "[exit $code]"
    echo
done <"$file" >"$scratch/now"

if [ "$bless" = 1 ]; then
    cp "$scratch/now" "$file"
    exit 0
fi
diff -u --label "$file" --label now "$file" "$scratch/now" && exit 0
echo "If the new text is right: KTSTR_BLESS=1 ctest -L cli" >&2
exit 1
