// What PostgreSQL's background processes would do: there are none in WebAssembly. Without checkpoints the log grows and
// a restart replays all of it; without vacuum a table whose rows come and go (an outbox) grows for ever; without
// statistics the planner guesses.

const TICK_MS = 1000;
const VACUUM_MS = 30_000;

const UNCHECKPOINTED = 'SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::bigint FROM pg_control_checkpoint()';
// Autovacuum's own thresholds (50 + 20 % dead; 50 + 10 % changed), one table at a time, the neediest first.
const NEEDY = `
  SELECT format('%I.%I', s.schemaname, s.relname), s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0)
  FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
  WHERE (s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0) OR s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0))
    AND c.relpages < 200000
  ORDER BY s.n_dead_tup DESC, s.n_mod_since_analyze DESC LIMIT 1`;

/** Waits in line for its turn like a client, does one small thing, goes to the end of the line. */
export class Maintenance {
  gone = false;
  wantsTurn = false;
  #gateway;
  #options;
  #timer;
  #checkpointed = Date.now();
  #vacuumed = Date.now();
  #idle = true;

  constructor(gateway, options) {
    this.#gateway = gateway;
    this.#options = options;
  }

  start() {
    clearInterval(this.#timer);
    this.wantsTurn = false;
    this.#timer = setInterval(() => {
      if (this.#idle && !this.#gateway.activity) return;
      this.wantsTurn = true;
      this.#gateway.scheduler.request(this);
    }, TICK_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async takeTurn() {
    this.wantsTurn = false;
    const { session } = this.#gateway;
    const now = Date.now();
    this.#gateway.activity = 0;
    const [[bytes]] = await session.sql(UNCHECKPOINTED);
    const due = Number(bytes) > 0 && now - this.#checkpointed >= this.#options.checkpointMs;
    if (Number(bytes) >= this.#options.checkpointBytes || due) {
      await session.sql('CHECKPOINT');
      this.#checkpointed = now;
    } else if (now - this.#vacuumed >= VACUUM_MS) {
      await this.#vacuum(session, now);
    }
    // A checkpoint writes a record of its own; a quiet database is left alone after one.
    this.#idle = Number(bytes) < 8192 || due;
    return false;
  }

  async #vacuum(session, now) {
    const [needy] = await session.sql(NEEDY);
    if (!needy) {
      this.#vacuumed = now;
      return;
    }
    const [table, dead] = needy;
    try {
      await session.sql(dead === 't' ? `VACUUM (ANALYZE) ${table}` : `ANALYZE ${table}`);
    } catch (error) {
      if (!error.code) throw error;
      console.error(`maintenance of ${table}: ${error.message}`);
      this.#vacuumed = now;
    }
  }
}
