// What SET left in the session, and how to bring the session to other settings.

/** Undoes what would keep the rest from being read or set. */
export const NEUTRAL = "SET SESSION AUTHORIZATION DEFAULT; SET ROLE none; SET client_encoding = 'UTF8'";

/** The housekeeping's own, whatever ALTER SYSTEM, ALTER ROLE and ALTER DATABASE have made the defaults. */
export const HOUSEKEEPING = [
  ['search_path', 'pg_catalog'], ['client_min_messages', 'error'], ['default_transaction_read_only', 'off'], ['event_triggers', 'off'],
  ['statement_timeout', '0'], ['lock_timeout', '0'], ['transaction_timeout', '0'], ['row_security', 'on'],
];

const IDENTITY = ['session_authorization', 'role', 'client_encoding'];
const SETTINGS = 'SELECT name, setting, source FROM pg_catalog.pg_show_all_settings()';
const OF_THE_TRANSACTION = ['transaction_isolation', 'transaction_read_only', 'transaction_deferrable'];

// Means the same whatever standard_conforming_strings says.
const literal = (text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const quote = (name) => `"${name.replaceAll('"', '""')}"`;
export const setConfig = (settings) =>
  `SELECT ${settings.map(([name, value]) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, false)`)}`;

export class SessionSettings {
  #sql;
  #applied = new Map();
  #identity = [];

  /** `sql` runs statements in the session. */
  constructor(sql) {
    this.#sql = sql;
  }

  /** Back to what a new session has. */
  async prepare() {
    await this.#sql(NEUTRAL);
    await this.#sql('RESET ALL');
    this.#applied = new Map();
    this.#identity = [];
  }

  /** Pairs of name and value, as `read` gave them or as a client asked for them at start. */
  async apply(settings) {
    const identity = IDENTITY.flatMap((name) => settings.filter((setting) => setting[0] === name));
    const wanted = new Map(settings.filter(([name]) => !IDENTITY.includes(name)));
    try {
      await this.#change(wanted, identity);
    } catch (error) {
      if (error.code) await this.prepare();
      throw error;
    }
  }

  async #change(wanted, identity) {
    const gone = [...this.#applied.keys()].filter((name) => !wanted.has(name));
    const changed = [...wanted].filter(([name, value]) => this.#applied.get(name) !== value);
    if (gone.length === 0 && changed.length === 0 && String(identity) === String(this.#identity)) return;
    if (this.#identity.length > 0) await this.#sql(NEUTRAL);
    const steps = gone.map((name) => `RESET ${quote(name)}`);
    if (changed.length > 0) steps.push(setConfig(changed));
    if (steps.length > 0) await this.#sql(steps.join('; '));
    for (const setting of identity) await this.#sql(setConfig([setting]));
    this.#applied = wanted;
    this.#identity = identity;
  }

  /** What an owner has left, as pairs for `apply`; `identity` and `own` were found in memory. The session is neutral afterwards. */
  async read({ identity, own }) {
    if (identity.length > 0) await this.#sql(NEUTRAL);
    const rows = await this.#sql(SETTINGS);
    const kept = rows.filter(([name, , source]) => source === 'session' && !OF_THE_TRANSACTION.includes(name) && !IDENTITY.includes(name));
    const settings = [...kept.map(([name, value]) => [name, value]), ...own];
    this.#applied = new Map(settings);
    this.#identity = [];
    return [...settings, ...identity];
  }
}
