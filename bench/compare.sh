#!/bin/sh
# Measures pingpost beside another implementation of the same job: the same offers, buyers and load, in turns, medians of
# three passes, ratios. What is behind `--` goes to `pingpost bench`, ex: --only memory-6,servers-6.
#
#   bench/compare.sh --peer DIR [-- MORE...]
#
# DIR holds a server.js for Node with its package-lock.json. It is copied, and its packages are installed into the copy; DIR
# itself is not changed. The servers get the first processor and the load the others, where there are several.
set -eu

usage() {
    echo "usage: bench/compare.sh --peer DIR [-- MORE...]" >&2
    exit 2
}

peer=
while [ $# -gt 0 ]; do
    case $1 in
        --peer) [ $# -ge 2 ] || usage; peer=$2; shift 2 ;;
        --) shift; break ;;
        *) usage ;;
    esac
done
[ -n "$peer" ] || usage
[ -f "$peer/server.js" ] || { echo "bench/compare.sh: there is no server.js in $peer" >&2; exit 2; }
for program in node npm cargo taskset; do
    command -v "$program" >/dev/null || { echo "bench/compare.sh: $program is missing" >&2; exit 2; }
done

peer=$(cd "$peer" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM

cp -R "$peer/." "$copy/"
chmod -R u+w "$copy"
(cd "$copy" && npm ci --no-audit --no-fund >&2)
(cd "$root" && cargo build --locked --profile dist --bin pingpost >&2)

bench="$root/target/dist/pingpost"
cpus=$(nproc)
if [ "$cpus" -gt 1 ]; then
    taskset -c "1-$((cpus - 1))" "$bench" bench --peer "$copy" --server-cpus 0 "$@"
else
    "$bench" bench --peer "$copy" "$@"
fi
