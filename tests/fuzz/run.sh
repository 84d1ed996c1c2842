#!/usr/bin/env bash
# Runs the fuzzers of build/fuzz: run.sh [target] [seconds]. Without a target all of them, a minute each by default.
# What they find is written to build/fuzz/found/ and makes the script fail.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${1:-all}
seconds=${2:-60}
mkdir -p build/fuzz/found
status=0
for program in build/fuzz/tests/fuzz_*; do
  [ -x "$program" ] && [ -f "$program" ] || continue
  name=${program##*/fuzz_}
  [ "$target" = all ] || [ "$target" = "$name" ] || continue
  ran=1
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  seeds=()
  for folder in "tests/fuzz/seeds/$name" profiles/house samples; do
    [ -d "$folder" ] && seeds+=("$folder")
  done
  echo "== $name, $seconds s"
  log=build/fuzz/$name.log
  "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/found/$name-" "$corpus" "${seeds[@]}" >"$log" 2>&1 || status=1
  grep -E 'ERROR|SUMMARY|Test unit written|number_of_executed_units|average_exec_per_sec' "$log" || true
done
[ -n "${ran:-}" ] || { echo "no fuzzer named '$target' in build/fuzz/tests (./dev build fuzz)" >&2; exit 2; }
exit $status
