#!/usr/bin/env bash
# The first hour: a data folder with the sample population, a server on it, and where to look. ./dev demo builds first.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
program="$here/build/release/panelbridge"
data=${PANELBRIDGE_DEMO_DATA:-$here/build/demo}
port=${PANELBRIDGE_DEMO_PORT:-8080}
day=2026-11-24

mkdir -p "$data"
"$program" import --data "$data" "$here/samples/population" | tail -n 1

cat <<TEXT

Sample population: a general practice and a municipality, 52 people, today is $day.

  work list of a physician   curl 'http://127.0.0.1:$port/fhir/Practitioner?_elements=name' to find one, then
                             curl 'http://127.0.0.1:$port/fhir/Task?owner=Practitioner/ID&status=requested,accepted&_sort=rank&_include=Task:patient'
  panels                     curl 'http://127.0.0.1:$port/fhir/Group?_summary=true'
  one person's gaps          curl 'http://127.0.0.1:$port/fhir/Patient/ID/\$gaps'
  the story, request by request: samples/README.md

Ctrl-C stops it. The data stays in $data; remove that folder to start over.

TEXT
exec "$program" serve --data "$data" --port "$port" --today "$day"
