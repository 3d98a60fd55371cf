#!/bin/sh
# Runs a command in a session of its own and sees to it that nothing of it outlives the AppHost.
#   guard.sh MARK COMMAND [ARGUMENT...]
# Standard input is a pipe that the AppHost holds open: when the AppHost goes, in whatever way, the pipe closes.
# The first line of standard output is the command's process id, which is also the id of its process group.
# MARK stands in the environment of the command and of all it starts: so those are found, too, that left the group
# (Erlang starts its helpers in sessions of their own).
mark=$1
shift

# A signal to the terminal's foreground group is the AppHost's to answer. A handler, unlike '', is not inherited.
trap : INT HUP QUIT TERM

strays() {
    for file in $(grep -lzsx "LAUNCHSTACK_GUARD=$mark" /proc/[0-9]*/environ 2>/dev/null); do
        pid=${file#/proc/}
        kill "-$1" "${pid%/environ}" 2>/dev/null
    done
}

exec 3<&0
LAUNCHSTACK_GUARD=$mark setsid sh -c 'echo $$; exec "$@"' sh "$@" </dev/null 3<&- &
child=$!
(
    trap '' INT HUP QUIT TERM
    cat <&3 >/dev/null
    kill -TERM "-$child" 2>/dev/null
    for _ in 1 2 3 4 5 6; do
        kill -0 "-$child" 2>/dev/null || break
        sleep 0.5
    done
    kill -KILL "-$child" 2>/dev/null
    strays KILL
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-

# A trapped signal ends the wait early: the code counts only once the child is gone.
while :; do
    # The shell would announce how the command ended; the AppHost does.
    { wait "$child"; } 2>/dev/null
    code=$?
    kill -0 "$child" 2>/dev/null || break
done
# What the command left behind goes with it.
kill -KILL "-$child" 2>/dev/null
strays KILL
kill -KILL "$watcher" 2>/dev/null
exit "$code"
