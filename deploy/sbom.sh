#!/bin/sh
# The bill of materials (CycloneDX) of what the image and the package run with: deploy/sbom.sh > sbom.json
# `npm sbom --omit dev` leaves out whatever development needs as well, pg among it; so only the dependencies are left, in a copy, first.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp "$root/package.json" "$root/package-lock.json" "$copy"
cd "$copy"
npm pkg delete devDependencies optionalDependencies scripts --silent
npm install --package-lock-only --ignore-scripts --no-audit --no-fund --silent >/dev/null
npm sbom --sbom-format cyclonedx --package-lock-only --silent
