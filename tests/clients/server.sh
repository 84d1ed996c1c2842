# Sourced by the sessions: `serve PROGRAM` starts the program on a free port with a folder of its own and sets `base`;
# it stops, and the folder goes, when the shell ends. `reached REGISTRY COMMAND...` installs from a registry: one that is not
# reached fails the test, and skips it (77) only where PANELBRIDGE_OFFLINE says that nothing else can be expected.
set -euo pipefail

serve() {
  scratch=$(mktemp -d)
  "$1" serve --data "$scratch/data" --port 0 --today 2026-11-24 >"$scratch/out" 2>"$scratch/err" &
  server=$!
  trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
  for _ in $(seq 600); do
    grep -q '^ready ' "$scratch/out" && break
    kill -0 "$server" 2>/dev/null || { cat "$scratch/err"; exit 1; }
    sleep 0.05
  done
  base=$(sed -n 's/^ready //p' "$scratch/out")
  [ -n "$base" ] || { echo "the server did not start"; cat "$scratch/err"; exit 1; }
}

absent() {
  if [ -n "${PANELBRIDGE_OFFLINE:-}" ]; then echo "SKIPPED: $1 (PANELBRIDGE_OFFLINE is set)"; exit 77; fi
  echo "FAILED: $1. Set PANELBRIDGE_OFFLINE=1 where no registry can be reached, and this session is skipped."
  exit 1
}

reached() {
  local registry=$1 log; shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then rm -f "$log"; return 0; fi
  tail -n 20 "$log"; rm -f "$log"
  absent "$registry gave no client"
}
