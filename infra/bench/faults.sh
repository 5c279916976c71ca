#!/bin/sh
# Checks the types and runs the fault run against the isolated system that HOLDFAST_URL names. With Node and the
# packages of web/. settings.ts tells its variables; `mvn -Pbench` starts the system and calls this.
set -eu
cd "$(dirname "$0")"

rm -f target/faults.json
command -v node >/dev/null && command -v npm >/dev/null || {
  echo "*** The fault run needs Node.js with npm on the PATH. ***" >&2
  exit 1
}
sh ../../web/install.sh
PATH="$(cd ../../web/node_modules/.bin && pwd):$PATH"
tsc --noEmit -p .
exec node --disable-warning=ExperimentalWarning faults.ts
