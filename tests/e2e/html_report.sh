#!/usr/bin/env bash
# The page of `cargo ktstr stats report --html` in a browser: light and dark, wide and as narrow as a telephone. It fetches
# nothing, runs nothing, and nothing of it sticks out. KTSTR_E2E_KEEP=FOLDER keeps the pictures.
source "$(dirname "$0")/lib.sh"

tools=$root/tests/e2e/html_report
python3 "$tools/make_runs.py" "$work/runs"

has_a_browser() { chromium --version >/dev/null 2>&1 || skip "there is no chromium that runs (apt-get install chromium)"; }

# browser PICTURE SCHEME WIDTH PAGE: the page as it is in the end, in $out. 0 is dark, 1 is light.
browser() {
    run 40 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-sync \
        --disable-background-networking --disable-component-update --user-data-dir="$work/profile" \
        --blink-settings=preferredColorScheme="$2" --window-size="$3,1200" --virtual-time-budget=5000 \
        --dump-dom --screenshot="$1" "file://$4"
    exit_is 0
    [ -s "$1" ] || die "there is no picture"
}

# look_at PAGE SCHEME WIDTH: what the script in it tells, as JSON in $told.
look_at() {
    has_a_browser
    python3 "$tools/look_at.py" "$1" "$3" 1200
    browser "$work/$2-$3.png" "$2" "$3" "$1.look.html"
    told=$work/told
    grep -o 'TOLD {.* END' "$out" | sed 's/^TOLD //; s/ END$//; s/&amp;/\&/g; s/&lt;/</g; s/&gt;/>/g' >"$told"
    [ -s "$told" ] || die "the page tells nothing"
}

# told_is WHAT VALUE: of one field of it, as Python prints JSON.
told_is() { same "$(python3 -c 'import json, sys; print(json.dumps(json.load(open(sys.argv[1]))[sys.argv[2]]))' "$told" "$1")" "$2"; }

the_report_is_written() {
    run 30 cargo-ktstr ktstr stats report --html "$work/run.html" --dir "$work/runs/b" --against "$work/runs/a"
    exit_is 0
    says "$work/run.html" 'Tests that regressed'
}

everything_is_there() {
    look_at "$work/run.html" "$1" "$2"
    told_is width "$2"
    told_is overflow 0
    told_is cut '[]'
    told_is small 0
    told_is fetched '[]'
    told_is broken '[]'
    told_is title '"ktstr: b"'
    told_is drawings 4
    for section in 'What did not pass' 'Tests that regressed' 'Metrics of A and B'; do
        says "$told" "\"$section\""
    done
    [ "$1" = 0 ] || told_is back '"rgb(255, 255, 255)"'
    [ "$1" = 1 ] || told_is back '"rgb(22, 22, 26)"'
    [ -z "${KTSTR_E2E_KEEP:-}" ] || cp "$work/$1-$2.png" "$KTSTR_E2E_KEEP"
}

light_and_dark_differ() {
    look_at "$work/run.html" 0 600
    look_at "$work/run.html" 1 600
    ! cmp -s "$work/0-600.png" "$work/1-600.png" || die "the pictures are the same"
    cp "$work/1-600.png" "$work/before.png"
    look_at "$work/run.html" 1 600
    cmp -s "$work/before.png" "$work/1-600.png" || die "pictures of the same differ, so that they say nothing"
}

# What this suite looks for is seen where it is.
what_is_wrong_is_seen() {
    sed 's#</body></html>#<script>throw 1</script><img src="http://127.0.0.1:9/x.png"><p style="width:2000px">wide</p></body></html>#' \
        "$work/run.html" >"$work/wrong.html"
    look_at "$work/wrong.html" 1 360
    says "$told" 'script-src-elem inline'
    says "$told" 'img-src http://127.0.0.1:9/x.png'
    says "$told" '"cut":\["P"\]'
    lacks "$told" '"overflow":0,'
}

check "the report is written" the_report_is_written
for scheme in 1 0; do
    for width in 1280 360; do
        check "everything is there and nothing else, $([ $scheme = 1 ] && echo light || echo dark), $width wide" everything_is_there $scheme $width
    done
done
check "light and dark differ" light_and_dark_differ
check "what is wrong is seen" what_is_wrong_is_seen
summary
