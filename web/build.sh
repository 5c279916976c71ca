#!/bin/sh
# Builds the demo page into dist/page, if its sources are newer. `mvn -Plocal` calls it; the system runs without the
# page too, so a machine that cannot build it is told so and goes on.
set -eu
cd "$(dirname "$0")"

left_out() {
  echo "*** THE DEMO PAGE IS LEFT OUT: $1 ***" >&2
  exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || left_out "there is no Node.js with npm on the PATH."
sh install.sh || left_out "its npm packages could not be installed (see above)."

built=dist/page.built # newer than dist/page, so that it can be compared with
if [ ! -f "$built" ] || [ -n "$(find src scripts package-lock.json -newer "$built" | head -n 1)" ]; then
  rm -f "$built"
  npm run --silent build
  touch "$built"
fi
