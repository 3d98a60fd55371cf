// Prepared statements are made each client's own. Named ones get a prefix; the unnamed one is parsed again when another
// client has replaced it meanwhile. Portals need nothing: they end with the transaction, and so does the client's turn.
import { classify, REFUSE_COPY } from './sql.mjs';
import { message, parse, query, readString } from './wire.mjs';

const STATEMENT = 'S'.charCodeAt(0);
const KEPT_LIMIT = 1024 * 1024;

/** Messages up to the one that ends them, and what the gateway must know about them. */
export class Batch {
  parts = [];
  size = 0;
  /** 'sync', 'query', 'flush' or 'call' */
  end;
  settings = false;
  temporary = false;
  /** A Bind or Describe of the unnamed statement comes before any Parse of it in this batch. */
  needsUnnamed = false;
  parsesUnnamed = false;
  /** Exactly DISCARD ALL or DEALLOCATE ALL: answered by the gateway outside a transaction. */
  discard;
  listen;
  unlisten;

  add(part) {
    this.parts.push(part);
    this.size += part.length;
  }

  note(facts) {
    this.settings ||= facts.settings;
    this.temporary ||= facts.temporary;
    this.listen = facts.listen ?? this.listen;
    this.unlisten = facts.unlisten ?? this.unlisten;
  }
}

/** One client's prepared statements. */
export class Statements {
  #prefix;
  #named = new Map();
  #unnamed;

  constructor(clientId) {
    this.#prefix = `g${clientId}_`;
  }

  /** The names the session knows them by. */
  get serverNames() {
    return [...this.#named.keys()].map((name) => this.#prefix + name);
  }

  clear() {
    this.#named.clear();
    this.#unnamed = undefined;
  }

  /** The Parse to repeat before a batch that relies on an earlier unnamed statement. */
  get unnamedParse() {
    return this.#unnamed;
  }

  simple(batch, frame) {
    const [sql] = readString(frame, 5);
    const facts = classify(sql);
    batch.note(facts);
    if (facts.discard) batch.discard = facts.discard;
    const text = facts.copyIn ? REFUSE_COPY : facts.rewritten;
    batch.add(text ? query(text) : frame);
  }

  parse(batch, frame) {
    const [name, sqlAt] = readString(frame, 5);
    const [sql, rest] = readString(frame, sqlAt);
    const facts = classify(sql);
    batch.note(facts);
    // In the extended protocol the answer must match what was described, so the statement only becomes a mild one.
    const text = facts.copyIn ? REFUSE_COPY : facts.discard ? 'RESET ALL' : facts.rewritten;
    if (facts.discard) batch.settings = true;
    if (name === '') {
      batch.parsesUnnamed = true;
      const own = text ? parse('', text) : frame;
      this.#unnamed = own.length <= KEPT_LIMIT ? Buffer.from(own) : undefined;
      batch.add(own);
      return;
    }
    this.#named.set(name, facts);
    batch.add(text ? parse(this.#prefix + name, text) : message('P', this.#prefix + name, sql, frame.subarray(rest)));
  }

  bind(batch, frame) {
    const [portal, nameAt] = readString(frame, 5);
    if (frame[nameAt] === 0) {
      if (!batch.parsesUnnamed) batch.needsUnnamed = true;
      batch.add(frame);
      return;
    }
    const [name, rest] = readString(frame, nameAt);
    batch.note(this.#named.get(name) ?? {});
    batch.add(message('B', portal, this.#prefix + name, frame.subarray(rest)));
  }

  /** Describe and Close have the same shape. */
  describeOrClose(batch, frame, closes) {
    if (frame[5] !== STATEMENT) return batch.add(frame);
    if (frame[6] === 0) {
      if (closes) this.#unnamed = undefined;
      else if (!batch.parsesUnnamed) batch.needsUnnamed = true;
      return batch.add(frame);
    }
    const [name] = readString(frame, 6);
    if (closes) this.#named.delete(name);
    batch.add(message(String.fromCharCode(frame[0]), frame.subarray(5, 6), this.#prefix + name));
  }
}
