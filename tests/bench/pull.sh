#!/usr/bin/env bash
# Pull rate from a local upstream, beside curl reading the same pages: tests/bench/pull.sh [PEOPLE]
# Both read one after the other, pages of 250; the pull also checks, rewrites, indexes and stores what it reads.
set -euo pipefail
cd "$(dirname "$0")/../.."
people=${1:-300}
program=${PROGRAM:-build/release/panelbridge}
folder=$(mktemp -d); pids=()
trap 'for p in "${pids[@]:-}"; do [ -n "$p" ] && kill "$p" 2>/dev/null && wait "$p" 2>/dev/null; done; rm -rf "$folder"' EXIT
start() {  # start NAME ARGUMENTS...: sets base
  "$program" serve --data "$folder/$1" --port 0 "${@:2}" >"$folder/$1.out" 2>"$folder/$1.err" & pids+=("$!")
  for _ in $(seq 600); do grep -q '^ready ' "$folder/$1.out" && break; sleep 0.05; done
  base=$(sed -n 's/^ready //p' "$folder/$1.out")
  [ -n "$base" ] || { cat "$folder/$1.err" >&2; exit 2; }
}
number() { curl -sf "$1" | sed -n 's/.*"total":\([0-9]*\).*/\1/p'; }

"$program" synth --people "$people" --seed 7 --data "$folder/up" >/dev/null 2>&1
start up; up=$base
types=(Practitioner Organization Patient Encounter Condition Observation MedicationRequest Procedure Immunization QuestionnaireResponse)
resources=0; for t in "${types[@]}"; do resources=$((resources + $(number "$up/$t?_summary=count"))); done

begin=$(date +%s.%N)
for t in "${types[@]}"; do
  url="$up/$t?_count=250"
  while [ -n "$url" ]; do
    curl -sf "$url" -o "$folder/page"
    url=$(python3 -c 'import json,sys; print(next((l["url"] for l in json.load(open(sys.argv[1])).get("link",[]) if l["relation"]=="next"),""))' "$folder/page")
  done
done
read_s=$(awk -v a="$begin" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')

list=$(printf '"%s",' "${types[@]}")
printf '{"log":{"requests":false},"partners":[{"id":"up","kind":"fhir","base_url":"%s","types":[%s],"interval_s":600,"allow_private_address":true}]}' "$up" "${list%,}" >"$folder/config.json"
begin=$(date +%s.%N)
start here --config "$folder/config.json"
last=${types[-1]}
for _ in $(seq 6000); do grep -q "$last is loaded" "$folder/here.err" && break; sleep 0.05; done
pull_s=$(awk -v a="$begin" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')
stored=0; for t in "${types[@]}"; do stored=$((stored + $(number "$base/$t?_summary=count"))); done
[ "$stored" = "$resources" ] || { echo "pulled $stored of $resources" >&2; exit 1; }
awk -v n="$resources" -v p="$pull_s" -v r="$read_s" 'BEGIN { printf "pull, %d resources (start of the server included)   %.0f res/s   curl reading the pages: %.0f res/s   %.0f %%\n", n, n / p, n / r, 100 * r / p }'
