#!/usr/bin/env bash
# Brings the whole system up; Ctrl+C takes it down. Options go to the app host: ./run.sh --help
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

help() {
    cat <<'END'
Brings the whole system up and keeps it up until Ctrl+C.

Options (behind -- with aspire and dotnet run):
  --state DIR       where database, broker, the agent's unsent samples and generated keys are kept (default .launchstack)
  --containers      database and broker as containers (Docker or Podman) instead of the embedded and the installed one
  --demo-original   a small original database beside it, to see a migration
  --help            this text

Environment:
  ConnectionStrings__launchstack   a TimescaleDB to use instead
  ConnectionStrings__messaging     a RabbitMQ to use instead (amqp://...)
  ConnectionStrings__original      the original PostgreSQL database to migrate from
  Parameters__admin-key            the key for everything (generated and kept by default)

A second system beside this one: aspire start --isolated -- --state DIR
END
}
for option in "$@"; do [ "$option" != --help ] && [ "$option" != -h ] || { help; exit 0; }; done

purpose=run
for option in "$@"; do [ "$option" != --demo-original ] || purpose=demo; done
scripts/prerequisites.sh "$purpose"

# Builds only when a source is newer than the last build: a start on a built tree takes no build time.
configuration=${CONFIGURATION:-Release}
stamp=AppHost/obj/$configuration.built
changed() {
    find . \( -name bin -o -name obj -o -name node_modules -o -name .launchstack -o -name .git -o -path ./tests -o -path ./docs \) -prune -o \
        -newer "$stamp" \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.razor' -o -name '*.sql' -o -name '*.css' \
        -o -name '*.js' -o -name '*.json' -o -name '*.sh' -o -type d \) ! -path . -print -quit
}
dll=AppHost/bin/$configuration/net10.0/AppHost.dll
if [ ! -e "$dll" ] || [ ! -e "$stamp" ] || [ -n "$(changed)" ]; then
    echo "Building (${configuration}) ..."
    started=$(mktemp)
    dotnet build AppHost/AppHost.csproj -c "$configuration" -v quiet --nologo -clp:NoSummary ||
        { rm -f "$started"; echo "error: the build failed; the lines above say why." >&2; exit 1; }
    # The stamp bears the time before the build, so that a change made during it is built next time.
    mv "$started" "$stamp"
fi

# The launch profile, as dotnet run would set it; what is in the environment already wins.
while IFS='=' read -r name value; do
    [ -n "${!name:-}" ] || export "$name=$value"
done < <(node -p '
    const profile = JSON.parse(require("fs").readFileSync("AppHost/Properties/launchSettings.json")).profiles.http;
    Object.entries({ ASPNETCORE_URLS: profile.applicationUrl, ...profile.environmentVariables }).map((pair) => pair.join("=")).join("\n")')

# exec: a signal to this script's process reaches the app host itself, which dotnet run would keep from it. A shell starts background
# commands with SIGINT ignored, and .NET leaves an ignored signal ignored: env gives it its meaning back.
exec env --default-signal=INT,QUIT dotnet "$dll" "$@"
