// Session settings are made each client's own: before a client's turn the session gets that client's settings, and
// only when they differ from those it has. Nobody who sets nothing pays anything.

// PGlite's own defaults are debug notices and a search path without "public".
const SEARCH_PATH = '"$user", public';
const BASELINE = `SET client_min_messages = notice; SET search_path = ${SEARCH_PATH}`;
const DEFAULTS = new Map([
  ['client_min_messages', 'notice'], ['search_path', SEARCH_PATH], ['client_encoding', 'UTF8'], ['role', 'none'], ['application_name', ''],
]);
const CAPTURE = `SELECT name, setting FROM pg_settings WHERE source = 'session' AND name NOT LIKE 'transaction\\_%'
  UNION ALL SELECT 'role', current_setting('role') ORDER BY 1`;

const literal = (text) => `'${text.replaceAll("'", "''")}'`;

/** The one session behind all clients, and what the last client left in it. */
export class Session {
  engine;
  /** Whose unnamed prepared statement the session holds. */
  unnamedOwner;
  /** Clients that may have made temporary tables; these share one namespace. */
  temporaryUsers = new Set();
  #applied = '[]';

  constructor(engine) {
    this.engine = engine;
  }

  /** After a (re)start. */
  async prepare() {
    this.unnamedOwner = undefined;
    this.temporaryUsers.clear();
    this.#applied = '[]';
    await this.engine.sql(`RESET ALL; ${BASELINE}`);
  }

  /** SQL of the gateway's own; it replaces the unnamed statement as any simple query does. */
  sql(text) {
    this.unnamedOwner = undefined;
    return this.engine.sql(text);
  }

  async apply(settings) {
    const key = JSON.stringify(settings);
    if (key === this.#applied) return;
    this.#applied = undefined;
    const own = settings.map(([name, value]) => `SELECT set_config(${literal(name)}, ${literal(value)}, false)`);
    await this.sql(['RESET SESSION AUTHORIZATION', 'RESET ROLE', 'RESET ALL', BASELINE, ...own].join('; '));
    this.#applied = key;
  }

  /** What a client's own SET and RESET left; must be called outside a transaction. */
  async capture() {
    const rows = await this.sql(CAPTURE);
    await this.#restoreBaseline(rows.map(([name]) => name));
    const settings = rows.filter(([name, value]) => DEFAULTS.get(name) !== value);
    this.#applied = JSON.stringify(settings);
    return settings;
  }

  // RESET goes back to PGlite's defaults, not to ours.
  async #restoreBaseline(present) {
    const missing = ['client_min_messages', 'search_path'].filter((name) => !present.includes(name));
    if (missing.length > 0) await this.sql(missing.map((name) => `SET ${name} = ${DEFAULTS.get(name)}`).join('; '));
  }

  async forgetTemporary(client) {
    if (!this.temporaryUsers.delete(client) || this.temporaryUsers.size > 0) return;
    await this.sql('DISCARD TEMP');
  }
}
