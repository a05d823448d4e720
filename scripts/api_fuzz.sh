#!/usr/bin/env bash
# Asks a server of its own everything that its OpenAPI description allows, and much that it does not, and compares each
# answer with the description: no 5xx, no status and no content type that it does not name, no body of another shape.
#
#   scripts/api_fuzz.sh [SECONDS]
#
# Needs schemathesis (pip install schemathesis) and jq. With PINGPOST=FILE another binary is asked than the debug build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-300}
for program in schemathesis jq curl python3; do
    command -v "$program" >/dev/null || { echo "scripts/api_fuzz.sh: $program is missing" >&2; exit 2; }
done
pingpost=${PINGPOST:-}
if [ -z "$pingpost" ]; then
    cargo build --locked --bin pingpost
    pingpost=target/debug/pingpost
fi

folder=$(mktemp -d)
server=
ended() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap ended EXIT
trap 'exit 130' INT TERM

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

at=http://127.0.0.1:$(free_port)
"$pingpost" key new --file "$folder/master.key" >/dev/null
export PINGPOST_STORE__MASTER_KEY_FILE=$folder/master.key
export PINGPOST_STORE__PATH=$folder/pingpost.db
export PINGPOST_CARRIER__KIND=simulator
export PINGPOST_HTTP__LISTEN=127.0.0.1:$(free_port)
export PINGPOST_CONSOLE__LISTEN=${at#http://}
export PINGPOST_EXCHANGE__ALLOW_PRIVATE_TARGETS=true
export PINGPOST_LOG__LEVEL=error
"$pingpost" settings import config/demo-settings.toml >/dev/null
"$pingpost" serve >"$folder/log" 2>&1 &
server=$!
until curl -fs -o /dev/null "$at/v1/openapi.json"; do
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.2
done

"$pingpost" user add owner@example.com --name Owner --role owner >/dev/null
scopes=()
for scope in calls:read posts:write people:reveal money:read money:write settings:read settings:write settings:secrets \
    users:read users:write tokens:read tokens:write audit:read; do
    scopes+=(--scope "$scope")
done
token=$("$pingpost" token add owner@example.com --name fuzzer "${scopes[@]}" --json | jq -r .token)
PINGPOST_API_TOKEN=$token "$pingpost" call simulate --to +18005550100 --talk 60 >/dev/null || true

# A person's programs may ask 600 times a minute. The stream of events has no end, and nobody here writes TOML.
cd "$folder"
schemathesis run "$at/v1/openapi.json" --url "$at" -H "Authorization: Bearer $token" --rate-limit 590/m \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --phases examples,coverage,fuzzing --max-time "$seconds" --exclude-path /v1/events/stream \
    --exclude-operation-id put_v1_settings_document \
    --continue-on-failure --no-color
