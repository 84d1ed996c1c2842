#!/usr/bin/env bash
# One session of a client from npm: node.sh SESSION PROGRAM CACHE. The pinned packages are installed into CACHE once.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/server.sh"
session=$1 program=$2 cache=$3

command -v npm >/dev/null || absent "npm is not installed (./dev setup does)"
mkdir -p "$cache"
cp "$here/node/package.json" "$here/node/.npmrc" "$here"/node/*.js "$here"/node/*.mjs "$cache/"
if ! cmp -s "$here/node/package-lock.json" "$cache/installed.json"; then
  cp "$here/node/package-lock.json" "$cache/"
  (cd "$cache" && reached npm npm ci --prefer-offline)
  cp "$here/node/package-lock.json" "$cache/installed.json"
fi
serve "$program"
node "$cache/$session.mjs" "$base"
