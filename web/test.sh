#!/bin/sh
# Checks the types and runs the tests of web/ against the running system that HOLDFAST_URL names; without it, only
# those that need no system. TESTS names others than test/*.test.ts; test/limits wants a gateway with the limits that
# WebIT gives it. Writes target/junit.xml.
set -eu
cd "$(dirname "$0")"

rm -f target/junit.xml
command -v node >/dev/null && command -v npm >/dev/null || {
  echo "*** The web tests need Node.js with npm on the PATH. ***" >&2
  exit 1
}
sh install.sh
npm run --silent check
npm run --silent test
