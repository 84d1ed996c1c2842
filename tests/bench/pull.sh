#!/usr/bin/env bash
# Pull rate from a local upstream, by pages and by export, beside curl reading the same pages: tests/bench/pull.sh [PEOPLE]
# All read one after the other, pages of 250; the pull also checks, rewrites, indexes and stores what it reads. Of curl
# the calls are timed, not what finds the next page.
set -euo pipefail
cd "$(dirname "$0")/../.."
people=${1:-300}
program=${PROGRAM:-build/release/panelbridge}
folder=$(mktemp -d); pids=()
stop() { kill "$1" 2>/dev/null && wait "$1" 2>/dev/null || true; }
trap 'for p in "${pids[@]:-}"; do [ -n "$p" ] && stop "$p"; done; rm -rf "$folder"' EXIT
start() {  # start NAME ARGUMENTS...: sets base
  "$program" serve --data "$folder/$1" --port 0 "${@:2}" >"$folder/$1.out" 2>"$folder/$1.err" & pids+=("$!")
  for _ in $(seq 600); do grep -q '^ready ' "$folder/$1.out" && break; sleep 0.05; done
  base=$(sed -n 's/^ready //p' "$folder/$1.out")
  [ -n "$base" ] || { cat "$folder/$1.err" >&2; exit 2; }
}
number() { curl -sf "$1" | sed -n 's/.*"total":\([0-9]*\).*/\1/p'; }
counted() { local n=0 t; for t in "${types[@]}"; do n=$((n + $(number "$1/$t?_summary=count"))); done; echo "$n"; }

"$program" synth --people "$people" --seed 7 --data "$folder/up" >/dev/null 2>&1
start up; up=$base
types=(Practitioner Organization Patient Encounter Condition Observation MedicationRequest Procedure Immunization QuestionnaireResponse)
resources=$(counted "$up")

read_s=0
for t in "${types[@]}"; do
  url="$up/$t?_count=250"
  while [ -n "$url" ]; do
    took=$(curl -sf --compressed "$url" -o "$folder/page" -w '%{time_total}')
    read_s=$(awk -v a="$read_s" -v b="$took" 'BEGIN { print a + b }')
    url=$(python3 -c 'import json,sys; print(next((l["url"] for l in json.load(open(sys.argv[1])).get("link",[]) if l["relation"]=="next"),""))' "$folder/page")
  done
done

list=$(printf '"%s",' "${types[@]}")
pull() {  # pull NAME by-export: sets pull_s, from the start of the server until all of it is there
  printf '{"log":{"requests":false},"partners":[{"id":"up","kind":"fhir","base_url":"%s","types":[%s],"interval_s":600,"bulk":%s,"allow_private_address":true}]}' "$up" "${list%,}" "$2" >"$folder/$1.json"
  local begin; begin=$(date +%s.%N)
  start "$1" --config "$folder/$1.json"
  for _ in $(seq 6000); do grep -q "${types[-1]} is loaded" "$folder/$1.err" && break; sleep 0.05; done
  pull_s=$(awk -v a="$begin" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')
  local stored; stored=$(counted "$base")
  [ "$stored" = "$resources" ] || { echo "pulled $stored of $resources" >&2; tail -3 "$folder/$1.err" >&2; exit 1; }
  stop "${pids[-1]}"
}
pull pages false; pages_s=$pull_s
pull export true; export_s=$pull_s
awk -v n="$resources" -v p="$pages_s" -v e="$export_s" -v r="$read_s" 'BEGIN {
  printf "pull, %d resources (start of the server included)   by pages %.0f res/s   by export %.0f res/s   curl reading the pages %.0f res/s   %.0f %%\n", n, n / p, n / e, n / r, 100 * r / p }'
