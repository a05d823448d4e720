#!/usr/bin/env bash
# Runs the fuzz targets of fuzz/, each for so many seconds, from seeds made of the tests' fixtures.
# Usage: scripts/fuzz.sh [seconds [target…]]; 60 seconds and all targets without them.
#
# It needs a nightly toolchain, for the sanitizer that steers the fuzzer; the same readers are tried on stable by the
# property tests of every `cargo test`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-60}
[ $# -gt 0 ] && shift
host=$(rustc -vV | sed -n 's/^host: //p')
built=fuzz/target/$host/release
corpus=fuzz/target/corpus
found=fuzz/target/found

if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "there is no nightly toolchain, so nothing was fuzzed: rustup toolchain install nightly --profile minimal" >&2
    exit 2
fi
command -v jq >/dev/null || { echo "jq is missing, which cuts the fixtures into seeds" >&2; exit 2; }

if [ $# -gt 0 ]; then
    targets=("$@")
else
    targets=()
    for file in fuzz/fuzz_targets/*.rs; do
        targets+=("$(basename "$file" .rs)")
    done
fi

# As cargo-fuzz builds them, without needing it.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Zsanitizer=address -Ccodegen-units=1"
cargo +nightly build --quiet --locked --manifest-path fuzz/Cargo.toml --release --target "$host"

# strings FOLDER FILE…: one seed for each string of JSON files.
strings() {
    local folder=$1 n=0
    shift
    while IFS= read -r line; do
        n=$((n + 1))
        jq -rj . <<<"$line" >"$folder/string-$n"
    done < <(jq -c '.. | strings | select(length > 1)' "$@" | sort -u)
}

# webhooks FOLDER: one seed for each form of the carrier's fixtures.
webhooks() {
    local file
    for file in crates/carrier/fixtures/twilio/*/*.json; do
        jq -rj '.form // {} | to_entries | map("\(.key)=\(.value | tostring | @uri)") | join("&")' "$file" \
            >"$1/$(basename "$file" .json)"
    done
}

# lines FOLDER TEXT…: one seed for each text.
lines() {
    local folder=$1 n=0
    shift
    for text in "$@"; do
        n=$((n + 1))
        printf '%s' "$text" >"$folder/line-$n"
    done
}

seed() {
    local folder=$corpus/$1
    mkdir -p "$folder" "$found"
    case $1 in
        own_wire | presets | mappings | json | xml | sample | path | kept)
            strings "$folder" crates/buyer/fixtures/*/*/*.json
            cp crates/buyer/fixtures/own/good/*.json "$folder/"
            ;;
        primitives | destination | url)
            strings "$folder" crates/buyer/fixtures/own/odd/*.json
            lines "$folder" https://buyer.example/ping http://[::1]/ sip:a@b.example 91.00 2026-05-05T06:26:06Z
            ;;
        secret) lines "$folder" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_ "" ;;
        retry_after) lines "$folder" 120 "Sun, 06 Nov 1994 08:49:37 GMT" -1 99999999999999999999 ;;
        form | signed | unsigned) webhooks "$folder" ;;
        hook) strings "$folder" crates/carrier/fixtures/twilio/*/*.json ;;
        rest)
            lines "$folder" '{"sid":"CA1","parent_call_sid":"CA2","status":"completed","start_time":"Tue, 24 Nov 2026 14:00:00 +0000","end_time":null,"duration":"12"}' \
                '{"calls":[{"sid":"CA1","status":"ringing"}]}' '{"code":20404}' \
                '{"incoming_phone_numbers":[{"phone_number":"+18005550100","voice_url":"https://a.example/"}],"next_page_uri":"/a"}'
            ;;
        answer) lines "$folder" 33109 "three three one oh nine" "nineteen sixty" "my name is ada" "no i do not" florida '1#' ;;
        words) lines "$folder" +13055550142 33109 FL 305 91.00 first_name "own home" ;;
        submitted)
            lines "$folder" '{"phone":"+13055550142","zip":"33109","age":65,"insured":true,"consent":"1","consent_at":"2026-09-21T14:00:00Z"}' \
                'phone=3055550142&zip=33109-1234&state=florida&born_on=1960-12-31&email=ada@example.com&consent=1'
            ;;
        phone) lines "$folder" +13055550142 '(305) 555-0142' 1-305-555-0142 +442079460123 ;;
        settings) cp config/demo-settings.toml "$folder/" ;;
        configuration_file) cp config/default.toml "$folder/" ;;
        environment) lines "$folder" $'HTTP__LISTEN=127.0.0.1:80\nLOG__LEVEL=debug' POSTS__LEASE=30s STORE__MASTER_KEY=s3cr3t ;;
        datagram) cp crates/sip/tests/torture/*.dat "$folder/" ;;
        description)
            lines "$folder" $'v=0\r\no=- 1 0 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\nm=audio 54400 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n'
            ;;
        packet | keys) lines "$folder" $'\x80\x65\x01\x02\x01\x01\x01\x01\x01\x01\x01\x01\x05\x0a\x01\x40' ;;
        info) lines "$folder" $'Signal=5\r\nDuration=160\r\n' 5 '1800;refresher=uac' 'Digest realm="a", algorithm=SHA-256' ;;
        wav) lines "$folder" $'RIFF\x24\x01\x01\x01WAVEfmt ' ;;
        *) echo "$1 has no seeds" >&2; exit 2 ;;
    esac
}

failed=()
for target in "${targets[@]}"; do
    seed "$target"
    log=fuzz/target/$target.log
    if nice -n 19 "$built/$target" "$corpus/$target" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
        -max_total_time="$seconds" -artifact_prefix="$found/$target-" -print_final_stats=1 >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$target: $runs inputs in $seconds s, nothing found"
    else
        echo "$target: FOUND something: $log, the input is in $found"
        failed+=("$target")
    fi
done
echo "${#targets[@]} targets, ${#failed[@]} failed"
[ ${#failed[@]} -eq 0 ]
