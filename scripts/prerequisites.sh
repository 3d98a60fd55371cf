#!/usr/bin/env bash
# Installs what the system needs and the machine lacks, where that can be done without asking (root on Debian or
# Ubuntu); names it with the remedy where it cannot. Usage: scripts/prerequisites.sh run|demo|test
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-run}

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

command -v dotnet >/dev/null || fail "the .NET SDK 10 is missing. Install it (Debian package dotnet-sdk-10.0, or see dot.net), then try again."
dotnet --version >/dev/null 2>&1 || fail "no .NET SDK that global.json accepts (10.0.100 or later, below 11). Installed: $(dotnet --list-sdks | tr '\n' ' ')"

packages=()
command -v node >/dev/null && command -v npm >/dev/null || packages+=(nodejs npm)
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null || packages+=(rabbitmq-server)
command -v setpriv >/dev/null && command -v flock >/dev/null || packages+=(util-linux)
if [ "$purpose" != run ]; then
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || packages+=(postgresql)
    command -v psql >/dev/null || packages+=(postgresql-client)
fi
if [ "$purpose" = test ]; then
    command -v chromium >/dev/null || packages+=(chromium)
    command -v prometheus >/dev/null || packages+=(prometheus)
    command -v docker-compose >/dev/null || packages+=(docker-compose)
    [ -e /usr/lib/collectd/write_http.so ] || packages+=(collectd-core libcurl3-gnutls libyajl2)
fi

if [ ${#packages[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || fail "missing: ${packages[*]} (names of Debian's packages). Install them, then try again."
    if [ "$(id -u)" -eq 0 ]; then sudo=(); elif sudo -n true 2>/dev/null; then sudo=(sudo -n); else
        fail "missing: ${packages[*]}. Run: sudo apt-get install -y ${packages[*]}"
    fi
    say "Installing ${packages[*]} ..."
    log=$(mktemp)
    install=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}")
    "${install[@]}" >"$log" 2>&1 || { "${sudo[@]}" apt-get update >>"$log" 2>&1 && "${install[@]}" >>"$log" 2>&1; } ||
        { tail -n 20 "$log" >&2; fail "apt-get could not install ${packages[*]} (log: $log)"; }
    rm -f "$log"
fi

node_major=$(node -p 'process.versions.node.split(".")[0]')
[ "$node_major" -ge 20 ] || fail "Node.js 20 or later is needed for the embedded database; found $(node --version)."

# npm writes node_modules/.package-lock.json last: older than the lock file means that an install is due.
npm_packages() {
    [ ! -e "$1/node_modules/.package-lock.json" ] || [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ] || return 0
    say "Installing $2 (npm ci) ..."
    (cd "$1" && npm ci --no-fund --no-audit --loglevel=error >&2 && touch node_modules/.package-lock.json) ||
        fail "npm ci failed in $1; the lines above say why."
}
npm_packages Hosting/Timescale/Embedded "the embedded TimescaleDB"
if [ "$purpose" = test ]; then
    npm_packages tests/Aggregator.Tests/smtp-server "a mail server"
    npm_packages tests/Web.Tests/axe "axe-core"
fi
