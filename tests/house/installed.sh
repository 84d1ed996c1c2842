#!/usr/bin/env bash
# What `cmake --install` makes works by itself, with its own profiles and workers: installed.sh BUILD
set -euo pipefail
unset PANELBRIDGE_PROFILES PANELBRIDGE_EGRESS
folder=$(mktemp -d); pid=""
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
fail() { echo "installed: $*" >&2; exit 1; }

cmake --install "$1" --prefix "$folder" >/dev/null
program=$folder/bin/panelbridge shipped=$folder/share/panelbridge/profiles
for name in panelbridge panelbridge-egress panelbridge-mail; do [ -x "$folder/bin/$name" ] || fail "$name is missing"; done
grep -q '^ExecStart=/.*/panelbridge serve' "$folder/lib/systemd/system/panelbridge.service" || fail "the unit starts nothing"
grep -q '@' "$folder/lib/systemd/system/panelbridge.service" && fail "the unit has a placeholder left"

programmes() { "$program" bench sweep --people 5 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["programmes"])'; }
all=$(programmes)
rm "$shipped/programmes/plan-weight.json"
[ "$(programmes)" = $((all - 1)) ] || fail "it reads other profiles than its own"

cat >"$folder/config.json" <<'JSON'
{ "partners": [ { "id": "ehr", "kind": "fhir", "base_url": "http://127.0.0.1:9/fhir", "allow_private_address": true, "types": ["Patient"] } ] }
JSON
"$program" partners test --data "$folder/data" --config "$folder/config.json" >"$folder/partners" && fail "nobody listens at port 9"
grep -q '^ehr  *NOT' "$folder/partners" || fail "the worker was not asked: $(cat "$folder/partners")"
: >"$folder/out"
"$program" serve --data "$folder/data" --port 0 --config "$folder/config.json" >"$folder/out" 2>"$folder/err" & pid=$!
for _ in $(seq 200); do grep -q '^ready ' "$folder/out" && break; sleep 0.05; done
base=$(sed -n 's/^ready //p' "$folder/out")
[ -n "$base" ] || fail "does not start: $(tail -n 3 "$folder/err")"
curl -sf "$base/metadata" >/dev/null || fail "does not answer"
kill "$pid"; wait "$pid" || fail "does not stop cleanly"
pid=""
