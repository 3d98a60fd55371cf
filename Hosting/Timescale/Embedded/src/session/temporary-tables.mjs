/** Temporary tables are the session's, so the clients share them: they go when the last client that made some leaves. */
export class TemporaryTables {
  /** Clients that may have made some. */
  users = new Set();
  #session;

  constructor(session) {
    this.#session = session;
  }

  async forget(client) {
    if (this.users.delete(client) && this.users.size === 0) await this.#session.sql('DISCARD TEMP');
  }
}
