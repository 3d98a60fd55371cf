// What PostgreSQL's background processes would do: there are none in WebAssembly. Without checkpoints the log grows and
// a restart replays all of it; without vacuum a table whose rows come and go (an outbox) grows for ever; without
// statistics the planner guesses.
import { SqlError } from './protocol/answer.mjs';
import { CrashError } from './engine/engine.mjs';

const TICK_MS = 1000;
const VACUUM_MS = 30_000;

const UNCHECKPOINTED = 'SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::bigint FROM pg_control_checkpoint()';
// The statistics collector counts nothing here, so autovacuum's thresholds cannot be used: ordinary tables are vacuumed
// in turn while they are small enough for that to be unnoticed, chunks are analyzed once they hold something.
const NEXT_TABLE = (after) => `
  SELECT c.oid, format('%I.%I', n.nspname, c.relname), n.nspname <> '_timescaledb_internal'
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid > ${after}
    AND CASE WHEN n.nspname = '_timescaledb_internal' THEN c.reltuples < 0 AND pg_relation_size(c.oid) > 1 << 20
             ELSE n.nspname !~ '^(pg_|_timescaledb|information_schema)' AND pg_relation_size(c.oid) BETWEEN 1 AND 16 << 20 END
  ORDER BY c.oid LIMIT 1`;

/** Waits in line for its turn like a client, does one small thing, goes to the end of the line. */
export class Maintenance {
  /** A snapshot needs the log from its beginning on: no checkpoints. */
  keepsLog = false;
  #gateway;
  #options;
  #timer;
  #waits = false;
  #checkpointed = Date.now();
  #vacuumed = Date.now();
  #swept = 0;
  #idle = true;
  #complaint;

  constructor(gateway, options) {
    this.#gateway = gateway;
    this.#options = options;
  }

  start() {
    clearInterval(this.#timer);
    this.#waits = false;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #tick() {
    if (this.#waits || (this.#idle && !this.#gateway.activity)) return;
    this.#waits = true;
    try {
      await this.#gateway.chore((session) => this.#step(session));
    } catch (error) {
      // What PostgreSQL refuses is named and tried again: no reason to start it anew.
      if (!(error instanceof CrashError)) this.#complain(error, 'maintenance');
    }
    this.#waits = false;
  }

  async #step(session) {
    const now = Date.now();
    this.#gateway.activity = 0;
    await this.#gateway.health.check(session);
    const [[bytes]] = await session.sql(UNCHECKPOINTED);
    const due = Number(bytes) > 0 && now - this.#checkpointed >= this.#options.checkpointMs;
    if (!this.keepsLog && (Number(bytes) >= this.#options.checkpointBytes || due)) {
      await session.sql('CHECKPOINT');
      this.#checkpointed = now;
    } else if (now - this.#vacuumed >= VACUUM_MS) {
      await this.#vacuum(session, now);
    }
    // A checkpoint writes a record of its own; a quiet database is left alone after one.
    this.#idle = Number(bytes) < 8192 || due;
  }

  async #vacuum(session, now) {
    const [next] = await session.sql(NEXT_TABLE(this.#swept));
    if (!next) {
      this.#vacuumed = now;
      this.#swept = 0;
      return;
    }
    const [oid, table, ordinary] = next;
    this.#swept = oid;
    try {
      await session.sql(ordinary === 't' ? `VACUUM (ANALYZE) ${table}` : `ANALYZE ${table}`);
    } catch (error) {
      this.#complain(error, `maintenance of ${table}`);
    }
  }

  // Once, not every second.
  #complain(error, what) {
    if (!(error instanceof SqlError)) throw error;
    const complaint = `${what}: ${error.message}`;
    if (complaint !== this.#complaint) console.error(complaint);
    this.#complaint = complaint;
  }
}
