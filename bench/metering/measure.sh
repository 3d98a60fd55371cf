#!/usr/bin/env bash
# Times the lines of hand-made days and proves them by independent.sql.
# bench/metering/measure.sh 'postgres://…/empty-database-of-a-native-server' [instances] [days] [instances to prove]
# The database has the schema of the migrator; the Aggregator is built for Release.
set -euo pipefail
cd "$(dirname "$0")/../.."
url=$1 instances=${2:-1000} days=${3:-1} proved=${4:-20}
sql() { psql "$url" -qAt -v ON_ERROR_STOP=1 "$@"; }
[ "$(sql -c 'SELECT count(*) FROM resource_usage')" -gt 0 ] || sql -v instances="$instances" -v days="$days" -v seconds=10 -f bench/metering/fill.sql >/dev/null
echo "samples: $(sql -c 'SELECT count(*) FROM resource_usage')"

log=$(mktemp)
ConnectionStrings__launchstack=$(python3 - "$url" <<'PY'
import sys, urllib.parse as u
p = u.urlparse(sys.argv[1])
print(f"Host={p.hostname};Port={p.port or 5432};Username={p.username};Password={p.password or ''};Database={p.path[1:]}")
PY
) ConnectionStrings__messaging=amqp://127.0.0.1:1 Auth__AdminKey=0123456789abcdef0123456789abcdef Metering__Interval=01:00:00 Policies__Interval=01:00:00 \
    ASPNETCORE_URLS=http://127.0.0.1:0 dotnet Aggregator/bin/Release/net10.0/Aggregator.dll >"$log" 2>&1 &
aggregator=$!
trap 'kill $aggregator 2>/dev/null; wait $aggregator 2>/dev/null || true; rm -f "$log"' EXIT
until grep -q 'lines computed' "$log"; do kill -0 $aggregator || { cat "$log"; exit 1; }; sleep 0.2; done
grep 'lines computed' "$log"
echo "peak memory of the Aggregator: $(awk '/VmHWM/ {print $2 / 1024 " MB"}' /proc/$aggregator/status)"

sql <<SQL
CREATE TEMPORARY TABLE chosen AS SELECT DISTINCT instance_id FROM usage_days ORDER BY 1 LIMIT $proved;
CREATE TEMPORARY VIEW proved AS SELECT v.* FROM resource_usage_versions v JOIN chosen USING (instance_id);
SET metering.cutoff = '2100-01-01'; SET metering.first_day = '2000-01-01'; SELECT set_config('metering.last_day', max(day)::text, false) FROM usage_days;
CREATE TEMPORARY TABLE computed AS $(sed 's/resource_usage_versions/proved/' bench/metering/independent.sql);
SELECT count(*) || ' lines of $proved instances by independent SQL, ' || count(*) FILTER (WHERE c.digest = d.digest) || ' with the same digest'
FROM computed c FULL JOIN (SELECT * FROM usage_days JOIN chosen USING (instance_id)) d USING (instance_id, day);
SQL
