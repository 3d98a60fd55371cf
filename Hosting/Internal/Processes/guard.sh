#!/bin/sh
# Runs a command in a session of its own and sees to it that nothing of it outlives the AppHost.
# Standard input is a pipe that the AppHost holds open: when the AppHost goes, in whatever way, the pipe closes.
# dash knows no "kill -- -PGID"; "kill -SIGNAL -PGID" is understood by every shell.
# The first line of standard output is the command's process id, which is also the id of its process group.
trap '' INT
exec 3<&0
setsid sh -c 'trap - INT; echo $$; exec "$@"' sh "$@" </dev/null 3<&- &
child=$!
(
    cat <&3 >/dev/null
    kill -TERM "-$child" 2>/dev/null
    for _ in 1 2 3 4 5 6; do
        kill -0 "-$child" 2>/dev/null || exit
        sleep 0.5
    done
    kill -KILL "-$child" 2>/dev/null
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
code=$?
# What the command left behind in its group goes with it.
kill -KILL "-$child" 2>/dev/null
kill "$watcher" 2>/dev/null
exit "$code"
