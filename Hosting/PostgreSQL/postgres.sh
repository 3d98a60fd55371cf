#!/bin/sh
# Runs the machine's PostgreSQL on loopback, with everything it keeps in one directory.
#   postgres.sh DIRECTORY INIT_FILES
# Environment: PORT; PGPASSWORD, the password of its user postgres; SPARE_PORT. When the data directory is made, the *.sql files in
# INIT_FILES run once, as PostgreSQL's image does it, on the spare port: nobody shall see the server half filled. A start that is cut
# short before their end begins anew.
set -eu
directory=$1 init=$2
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || command -v initdb >/dev/null || { echo "PostgreSQL is not installed: install Debian's package postgresql" >&2; exit 1; }
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)")

# PostgreSQL refuses to run as root: then it runs as the user that its package made.
drop=
if [ "$(id -u)" -eq 0 ]; then
    id postgres >/dev/null 2>&1 || { echo "there is no user postgres, as which PostgreSQL could run: start as another user than root" >&2; exit 1; }
    drop="setpriv --reuid=postgres --regid=postgres --init-groups"
    # The way through the state directory, for this user alone.
    chgrp postgres "$directory/.."
    chmod 710 "$directory/.."
    chown postgres: "$directory"
    $drop test -w "$directory" || { echo "the user postgres cannot reach $directory: keep the state elsewhere with --state DIR" >&2; exit 1; }
fi
chmod 700 "$directory"
cd "$directory"

# The server of a system that was killed a moment ago may still be on its way out.
if command -v flock >/dev/null; then
    exec 9>lock
    flock --timeout 30 9 || { echo "$directory is in use by another server" >&2; exit 1; }
fi

if [ ! -e data ]; then
    rm -rf new
    $drop sh -c 'umask 077; printf "%s\n" "$PGPASSWORD" >password'
    $drop "$bin/initdb" --pgdata new --username postgres --pwfile password --auth scram-sha-256 --encoding UTF8 --locale C --no-sync >/dev/null
    rm password
    $drop "$bin/pg_ctl" --pgdata new --wait --silent --log new/init.log \
        --options "-p $SPARE_PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off" start
    for file in "$init"/*.sql; do
        echo "running $file"
        "$bin/psql" --host 127.0.0.1 --port "$SPARE_PORT" --username postgres --dbname postgres --no-psqlrc --quiet \
            --set ON_ERROR_STOP=1 --output /dev/null --file "$file"
    done
    $drop "$bin/pg_ctl" --pgdata new --wait --silent --mode fast stop
    mv new data
fi

$drop "$bin/postgres" -D data -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= &
server=$!
# SIGTERM lets PostgreSQL wait for its clients; SIGINT sends them away.
trap 'kill -INT "$server"' TERM
while kill -0 "$server" 2>/dev/null; do
    code=0
    wait "$server" || code=$?
done
exit "$code"
