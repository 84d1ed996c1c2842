#!/usr/bin/env bash
# The session of the HAPI FHIR client from Maven Central: java.sh PROGRAM CACHE. Resolved and compiled into CACHE once.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/server.sh"
program=$1 cache=$2

command -v mvn >/dev/null && command -v java >/dev/null || absent "maven and a JDK are not installed (./dev setup does)"
state=$(cd "$here/java" && find . -type f | sort | xargs sha256sum)
if [ "$state" != "$(cat "$cache/installed" 2>/dev/null)" ]; then
  rm -rf "$cache"; mkdir -p "$cache"
  cp -r "$here/java/." "$cache/"
  (cd "$cache" && reached "Maven Central" mvn -B -q -ntp compile dependency:build-classpath -Dmdep.outputFile=classpath)
  printf '%s' "$state" >"$cache/installed"
fi
serve "$program"
java -XX:TieredStopAtLevel=1 -Xshare:auto -cp "$cache/target/classes:$(cat "$cache/classpath")" session.Session "$base"
