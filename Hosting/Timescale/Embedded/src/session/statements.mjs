// Prepared statements are made each client's own. Named ones get a prefix, and are parsed again should the session have
// lost them (another client's DEALLOCATE ALL, a crash); the unnamed one is parsed again when another client has replaced
// it meanwhile. Portals need nothing: they end with the transaction, and so does the client's turn.
import { classify } from './sql.mjs';
import { message, parse, query, readString } from '../protocol/wire.mjs';

const STATEMENT = 'S'.charCodeAt(0);
const KEPT_LIMIT = 1024 * 1024;

/** One client's prepared statements of the protocol. */
export class Statements {
  #prefix;
  #named = new Map(); // name → { parse, facts }
  #unnamed;

  constructor(clientId) {
    this.#prefix = `gateway:${clientId}:`;
  }

  /** The names the session knows them by. */
  get serverNames() {
    return [...this.#named.keys()].map((name) => this.#prefix + name);
  }

  clear() {
    this.#named.clear();
    this.#unnamed = undefined;
  }

  /**
   * A batch of the client's has run: what the session held before, or got from the batch, and does not hold `after`
   * the client has closed, or PostgreSQL has refused. What another client has closed stays known, to be parsed again.
   */
  settle(touched, before, after) {
    for (const name of this.#named.keys()) {
      const there = this.#prefix + name;
      if (!after.has(there) && (before.has(there) || touched.has(name))) this.#named.delete(name);
    }
  }

  /** Turns the messages of a batch into what the session is to run; `present` are the names it holds. */
  translate(frames, present, unnamedThere) {
    const touched = new Set();
    const plan = { parts: [], again: 0, touched, temporary: false, listens: [], discard: undefined, parsesUnnamed: false };
    const first = [];
    const use = (name) => {
      if (touched.has(name)) return;
      touched.add(name);
      const known = name === '' ? this.#unnamed : this.#named.get(name);
      if (known) note(plan, known.facts);
      if (known?.parse && !(name === '' ? unnamedThere : present.has(this.#prefix + name))) first.push(known.parse);
      if (name === '' && first.includes(known?.parse)) plan.parsesUnnamed = true;
    };
    for (const frame of frames) plan.parts.push(this.#translate(frame, plan, use));
    plan.parts.unshift(...first);
    plan.again = first.length;
    return plan;
  }

  #translate(frame, plan, use) {
    switch (String.fromCharCode(frame[0])) {
      case 'Q':
        return this.#simple(frame, plan);
      case 'P':
        return this.#parse(frame, plan);
      case 'B':
        return this.#bind(frame, use);
      case 'D':
      case 'C':
        return this.#describeOrClose(frame, use);
      default:
        return frame;
    }
  }

  #simple(frame, plan) {
    const facts = classify(readString(frame, 5)[0]);
    note(plan, facts);
    plan.discard = facts.discard;
    this.#unnamed = undefined;
    return facts.rewritten ? query(facts.rewritten) : frame;
  }

  #parse(frame, plan) {
    const [name, sqlAt] = readString(frame, 5);
    const [sql, rest] = readString(frame, sqlAt);
    const facts = classify(sql);
    note(plan, facts);
    plan.touched.add(name);
    const target = name && this.#prefix + name;
    const own = facts.rewritten ? parse(target, facts.rewritten) : name === '' ? Buffer.from(frame) : message('P', target, frame.subarray(sqlAt));
    const kept = { parse: own.length <= KEPT_LIMIT ? own : undefined, facts };
    if (name === '') {
      this.#unnamed = kept;
      plan.parsesUnnamed = true;
    } else if (!this.#named.has(name)) {
      this.#named.set(name, kept); // else PostgreSQL refuses it, and the old one stays
    }
    return own;
  }

  #bind(frame, use) {
    const [portal, nameAt] = readString(frame, 5);
    const [name, rest] = readString(frame, nameAt);
    use(name);
    return name === '' ? frame : message('B', portal, this.#prefix + name, frame.subarray(rest));
  }

  // They have the same shape.
  #describeOrClose(frame, use) {
    if (frame[5] !== STATEMENT) return frame;
    const [name] = readString(frame, 6);
    const closes = frame[0] === 0x43;
    if (!closes) use(name);
    else if (name === '') this.#unnamed = undefined;
    else this.#named.delete(name);
    return name === '' ? frame : message(String.fromCharCode(frame[0]), frame.subarray(5, 6), this.#prefix + name);
  }
}

function note(plan, { temporary = false, listens = [] }) {
  plan.temporary ||= temporary;
  plan.listens.push(...listens);
}
