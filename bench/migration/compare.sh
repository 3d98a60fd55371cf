#!/usr/bin/env bash
# Times the migrator's copy and verify against the way with psql pipes (which ends with compressed chunks and one hourly aggregate), on
# a native TimescaleDB, in one run; beside them the bare copy: a binary pipe into compressed chunks and the key, nothing judged, no rollups.
#   bench/migration/compare.sh --port 5432 [--host 127.0.0.1] [--user postgres] [--samples 2000000] [--instances 500] [--runs 5]
# PGPASSWORD gives the password. The server needs shared_preload_libraries = 'timescaledb' and room for both sides; the databases
# bench_original, bench_piped and bench_moved are made there, and dropped at the end.
set -euo pipefail
source "$(dirname "$0")/options.sh"
host=127.0.0.1 port= user=postgres samples=2000000 instances=500 runs=5
read_options "host port user samples instances runs" "$@"
cd "$(dirname "$0")/../.."

fresh() { sql -d postgres -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1" -c CHECKPOINT 2>/dev/null; }
trap 'for d in original piped moved; do sql -d postgres -c "DROP DATABASE IF EXISTS bench_$d WITH (FORCE)" 2>/dev/null; done' EXIT
now() { date +%s%3N; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# Runs a verb of the migrator; prints milliseconds and peak resident KiB. Its output goes to a file, shown when it fails.
log=$(mktemp)
migrator() {
    local started process peak=0 now_resident status=0
    started=$(now)
    "$binary" "$@" >"$log" 2>&1 &
    process=$!
    while kill -0 "$process" 2>/dev/null; do
        now_resident=$(awk '/VmHWM/ { print $2 }' "/proc/$process/status" 2>/dev/null || true)
        [ -z "$now_resident" ] || peak=$now_resident
        sleep 0.05
    done
    wait "$process" || status=$?
    [ "$status" -eq 0 ] || { cat "$log" >&2; exit 1; }
    echo "$(($(now) - started)) $peak"
}

piped() {
    local started
    fresh bench_piped
    sql -d bench_piped -c 'CREATE EXTENSION IF NOT EXISTS timescaledb' 2>/dev/null
    sql -d bench_piped >/dev/null <<'S'
CREATE TABLE resource_usages (id uuid NOT NULL, instance_id uuid, "timestamp" timestamptz NOT NULL, cpu_usage double precision,
  memory_usage bigint, memory_limit bigint, memory_percentage double precision, disk_usage bigint, network_in bigint, network_out bigint,
  created_at timestamptz, updated_at timestamptz, deleted_at timestamptz, PRIMARY KEY (id, "timestamp"));
SELECT create_hypertable('resource_usages', by_range('timestamp', INTERVAL '1 day'));
ALTER TABLE resource_usages SET (timescaledb.compress, timescaledb.compress_segmentby = 'instance_id', timescaledb.compress_orderby = '"timestamp" DESC');
S
    started=$(now)
    sql -d bench_original -c 'COPY (SELECT * FROM resource_usages WHERE "timestamp" IS NOT NULL) TO STDOUT' | sql -d bench_piped -c 'COPY resource_usages FROM STDIN'
    sql -d bench_piped -c "SELECT compress_chunk(c) FROM show_chunks('resource_usages') c" >/dev/null
    sql -d bench_piped 2>/dev/null <<'S'
CREATE MATERIALIZED VIEW hourly WITH (timescaledb.continuous) AS
  SELECT instance_id, time_bucket('1 hour', "timestamp") AS bucket, count(*) AS samples, avg(cpu_usage) AS cpu, max(cpu_usage) AS cpu_max,
    avg(memory_usage) AS memory, max(memory_usage) AS memory_max, max(memory_limit) AS memory_limit, avg(disk_usage) AS disk, max(disk_usage) AS disk_max,
    max(network_in) - min(network_in) AS network_in, max(network_out) - min(network_out) AS network_out
  FROM resource_usages GROUP BY instance_id, bucket WITH NO DATA;
CALL refresh_continuous_aggregate('hourly', NULL, NULL);
S
    echo "$(($(now) - started))"
}

bare() {
    local started
    fresh bench_piped
    sql -d bench_piped -c 'CREATE EXTENSION IF NOT EXISTS timescaledb' 2>/dev/null
    sql -d bench_piped >/dev/null <<'S'
CREATE TABLE resource_usage (instance_id uuid NOT NULL, "timestamp" timestamptz NOT NULL, cpu_usage double precision,
  memory_usage bigint, memory_limit bigint, disk_usage bigint, network_in bigint, network_out bigint);
SELECT create_hypertable('resource_usage', by_range('timestamp', INTERVAL '1 day'), create_default_indexes => false);
ALTER TABLE resource_usage SET (timescaledb.compress, timescaledb.compress_segmentby = 'instance_id', timescaledb.compress_orderby = '"timestamp" DESC');
S
    started=$(now)
    sql -d bench_original -c 'COPY (SELECT DISTINCT ON (instance_id, "timestamp") instance_id, "timestamp", cpu_usage, memory_usage, memory_limit,
        disk_usage, network_in, network_out FROM resource_usages WHERE instance_id IS NOT NULL AND "timestamp" IS NOT NULL
        ORDER BY instance_id, "timestamp", created_at) TO STDOUT (FORMAT binary)' |
        sql -d bench_piped -c 'SET timescaledb.enable_direct_compress_copy = on' -c 'COPY resource_usage FROM STDIN (FORMAT binary)'
    sql -d bench_piped -c 'ALTER TABLE resource_usage ADD UNIQUE (instance_id, "timestamp")'
    echo "$(($(now) - started))"
}

dotnet publish Migrator/Migrator.csproj -c Release -v quiet --nologo -clp:ErrorsOnly -o Migrator/bin/publish >/dev/null
binary=Migrator/bin/publish/Migrator
export ConnectionStrings__original="Host=$host;Port=$port;Username=$user;Database=bench_original"
export ConnectionStrings__launchstack="Host=$host;Port=$port;Username=$user;Database=bench_moved"

echo "filling the original with $samples samples of $instances instances"
fresh bench_original
sql -d bench_original -f tests/Migrator.Tests/Original/schema-2.sql
sql -d bench_original -v samples="$samples" -v instances="$instances" -f bench/migration/fill.sql

printf '%4s %12s %12s %12s %12s %12s %12s %8s\n' run 'psql pipe' bare copy verify 'copy peak' 'verify peak' ratio
pipes=() bares=() copies=() verifies=()
for run in $(seq "$runs"); do
    pipe=$(piped)
    bare=$(bare)
    fresh bench_moved
    read -r copy copy_peak < <(migrator copy)
    read -r verify verify_peak < <(migrator verify)
    printf '%4s %9d ms %9d ms %9d ms %9d ms %8d MiB %8d MiB %8s\n' "$run" "$pipe" "$bare" "$copy" "$verify" $((copy_peak / 1024)) $((verify_peak / 1024)) \
        "$(awk "BEGIN { printf \"%.2f\", $copy / $pipe }")"
    pipes+=("$pipe") bares+=("$bare") copies+=("$copy") verifies+=("$verify")
done
pipe=$(printf '%s\n' "${pipes[@]}" | median) bare=$(printf '%s\n' "${bares[@]}" | median) copy=$(printf '%s\n' "${copies[@]}" | median) verify=$(printf '%s\n' "${verifies[@]}" | median)
awk "BEGIN { printf \"medians: copy / psql pipe %.2f (limit 0.45; bare %.2f), verify / copy %.2f (limit 0.60)\n\", $copy / $pipe, $bare / $pipe, $verify / $copy }"
