#!/usr/bin/env bash
# Follows an original that takes 2,000 samples a second (catch-up --follow); prints how far the target is behind, once a second, and what
# that costs in processor time, where the servers are this machine's.
#   bench/migration/follow.sh --port 5432 [--host 127.0.0.1] [--user postgres] [--samples 10000000] [--seconds 120]
# PGPASSWORD gives the password. The server needs shared_preload_libraries = 'timescaledb'; the databases bench_original and bench_moved
# are made there, and dropped at the end.
set -euo pipefail
source "$(dirname "$0")/options.sh"
host=127.0.0.1 port= user=postgres samples=10000000 seconds=120
read_options "host port user samples seconds" "$@"
cd "$(dirname "$0")/../.."

following='' writing='' log=$(mktemp)
trap 'kill $following $writing 2>/dev/null; wait; for d in original moved; do sql -d postgres -c "DROP DATABASE IF EXISTS bench_$d WITH (FORCE)" 2>/dev/null; done; rm -f "$log"' EXIT
for d in original moved; do sql -d postgres -c "DROP DATABASE IF EXISTS bench_$d WITH (FORCE)" -c "CREATE DATABASE bench_$d" 2>/dev/null; done

echo "filling the original with $samples samples of 1000 instances"
sql -d bench_original -f tests/Migrator.Tests/Original/schema-2.sql
sql -d bench_original <<S
INSERT INTO instances (id, name, status) SELECT md5('instance ' || i)::uuid, 'n8n-' || i, 'running' FROM generate_series(0, 999) i;
INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out, created_at)
SELECT i.id, t, 20, 150000000, 536870912, 200000000, m * 3000, m * 2000, t
FROM generate_series(0, $samples / 1000 - 1) m CROSS JOIN LATERAL (SELECT date_trunc('minute', now()) - make_interval(mins => $samples / 1000 - m) AS t) w CROSS JOIN instances i;
VACUUM ANALYZE;
S

dotnet publish Migrator/Migrator.csproj -c Release -v quiet --nologo -clp:ErrorsOnly -o Migrator/bin/publish >/dev/null
binary=Migrator/bin/publish/Migrator
export ConnectionStrings__original="Host=$host;Port=$port;Username=$user;Database=bench_original"
export ConnectionStrings__launchstack="Host=$host;Port=$port;Username=$user;Database=bench_moved"
"$binary" copy 2>/dev/null | tail -n 2

# 500 samples four times a second, each its own transaction.
for _ in $(seq $((4 * (seconds + 60)))); do
    echo "INSERT INTO resource_usages (instance_id, \"timestamp\", cpu_usage, memory_usage, created_at) SELECT id, clock_timestamp(), 5, 1, clock_timestamp() FROM instances LIMIT 500; SELECT pg_sleep(0.24);"
done | sql -d bench_original >/dev/null 2>&1 &
writing=$!
"$binary" catch-up --follow >"$log" 2>&1 &
following=$!
until grep -q ' samples were new or changed' "$log"; do kill -0 $following; sleep 0.2; done
sleep 5

# Processor time so far, in hundredths of a second: the migrator's, and that of a server on this machine.
migrator_time() { awk '{ print $14 + $15 }' "/proc/$following/stat"; }
server=$(sql -d postgres -c "SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)" 2>/dev/null || true)
server_time() {
    [ -n "$server" ] && [ -r "/proc/$server/stat" ] || { echo 0; return; }
    cat "/proc/$server/stat" $(pgrep -P "$server" | sed 's#.*#/proc/&/stat#') 2>/dev/null | awk -v server="$server" '{ sum += $14 + $15; if ($1 == server) sum += $16 + $17 } END { print sum }'
}
before=$(migrator_time) servers=$(server_time) started=$(date +%s%3N)
lags=$(for _ in $(seq "$seconds"); do
    sql -d bench_moved -c "SELECT round(extract(epoch FROM clock_timestamp() - max(t))::numeric, 1) FROM (SELECT id FROM instances LIMIT 4) i, LATERAL (
        SELECT \"timestamp\" AS t FROM resource_usage r WHERE r.instance_id = i.id ORDER BY \"timestamp\" DESC LIMIT 1) s"
    sleep 0.9
done | sort -n)
took=$(($(date +%s%3N) - started))
awk -v took="$took" -v m=$(($(migrator_time) - before)) -v s=$(($(server_time) - servers)) \
    '{ v[NR] = $1 } END { printf "behind by %.1f s (median of %d), %.1f s at most; limit 5 s. Cores: migrator %.2f, servers %.2f (with what the writer costs); limit 0.5\n", v[int((NR + 1) / 2)], NR, v[NR], m * 10 / took, s * 10 / took }' <<<"$lags"
