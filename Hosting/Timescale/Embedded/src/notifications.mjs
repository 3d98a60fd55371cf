// LISTEN reaches the one session, so its notifications arrive in whoever's answer: they are taken out and handed to
// the clients that listen.
import { messages, notification, readString } from './wire.mjs';

const NOTIFICATION = 0x41;
const quote = (name) => `"${name.replaceAll('"', '""')}"`;

export class Notifications {
  #listeners = new Map(); // channel → clients
  #lost = false;

  /** A batch with LISTEN or UNLISTEN is about to run. */
  note(client, { listen, unlisten }) {
    if (listen !== undefined) {
      if (!this.#listeners.has(listen)) this.#listeners.set(listen, new Set());
      this.#listeners.get(listen).add(client);
    }
    if (unlisten !== undefined) {
      this.#drop(client, unlisten === '*' ? [...this.#listeners.keys()] : [unlisten]);
      this.#lost = this.#listeners.size > 0; // the session stops listening for everybody
    }
  }

  forget(client) {
    this.#drop(client, [...this.#listeners.keys()]);
  }

  clear() {
    this.#listeners.clear();
    this.#lost = false;
  }

  #drop(client, channels) {
    for (const channel of channels) {
      const clients = this.#listeners.get(channel);
      if (clients?.delete(client) && clients.size === 0) this.#listeners.delete(channel);
    }
  }

  /** Listens again to what the others still want. */
  async restore(session) {
    if (!this.#lost) return;
    this.#lost = false;
    if (this.#listeners.size > 0) await session.sql([...this.#listeners.keys()].map((name) => `LISTEN ${quote(name)}`).join('; '));
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
        this.#deliver(bytes.subarray(start, end));
      }
      kept.push(bytes.subarray(from, whole));
      rest = bytes.subarray(whole);
      return Buffer.concat(kept);
    };
  }

  #deliver(frame) {
    const [channel, at] = readString(frame, 9);
    const [payload] = readString(frame, at);
    const bytes = notification(channel, payload);
    // After this answer has been written: a listener must not find it in the middle of its own.
    setImmediate(() => {
      for (const client of this.#listeners.get(channel) ?? []) client.notify(bytes);
    });
  }
}
