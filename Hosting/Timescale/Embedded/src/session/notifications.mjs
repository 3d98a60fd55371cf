// LISTEN reaches the one session, which listens to whatever any client does; its notifications arrive in whoever's
// answer, are taken out and handed to the clients that listen.
import { messages, notification, readString } from '../protocol/wire.mjs';

const NOTIFICATION = 0x41;
const quote = (name) => `"${name.replaceAll('"', '""')}"`;

export class Notifications {
  #listeners = new Map(); // channel → clients
  #heard = [];

  /**
   * A client's transaction has ended. What is new among the session's channels is the client's, what is missing there it
   * gave up. One thing they cannot show: a LISTEN to what another client listens to already. For that the channels that
   * the client's texts `named` count too.
   */
  async settle(client, session, named) {
    const { channels } = session.engine.left;
    if (channels.length > 0 || this.#listeners.size > 0) {
      for (const channel of this.#listeners.keys()) if (!channels.includes(channel)) this.#drop(client, channel);
      for (const channel of channels) if (!this.#listeners.has(channel) || named.includes(channel)) this.#add(client, channel);
      await this.restore(session);
    }
    this.#deliver(); // only now it is known who listens
  }

  async forget(client, session) {
    for (const channel of this.#listeners.keys()) this.#drop(client, channel);
    await this.restore(session);
  }

  /** Whether a client listens to anything. */
  has(client) {
    return [...this.#listeners.values()].some((clients) => clients.has(client));
  }

  /** Lets the session listen to what the clients do. */
  async restore(session) {
    const { channels } = session.engine.left;
    const listen = [...this.#listeners.keys()].filter((channel) => !channels.includes(channel)).map((channel) => `LISTEN ${quote(channel)}`);
    const unlisten = channels.filter((channel) => !this.#listeners.has(channel)).map((channel) => `UNLISTEN ${quote(channel)}`);
    if (listen.length + unlisten.length > 0) await session.sql([...listen, ...unlisten].join('; '));
  }

  #add(client, channel) {
    if (!this.#listeners.has(channel)) this.#listeners.set(channel, new Set());
    this.#listeners.get(channel).add(client);
  }

  #drop(client, channel) {
    const clients = this.#listeners.get(channel);
    if (clients.delete(client) && clients.size === 0) this.#listeners.delete(channel);
  }

  /** Takes notifications out of an answer that comes in pieces; undefined while nobody listens. */
  filter() {
    if (this.#listeners.size === 0) return undefined;
    let rest = Buffer.alloc(0);
    return (piece) => {
      const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
      const kept = [];
      let from = 0;
      let whole = 0;
      for (const { type, start, end } of messages(bytes)) {
        if (end > bytes.length) break;
        whole = end;
        if (type !== NOTIFICATION) continue;
        kept.push(bytes.subarray(from, start));
        from = end;
        this.#heard.push(bytes.subarray(start, end));
      }
      kept.push(bytes.subarray(from, whole));
      rest = bytes.subarray(whole);
      return Buffer.concat(kept);
    };
  }

  #deliver() {
    for (const frame of this.#heard.splice(0)) {
      const [channel, at] = readString(frame, 9);
      const [payload] = readString(frame, at);
      for (const client of this.#listeners.get(channel) ?? []) client.notify(notification(channel, payload));
    }
  }
}
