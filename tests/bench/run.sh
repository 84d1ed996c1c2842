#!/usr/bin/env bash
# Benchmarks as a table, each beside its bare floor in the same run: tests/bench/run.sh [NAME...]
# NAME: start edge read transaction worklist closing store sweep day change search pull outward. Needs wrk. PANELBRIDGE_BENCH_SECONDS: for each measure (default 4);
# PANELBRIDGE_BENCH_PEOPLE: whom sweep, day and change are about (default 100000).
# After `search` and `outward` their own options may follow: ./dev bench search [--people N | --data DIR] [--rounds R] [--markdown],
# ./dev bench outward [export] [notify] [pull] [--people N] [--owners N --tasks M] (tests/bench/outward.py --help).
set -euo pipefail
cd "$(dirname "$0")/../.."
release=build/release
program=$release/panelbridge
seconds=${PANELBRIDGE_BENCH_SECONDS:-4}
names=("$@"); [ ${#names[@]} -gt 0 ] || names=(start edge read transaction worklist closing store sweep day change search pull outward)
case "${names[0]}" in
  search|outward) [ ${#names[@]} -eq 1 ] || exec python3 "tests/bench/${names[0]}.py" "$program" "${names[@]:1}" ;;
esac
folder=$(mktemp -d); pids=()
trap 'for p in "${pids[@]:-}"; do [ -n "$p" ] && kill "$p" 2>/dev/null; done; rm -rf "$folder"' EXIT

row() { printf '%-44s %14s %14s %8s\n' "$1" "$2" "$3" "${4:-}"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.0f %%", 100 * a / b }'; }
now() { date +%s.%N; }
need_wrk() { command -v wrk >/dev/null || { row "$1" "wrk is missing" ""; return 1; }; }
rate() { wrk -t1 -c32 -d"${seconds}s" --latency "$@" | awk '/Requests\/sec/ { r = $2 } /99%/ { p = $2 } END { printf "%.0f %s", r, p }'; }

serve() {  # serve NAME DATA: sets base and pid
  "$program" serve --data "$2" --port 0 >"$folder/$1.out" 2>"$folder/$1.err" &
  pid=$!; pids+=("$pid")
  for _ in $(seq 400); do grep -q '^ready ' "$folder/$1.out" && break; sleep 0.005; done
  base=$(sed -n 's/^ready //p' "$folder/$1.out")
  [ -n "$base" ] || { cat "$folder/$1.err" >&2; exit 2; }
}
halt() { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null || true; }

bench_start() {
  local begin; begin=$(now)
  serve start "$folder/start"
  row "start to ready, empty store" "$(awk -v a="$begin" -v b="$(now)" 'BEGIN { printf "%.3f s", b - a }')" "< 0.5 s"
  sleep 0.5
  row "resident memory, idle" "$(awk '/VmRSS/ { printf "%.0f MB", $2 / 1024 }' "/proc/$pid/status")" "< 150 MB"
  halt
}

bench_edge() {
  need_wrk edge || return 0
  "$release/tests/edge_bench" >"$folder/edge.out" & local floor=$!; pids+=("$floor")
  for _ in $(seq 200); do [ -s "$folder/edge.out" ] && break; sleep 0.01; done
  read -r edge bare <"$folder/edge.out"
  local ours theirs
  theirs=$(rate "http://127.0.0.1:$bare/"); ours=$(rate "http://127.0.0.1:$edge/")
  row "edge, empty handler, 32 clients (p99)" "${ours/ / (})" "${theirs/ / (})" "$(ratio "${ours% *}" "${theirs% *}")"
  kill "$floor"; wait "$floor" 2>/dev/null || true
  floor_rate=${theirs% *}
}

bench_read() {
  need_wrk read || return 0
  serve read "$folder/read"
  curl -sf -X PUT -H 'Content-Type: application/fhir+json' -o /dev/null "$base/Patient/bench" -d @- <<'JSON'
{"resourceType":"Patient","id":"bench","identifier":[{"system":"urn:bench","value":"1"}],"name":[{"family":"Bench","given":["A"]}],"gender":"female","birthDate":"1970-01-01","address":[{"line":["Street 1"],"city":"Utrecht","postalCode":"3500 AA","country":"NL"}]}
JSON
  local ours; ours=$(rate -H 'Accept: application/fhir+json' "$base/Patient/bench")
  row "read by id, 32 clients (p99)" "${ours/ / (})" "${floor_rate:-}" "$(ratio "${ours% *}" "${floor_rate:-0}")"
  halt
}

# A person with ten results in one Bundle, each POST a new person; the floor puts the same bytes and index entries into
# plain SQLite tables, one transaction a Bundle.
bench_transaction() {
  need_wrk transaction || return 0
  serve transaction "$folder/transaction"
  python3 - "$folder" <<'PY'
import json, sys
entry = [{'fullUrl': 'urn:uuid:5e3f6c0a-0000-4000-8000-000000000001', 'request': {'method': 'POST', 'url': 'Patient'},
          'resource': {'resourceType': 'Patient', 'name': [{'family': 'Bench', 'given': ['A']}], 'gender': 'female', 'birthDate': '1970-01-01'}}]
for day in range(1, 11):
    entry.append({'request': {'method': 'POST', 'url': 'Observation'}, 'resource': {'resourceType': 'Observation', 'status': 'final',
        'code': {'coding': [{'system': 'http://loinc.org', 'code': '8302-2'}]}, 'subject': {'reference': entry[0]['fullUrl']},
        'effectiveDateTime': f'2026-03-{day:02}', 'valueQuantity': {'value': 170, 'unit': 'cm', 'system': 'http://unitsofmeasure.org', 'code': 'cm'}}})
body = json.dumps({'resourceType': 'Bundle', 'type': 'transaction', 'entry': entry})
open(sys.argv[1] + '/bundle.lua', 'w').write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/fhir+json"\nwrk.body = [==[' + body + ']==]\n')
PY
  local floor clients ours
  floor=$(python3 tests/bench/bundle_floor.py "$folder/floor.db" "$seconds")
  for clients in 1 8 64; do
    ours=$(wrk -t1 -c"$clients" -d"${seconds}s" --latency -s "$folder/bundle.lua" "$base" | awk '/Requests\/sec/ { r = $2 } /99%/ { p = $2 } /Non-2xx/ { bad = " REFUSED " $NF } END { printf "%.0f %s%s", r, p, bad }')
    row "Bundles of 11 a second, $clients clients (p99)" "${ours/ / (})" "$floor" "$(ratio "${ours%% *}" "$floor")"
  done
  halt
}

bench_worklist() {
  need_wrk worklist || return 0
  "$program" import --data "$folder/worklist" samples/population >/dev/null 2>&1
  serve worklist "$folder/worklist"
  sleep 2
  local owner ours
  owner=$(curl -sf "$base/Task?status=requested&_count=200" | python3 -c 'import json,sys,collections
print(collections.Counter(e["resource"]["owner"]["reference"] for e in json.load(sys.stdin)["entry"] if "owner" in e["resource"]).most_common(1)[0][0])')
  ours=$(rate -H 'Accept: application/fhir+json' "$base/Task?owner=$owner&status=requested,accepted&_sort=rank&_include=Task:patient")
  row "work list with include, 32 clients (p99)" "${ours/ / (})" "${floor_rate:-}" "$(ratio "${ours% *}" "${floor_rate:-0}")"
  halt
}

bench_closing() {
  serve closing "$folder/closing"
  row "result in to Task closed" "$(python3 tests/bench/closing.py "$base" | sed 's/.*: median //; s/, 99th percentile / (/; s/ (\([0-9]* rounds\))/)/')" "< 50 ms"
  halt
}

bench_search() { python3 tests/bench/search.py "$program"; }
bench_pull() { tests/bench/pull.sh; }
bench_outward() { python3 tests/bench/outward.py "$program" --seconds "$seconds"; }
bench_store() { [ -x "$release/tests/store_bench" ] && "$release/tests/store_bench" "$seconds" || row store "not built" ""; }
people=${PANELBRIDGE_BENCH_PEOPLE:-100000}
bench_sweep() { "$program" bench sweep --people "$people"; }
bench_day() { "$program" bench day --people "$people"; }
bench_change() { "$program" bench change --people "$people"; }

row measure here "floor or aim" ratio
row ------- ---- ------------ -----
for name in "${names[@]}"; do
  case "$name" in
    start|edge|read|transaction|worklist|closing|store|sweep|day|change|search|pull|outward) "bench_$name" ;;
    *) echo "bench: unknown $name" >&2; exit 2 ;;
  esac
done
