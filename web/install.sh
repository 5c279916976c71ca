#!/bin/sh
# Installs what package-lock.json names, unless that has been done. Called by build.sh and test.sh.
set -eu
cd "$(dirname "$0")"

wanted=$(cksum <package-lock.json)
done=node_modules/.installed
if [ "$(cat "$done" 2>/dev/null || true)" != "$wanted" ]; then
  echo "Installing the npm packages of web/ …"
  npm ci --include=dev --no-progress
  echo "$wanted" >"$done"
fi
