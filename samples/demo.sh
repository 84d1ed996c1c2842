#!/usr/bin/env bash
# The main job in one command: a server with the sample population, its gaps found, and where to look. Ctrl-C stops it.
# PANELBRIDGE_DEMO_DATA: the data folder (default build/demo, made when it is not there); PANELBRIDGE_DEMO_PORT: default 8080;
# PANELBRIDGE_DEMO_TODAY: the day the server takes for today (the story of samples/README.md is of 2026-11-24).
set -euo pipefail
cd "$(dirname "$0")/.."
program=build/release/panelbridge
data=${PANELBRIDGE_DEMO_DATA:-build/demo}
port=${PANELBRIDGE_DEMO_PORT:-8080}
today=${PANELBRIDGE_DEMO_TODAY:-2026-11-24}

if [ ! -e "$data/panelbridge.db" ]; then
  echo "loading the sample population into $data" >&2
  "$program" import --data "$data" samples/population | tail -n 1 >&2
fi

ready=$(mktemp); log="$data/demo.log"
trap 'rm -f "$ready"; [ -z "${server:-}" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; } || true' EXIT
"$program" serve --data "$data" --port "$port" ${today:+--today "$today"} >"$ready" 2>"$log" &
server=$!
for _ in $(seq 200); do
  grep -q '^ready ' "$ready" && break
  kill -0 "$server" 2>/dev/null || { cat "$log" >&2; exit 2; }
  sleep 0.05
done
base=$(sed -n 's/^ready //p' "$ready")
root=${base%/fhir}
for _ in $(seq 100); do  # the gaps follow the population
  curl -sf "$root/metrics" 2>/dev/null | grep -q '^panelbridge_population_loaded 1' && break
  sleep 0.1
done

cat <<TEXT

panelbridge serves FHIR R4 at $base   (log: $log; Ctrl-C stops it)

  the people                curl -s '$base/Patient?_summary=count'
  their panels              curl -s '$base/Group'
  the work list, by rank    curl -s '$base/Task?status=requested,accepted&_sort=rank&_include=Task:patient&_count=10'
  overdue                   curl -s '$base/Task?status=requested&due=lt${today:-$(date +%F)}'
  what the server can       curl -s '$base/metadata'
  is it well                curl -s '$root/readyz'; curl -s '$root/metrics'

Today is ${today} for this server. README.md and samples/README.md go on from here: a result goes in, and its Task closes.

TEXT
wait "$server"
