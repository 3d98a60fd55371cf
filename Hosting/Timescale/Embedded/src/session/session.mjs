// The one session is lent to one owner (a client, the housekeeping) after another. Each finds it as it left it: settings,
// role, session authorization and what it PREPAREd; whoever sets nothing pays nothing.
import { SqlError } from '../protocol/answer.mjs';
import { SessionSettings } from './session-settings.mjs';
import { preparation } from './sql.mjs';

const quote = (name) => `"${name.replaceAll('"', '""')}"`;
const PREPARED = 'SELECT name, statement FROM pg_catalog.pg_prepared_statement() WHERE from_sql';

/** An owner has `settings` (pairs of name and value) and `prepared` (texts of PREPARE by name), which are kept up here. */
export class Session {
  engine;
  /** Names of the protocol's prepared statements that the session holds. */
  statements = new Set();
  /** Whose unnamed prepared statement it holds. */
  unnamedOwner;
  #settings;
  #owner;
  #left = {};
  #prepared = new Map();

  constructor(engine) {
    this.engine = engine;
    this.#settings = new SessionSettings((text) => this.sql(text));
  }

  /** Nothing of the session's state is known: after a (re)start, or a failure in the middle of a turn. */
  async prepare() {
    this.#owner = undefined;
    await this.#settings.prepare();
    this.#left = this.engine.left;
    this.#prepared = new Map(this.#left.names.sql.map((name) => [name]));
    this.statements = new Set(this.#left.names.protocol);
  }

  /** SQL of the gateway's own; it replaces the unnamed statement as any simple query does. */
  sql(text) {
    this.unnamedOwner = undefined;
    return this.engine.sql(text);
  }

  /** Runs messages of the gateway's own for what they do. */
  run(parts) {
    this.unnamedOwner = undefined;
    return this.engine.run(parts, { output: () => {} });
  }

  /** Makes the session the owner's; must be called outside a transaction. */
  async lend(owner) {
    if (owner === this.#owner) return;
    this.#owner = undefined;
    await this.#settings.apply(owner.settings);
    for (const [name, text] of this.#prepared) if (owner.prepared.get(name) !== text) await this.sql(`DEALLOCATE ${quote(name)}`);
    for (const [name, text] of owner.prepared) if (this.#prepared.get(name) !== text) await this.#prepareAgain(owner, name, text);
    this.#prepared = new Map(owner.prepared);
    this.#left = this.engine.left;
    this.#owner = owner;
  }

  // What it reads may be gone by now; PostgreSQL would fail at EXECUTE.
  async #prepareAgain(owner, name, text) {
    try {
      await this.sql(text);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      owner.prepared.delete(name);
    }
  }

  /** The owner's messages have run: reads what they changed. Settings are final only outside a transaction. */
  async settle(owner, status) {
    const { left } = this.engine;
    const prepares = left.statements !== this.#left.statements;
    if (prepares) this.statements = new Set(left.names.protocol);
    if (status !== 'I') return;
    if (left.settings !== this.#left.settings) {
      this.#owner = undefined;
      owner.settings = await this.#settings.read(left);
    }
    if (prepares && (left.names.sql.length > 0 || owner.prepared.size > 0)) await this.#readPrepared(owner);
    this.#left = this.engine.left;
  }

  /** The owner has said DISCARD ALL, or only DEALLOCATE ALL. */
  reset(owner, all) {
    if (all) owner.settings = [];
    owner.prepared = new Map();
    this.#owner = undefined;
  }

  async #readPrepared(owner) {
    const rows = await this.sql(PREPARED);
    this.#prepared = new Map(rows.map(([name, text]) => [name, preparation(text, name)]));
    owner.prepared = new Map([...this.#prepared].filter(([, text]) => text !== undefined));
  }
}
