import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { messages, query, readString } from './wire.mjs';

const Z = 0x5a;

export class SqlError extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

/** The database thread seen from the gateway. One batch at a time; emits 'crash' when PostgreSQL dies under it. */
export class Engine extends EventEmitter {
  #data;
  #worker;
  #current;
  #id = 0;

  constructor(data) {
    super();
    this.#data = data;
  }

  /** Starts PostgreSQL, recovers what the last run left, proves it complete. Resolves to what clients are told at start. */
  start() {
    return new Promise((resolve, reject) => {
      // Never with a bigger stack (resourceLimits.stackSizeMb): deep recursion then ran over PostgreSQL's own memory
      // before the thread's limit stopped it, and answers were wrong. As it is, the thread stops first.
      const worker = new Worker(new URL('./engine-worker.mjs', import.meta.url), { workerData: { data: this.#data } });
      this.#worker = worker;
      let ready = false;
      const fail = (error) => {
        if (worker !== this.#worker) return;
        this.#worker = undefined;
        if (!ready) return reject(error);
        this.#current?.reject(error);
        this.#current = undefined;
        this.emit('crash', error);
      };
      worker.on('error', fail);
      worker.on('exit', (code) => fail(new Error(`the database thread ended with ${code}`)));
      worker.on('message', (reply) => {
        if (reply.ready) {
          ready = true;
          resolve(reply.ready);
        } else if (reply.id === this.#current?.id) {
          this.#answer(reply);
        }
      });
    });
  }

  #answer({ output, done }) {
    const bytes = Buffer.from(output.buffer, output.byteOffset, output.byteLength);
    const current = this.#current;
    current.onOutput(bytes);
    // ReadyForQuery is the last message; two pieces may share its six bytes.
    current.end = bytes.length >= 6 ? bytes.subarray(-6) : Buffer.concat([current.end, bytes]).subarray(-6);
    if (!done) return;
    this.#current = undefined;
    const { end } = current;
    const ready = end.length === 6 && end[0] === Z && end.readInt32BE(1) === 5;
    current.resolve(ready ? String.fromCharCode(end[5]) : undefined);
  }

  /**
   * Runs whole messages. `onOutput` gets the answer's bytes as they come; resolves to the transaction status
   * ('I', 'T' or 'E'), undefined when the messages did not end in one that brings ReadyForQuery.
   */
  run(parts, onOutput) {
    if (!this.#worker) return Promise.reject(new Error('the database is restarting'));
    let size = 0;
    for (const part of parts) size += part.length;
    const input = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      input.set(part, at);
      at += part.length;
    }
    return new Promise((resolve, reject) => {
      const id = ++this.#id;
      this.#current = { id, onOutput, resolve, reject, end: Buffer.alloc(0) };
      this.#worker.postMessage({ id, input }, [input.buffer]);
    });
  }

  /** Runs SQL of the gateway's own; resolves to its rows as arrays of strings. */
  async sql(text) {
    const pieces = [];
    await this.run([query(text)], (bytes) => pieces.push(bytes));
    const answer = Buffer.concat(pieces);
    const rows = [];
    for (const { type, start, end } of messages(answer)) {
      if (type === 0x45) throw toError(answer.subarray(start + 5, end));
      if (type === 0x44) rows.push(toRow(answer.subarray(start + 5, end)));
    }
    return rows;
  }

  /** Ends the thread. What is committed is on disk already. */
  async stop() {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

function toRow(body) {
  const row = [];
  let at = 2;
  for (let i = body.readInt16BE(0); i > 0; i--) {
    const length = body.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : body.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return row;
}

function toError(body) {
  const fields = {};
  for (let at = 0; body[at] !== 0 && at < body.length; ) {
    const letter = String.fromCharCode(body[at]);
    [fields[letter], at] = readString(body, at + 1);
  }
  return new SqlError(fields.C, fields.M);
}
