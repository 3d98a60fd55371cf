import { parseArgs } from 'node:util';

export const HELP = `Usage: node gateway.mjs --data DIR --port N [options]

Serves the embedded TimescaleDB in DIR to PostgreSQL clients. The password is read from
LAUNCHSTACK_EMBEDDED_PASSWORD.

  --data DIR               data directory; made if missing
  --port N                 port to listen on; 0 takes any free one
  --host ADDRESS           loopback address to listen on            (127.0.0.1)
  --user NAME              the one user                             (postgres)
  --database NAME          the one database                         (launchstack)
  --idle-transaction SEC   how long a client may sit idle inside a transaction while others wait  (15)
  --transaction SEC        how long a transaction or statement may take while others wait         (60)
  --unread-mb N            how much of an answer may wait on disk for a client that does not read (4096)
  --checkpoint-mb N        write-ahead log after which a checkpoint is made                       (48)
  --checkpoint-seconds N   time after which one is made if anything was written                   (60)
  --lock-timeout SEC       how long to wait for another gateway to leave DIR                      (0)
  --stdin-lifeline         exit when standard input closes
  --help                   this text

Prints "ready on HOST:PORT" once it serves. SIGTERM and SIGINT stop it cleanly.
Exit codes: 0 stopped, 1 failed, 2 wrong arguments.`;

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

export class UsageError extends Error {}

function number(values, name, least, most) {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not "${values[name]}"`);
  }
  return value;
}

/** Command line and environment, checked. */
export function readOptions(args, env) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        user: { type: 'string', default: 'postgres' },
        database: { type: 'string', default: 'launchstack' },
        'idle-transaction': { type: 'string', default: '15' },
        transaction: { type: 'string', default: '60' },
        'unread-mb': { type: 'string', default: '4096' },
        'checkpoint-mb': { type: 'string', default: '48' },
        'checkpoint-seconds': { type: 'string', default: '60' },
        'lock-timeout': { type: 'string', default: '0' },
        'stdin-lifeline': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  if (values.help) return { help: true };
  if (!values.data) throw new UsageError('--data DIR is missing');
  if (values.port === undefined) throw new UsageError('--port N is missing (0 takes any free port)');
  if (!LOOPBACK.test(values.host)) throw new UsageError(`--host must be a loopback address, not "${values.host}"`);
  const password = env.LAUNCHSTACK_EMBEDDED_PASSWORD;
  if (!password) throw new UsageError('set LAUNCHSTACK_EMBEDDED_PASSWORD: the gateway lets nobody in without a password');
  return {
    data: values.data,
    port: number(values, 'port', 0, 65535),
    host: values.host,
    user: values.user,
    database: values.database,
    password,
    idleTransactionMs: number(values, 'idle-transaction', 1, 86_400) * 1000,
    transactionMs: number(values, 'transaction', 1, 86_400) * 1000,
    unreadBytes: number(values, 'unread-mb', 1, 1024 * 1024) * 1024 * 1024,
    checkpointBytes: number(values, 'checkpoint-mb', 1, 4096) * 1024 * 1024,
    checkpointMs: number(values, 'checkpoint-seconds', 1, 86_400) * 1000,
    lockTimeoutMs: number(values, 'lock-timeout', 0, 3600) * 1000,
    lifeline: values['stdin-lifeline'],
  };
}
