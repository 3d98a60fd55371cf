// What clients leave in the one session (settings, LISTEN, prepared statements), read where PostgreSQL keeps it. No
// statement changes it unseen, however it was hidden in a function, a DO block or a string. Asked by SQL, the same
// costs 1.4 ms after every turn; here 20 µs. The layouts are PostgreSQL 17's on a 32-bit machine; each is proven at
// every start before anybody is served.
import { randomBytes } from 'node:crypto';
import { NEUTRAL } from '../../session/session-settings.mjs';
import { Channels } from './channels.mjs';
import { Image } from './image.mjs';
import { PreparedStatements } from './prepared-statements.mjs';
import { Settings } from './settings.mjs';

const OF_EACH_TYPE = [['work_mem', '7MB'], ['random_page_cost', '2.5'], ['enable_sort', 'off'], ['bytea_output', 'escape'], ['application_name', 'x'], ['gateway.proof', 'x']];

export class ServerMemory {
  #channels;
  #statements;
  #settings;
  #known;

  /** `sql` runs statements in the session, which nobody else uses yet. */
  constructor(module, sql) {
    const image = new Image(module);
    const name = `gateway_${randomBytes(8).toString('hex')}`;
    this.#settings = new Settings(image);
    sql(`LISTEN ${name}; PREPARE ${name} AS SELECT 1`);
    this.#channels = new Channels(image, name);
    this.#statements = new PreparedStatements(image);
    this.#prove(sql, name);
  }

  /**
   * `settings` and `statements` are good for comparing; `names` are there when `statements` has changed since the last time.
   */
  read() {
    const statements = this.#statements.fingerprint();
    const names = statements === this.#known ? {} : { names: this.#statements.names() };
    this.#known = statements;
    return {
      settings: this.#settings.fingerprint(),
      own: this.#settings.own(),
      identity: this.#settings.identity(),
      statementTimeout: this.#settings.statementTimeout,
      channels: this.#channels.names(),
      statements,
      ...names,
    };
  }

  #prove(sql, name) {
    const expect = (whether, what) => {
      if (!whether) throw new Error(`PostgreSQL's memory is not laid out as the gateway expects (${what}): was the database's package changed?`);
    };
    expect(this.read().names.sql[0] === name, 'PREPARE');
    sql(`UNLISTEN *; DEALLOCATE ${name}`);
    const empty = this.read();
    expect(empty.channels.length === 0 && empty.names.sql.length === 0, 'UNLISTEN, DEALLOCATE');
    for (const [setting, value] of OF_EACH_TYPE) {
      sql(`SET ${setting} = '${value}'`);
      expect(this.read().settings !== empty.settings, `SET ${setting}`);
      sql(`RESET ${setting}`);
      // A setting of one's own stays, and is empty.
      expect(setting.includes('.') || this.read().settings === empty.settings, `RESET ${setting}`);
    }
    sql("SET gateway.proof = 'y'");
    expect(String(this.read().own) === 'gateway.proof,y', 'SET of a setting of one\'s own');
    sql('RESET gateway.proof');
    sql("SET statement_timeout = '77ms'");
    expect(this.read().statementTimeout === 77, 'SET statement_timeout');
    sql('RESET statement_timeout');
    const [[user]] = sql('SELECT quote_ident(session_user)');
    sql(`SET ROLE ${user}; SET client_encoding = 'SQL_ASCII'`);
    expect(String(this.read().identity) === `role,${user},client_encoding,SQL_ASCII`, 'SET ROLE, SET client_encoding');
    sql(NEUTRAL);
    expect(this.read().identity.length === 0, NEUTRAL);
    this.#known = undefined;
  }
}
