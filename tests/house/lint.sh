#!/usr/bin/env bash
# Format, tidy and the house's rules. Looks at what differs from origin/main (or the last commit); `--all` at everything.
set -uo pipefail
cd "$(dirname "$0")/../.."
all=""; [ "${1:-}" = --all ] && all=1
format=$(command -v clang-format-14 || command -v clang-format) || { echo "lint: clang-format is missing" >&2; exit 2; }
tidy=$(command -v clang-tidy-14 || command -v clang-tidy) || { echo "lint: clang-tidy is missing" >&2; exit 2; }

base=$(git rev-parse -q --verify origin/main || git rev-parse HEAD)
if [ -n "$all" ]; then
  mapfile -t files < <(git ls-files '*.cpp' '*.hpp')
else
  mapfile -t files < <({ git diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.hpp'; git ls-files -o --exclude-standard '*.cpp' '*.hpp'; } | sort -u)
fi
failed=0
if [ ${#files[@]} -gt 0 ]; then
  echo "format: ${#files[@]} files" >&2
  "$format" --dry-run --Werror "${files[@]}" || failed=1
  cmake --preset release >/dev/null
  mapfile -t sources < <(printf '%s\n' "${files[@]}" | grep '\.cpp$')
  if [ ${#sources[@]} -gt 0 ]; then
    echo "tidy: ${#sources[@]} files" >&2
    printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 4 "$tidy" -p build/release --quiet --warnings-as-errors='*' 2>/dev/null || failed=1
  fi
fi
cmake --build build/release --target house_rules >/dev/null && build/release/tests/house_rules --log_level=error || failed=1
[ "$failed" = 0 ] && echo "lint: clean" >&2
exit "$failed"
