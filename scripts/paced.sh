#!/bin/sh
# Runs a test program as cargo is told to. Those that start processes and wait for deadlines most of their time run more
# of their tests at once than there are processors; whatever else computes, or looks at its own deadlines, does not.
case ${1##*/} in
    process-*) RUST_TEST_THREADS="${RUST_TEST_THREADS:-$(($(nproc) * 2))}"; export RUST_TEST_THREADS ;;
esac
exec "$@"
