import { SqlError } from '../protocol/answer.mjs';
import { proveCompression } from '../engine/compression-proof.mjs';

// Longer than a turn may take while others wait, and the session is stuck.
const STUCK_FACTOR = 2;
const PROOF_MS = 30_000;
// Jobs that are due are somebody's to run (the aggregator's); so long after their time nobody does.
const OVERDUE = `SELECT count(*), coalesce(extract(epoch FROM max(now() - next_start)), 0)::bigint
  FROM _timescaledb_config.bgw_job JOIN _timescaledb_internal.bgw_job_stat ON id = job_id
  WHERE scheduled AND next_start < now() - interval '1 minute'`;

/** Whether the database serves, and serves all there is. */
export class Health {
  #gateway;
  #proof = { visible: true, at: Date.now() };
  #jobs = { overdue: 0, overdue_seconds: 0 };

  constructor(gateway) {
    this.#gateway = gateway;
  }

  /** Looks anew, if it was not done just now: takes a turn. */
  async check(session) {
    if (Date.now() - this.#proof.at < PROOF_MS) return;
    try {
      await proveCompression((text) => session.sql(text), { thorough: false });
      this.#proof = { visible: true, at: Date.now() };
    } catch (error) {
      this.#proof = { visible: false, at: Date.now(), error: error.message };
      if (!(error instanceof SqlError)) throw error;
    }
    const [[overdue, seconds]] = await session.sql(OVERDUE);
    this.#jobs = { overdue: Number(overdue), overdue_seconds: Number(seconds) };
  }

  /** Never waits for the session. */
  report() {
    const { scheduler, serving, crashes, options } = this.#gateway;
    const { waiting, longestWaitMs, heldForMs } = scheduler.report;
    const alive = longestWaitMs < STUCK_FACTOR * options.transactionMs;
    return {
      status: serving && alive && this.#proof.visible ? 'healthy' : 'unhealthy',
      serving,
      scheduler: { alive, waiting, longest_wait_ms: longestWaitMs, held_for_ms: heldForMs },
      compressed_rows: { visible: this.#proof.visible, checked_at: new Date(this.#proof.at).toISOString(), error: this.#proof.error },
      jobs: this.#jobs,
      crashes,
    };
  }
}
