#!/bin/sh
# Runs the machine's RabbitMQ on loopback, as any user, with everything it keeps in one directory.
#   rabbitmq.sh DIRECTORY
# Environment: RABBITMQ_NODE_PORT, RABBITMQ_DIST_PORT, ERL_EPMD_PORT, and RABBITMQ_DEFAULT_PASS, the password of the user guest. The
# broker takes that from its first start and keeps it.
set -eu
umask 077
mkdir -p "$1"
cd "$1"
directory=$(pwd)

# The script in RabbitMQ's own folder runs as any user; the one on the PATH insists on its own.
server=
for candidate in /usr/lib/rabbitmq/bin/rabbitmq-server /usr/local/sbin/rabbitmq-server /opt/homebrew/sbin/rabbitmq-server; do
    [ ! -x "$candidate" ] || { server=$candidate; break; }
done
[ -n "$server" ] || { echo "RabbitMQ is not installed: install Debian's package rabbitmq-server" >&2; exit 1; }

# The broker of a system that was killed a moment ago may still be on its way out; two over one directory would ruin it.
if command -v flock >/dev/null; then
    exec 9>lock
    flock --timeout 30 9 || { echo "$directory is in use by another broker" >&2; exit 1; }
fi

echo '[].' >enabled_plugins
# Without a name server in reach, each look-up of the host's own name would wait for its time-out.
cat >inetrc <<END
{lookup,[file]}.
{host,{127,0,0,1},["localhost","$(uname -n)"]}.
END
cat >rabbitmq.conf <<END
listeners.tcp.default = 127.0.0.1:$RABBITMQ_NODE_PORT
default_user = guest
default_pass = $RABBITMQ_DEFAULT_PASS
log.file = false
log.console = true
log.console.level = warning
consumer_timeout = 90000000
END

export HOME="$directory" \
    RABBITMQ_NODENAME=launchstack@localhost \
    RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
    RABBITMQ_MNESIA_BASE="$directory/mnesia" \
    RABBITMQ_LOG_BASE="$directory/log" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$directory/enabled_plugins" \
    RABBITMQ_PID_FILE="$directory/pid" \
    RABBITMQ_CONFIG_FILE="$directory/rabbitmq.conf" \
    RABBITMQ_CONF_ENV_FILE="$directory/rabbitmq-env.conf" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    ERL_INETRC="$directory/inetrc" \
    ERL_EPMD_ADDRESS=127.0.0.1

# A child of this process first: RabbitMQ's own epmd would be a daemon that outlives everything. Where the system can, it ends with this
# process: what starts the broker waits for all of its children.
with_us=
! setpriv --pdeathsig TERM true 2>/dev/null || with_us='setpriv --pdeathsig TERM'
$with_us epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 9>&- &
exec "$server"
