#!/usr/bin/env bash
# Builds everything with warnings as errors and runs all tests against real servers.
#   ./test.sh                  all projects
#   ./test.sh Usage Hosting    only the named test projects
# LAUNCHSTACK_TEST_TIMESCALE=<connection string> runs the database tests on that TimescaleDB instead of the embedded one.
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
configuration=${CONFIGURATION:-Release}

scripts/prerequisites.sh test || exit 1
# Code that counts its own branches first costs the compiler a third of its processor time, and nothing here lives long enough to get it back.
export DOTNET_TieredPGO=0
# One compiler for all projects, also where the environment asks for one each: most of its work is to load and compile the analyzers.
dotnet build LaunchStack.Aspire.sln -c "$configuration" -v quiet --nologo -clp:NoSummary -p:UseSharedCompilation=true || { echo "error: the build failed" >&2; exit 1; }

# Test processes and their services live for seconds: most of what the runtime optimizes by its own budget never pays.
export DOTNET_TC_CallCountThreshold=400 DOTNET_TC_CallCountingDelayMs=1000

projects=()
for name in "$@"; do
    [ -d "tests/$name.Tests" ] || { echo "error: no test project tests/$name.Tests" >&2; exit 2; }
    projects+=("tests/$name.Tests")
done
# Those that take longest first, so that none is left alone at the end.
[ ${#projects[@]} -gt 0 ] || projects=(tests/{AppHost,Migrator,Web,Aggregator,EmbeddedTimescale}.Tests tests/*.Tests)

passed=0 failed=0
declare -A names=() started=()
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# Waits until one of the running projects has ended; prints all of its output, and counts.
finish() {
    local pid status name log line ok bad
    wait -n -p pid "${!names[@]}"
    status=$?
    name=${names[$pid]} log=$logs/${names[$pid]}
    unset "names[$pid]"
    grep -vE '^(Test run for|A total of|Starting test)' "$log"
    line=$(grep -E '^(Passed|Failed)! +- ' "$log" | tail -n 1)
    ok=$(sed -nE 's/.*Passed: +([0-9]+).*/\1/p' <<<"$line")
    bad=$(sed -nE 's/.*Failed: +([0-9]+).*/\1/p' <<<"$line")
    passed=$((passed + ${ok:-0})) failed=$((failed + ${bad:-0}))
    if [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then
        echo "error: $name ended with exit code $status without naming a failed test" >&2
        failed=$((failed + 1))
    elif [ -z "$line" ]; then
        echo "error: $name ran no test" >&2
        failed=$((failed + 1))
    fi
    echo "-- $name: $((SECONDS - started[$name])) s"
}

# Two projects at a time: each waits for much of its time. Their servers have free ports and directories of their own.
for project in "${projects[@]}"; do
    name=$(basename "$project")
    [ -z "${started[$name]:-}" ] || continue
    [ ${#names[@]} -lt 2 ] || finish
    started[$name]=$SECONDS
    dotnet test "$project" -c "$configuration" --no-build --nologo --blame-hang-timeout 10m >"$logs/$name" 2>&1 &
    names[$!]=$name
done
while [ ${#names[@]} -gt 0 ]; do finish; done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
