import { EventEmitter } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { MessageChannel, Worker } from 'node:worker_threads';
import { SqlError, rowsOf } from '../protocol/answer.mjs';
import { FlowControl } from './flow.mjs';
import { Interrupter } from './interrupter.mjs';
import { copyFail, query } from '../protocol/wire.mjs';

// Most of PostgreSQL runs too seldom to be worth optimizing: by V8's own budget that took more than half of a start's
// processor time. What runs often is optimized all the same.
setFlagsFromString('--wasm-tiering-budget=100000000');

const INTERRUPT_AGAIN_MS = 200;

export { SqlError };

/** PostgreSQL died under what it was given to run. */
export class CrashError extends Error {}

const concat = (parts) => {
  let size = 0;
  for (const part of parts) size += part.length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** The database thread seen from the gateway. One batch at a time; emits 'crash' when PostgreSQL dies under it. */
export class Engine extends EventEmitter {
  /** What clients are told at start. */
  parameters;
  /** What the session has been left with after the last batch; see ServerMemory. */
  left;
  #workerData;
  #worker;
  #copyPort;
  #flow;
  #interrupter = new Interrupter();
  #current;
  #id = 0;

  constructor(data, spool) {
    super();
    this.#workerData = { data, spool };
  }

  /** Starts PostgreSQL, recovers what the last run left, proves it complete. */
  start() {
    this.#flow = new FlowControl();
    const { port1, port2 } = new MessageChannel();
    port1.unref();
    this.#copyPort = port1;
    return new Promise((resolve, reject) => {
      // Never with a bigger stack (resourceLimits.stackSizeMb): deep recursion then ran over PostgreSQL's own memory
      // before the thread's limit stopped it, and answers were wrong. As it is, the thread stops first.
      const worker = new Worker(new URL('./engine-worker.mjs', import.meta.url), {
        workerData: { ...this.#workerData, flow: this.#flow.shared, copyPort: port2 },
        transferList: [port2],
      });
      this.#worker = worker;
      let ready = false;
      const fail = (error) => {
        if (worker !== this.#worker) return;
        this.#worker = undefined;
        if (!ready) return reject(error);
        this.#end()?.reject(new CrashError(error.message, { cause: error }));
        this.emit('crash', error);
      };
      worker.on('error', fail);
      worker.on('exit', (code) => fail(new Error(`the database thread ended with ${code}`)));
      worker.on('message', (message) => {
        if (message.ready) {
          ready = true;
          ({ parameters: this.parameters, left: this.left } = message.ready);
          resolve();
        } else if (message.id === this.#current?.id) {
          this.#hear(message);
        }
      });
    });
  }

  #hear({ copyIn, output, done, status, spool, left }) {
    const current = this.#current;
    if (copyIn) return current.copyIn();
    if (output?.length > 0) current.output(Buffer.from(output.buffer, output.byteOffset, output.byteLength));
    if (!done) return;
    this.#end();
    this.left = { names: this.left.names, ...left };
    current.resolve({ status, spool });
  }

  #end() {
    const current = this.#current;
    clearTimeout(current?.timer);
    clearInterval(current?.interruptions);
    this.#current = undefined;
    return current;
  }

  /**
   * Runs whole messages. `output` gets the answer's bytes as they come; `copyIn` is called when PostgreSQL waits for
   * copy data. Resolves to the transaction status ('I', 'T' or 'E'; undefined when the messages did not end in one that
   * brings ReadyForQuery) and, of an answer that was not read, the file with the rest.
   */
  run(parts, { output, copyIn = () => this.feed([copyFail('the gateway has no data')]), timeout = 0 }) {
    if (!this.#worker) return Promise.reject(new CrashError('the database is restarting'));
    const input = concat(parts);
    return new Promise((resolve, reject) => {
      const id = ++this.#id;
      this.#current = { id, output, copyIn, resolve, reject };
      if (timeout > 0) this.#current.timer = setTimeout(() => this.interrupt('timeout'), timeout);
      this.#worker.postMessage({ id, input }, [input.buffer]);
    });
  }

  /** Number of the running batch, for `taken`. */
  get running() {
    return this.#current?.id;
  }

  /** The client has taken so many bytes of that batch's answer. */
  taken(id, bytes) {
    if (id === this.#current?.id) this.#flow.taken(bytes);
  }

  /** Whole messages for the COPY that waits for them. */
  feed(frames) {
    const data = concat(frames);
    this.#copyPort.postMessage(data, [data.buffer]);
    this.#flow.fed();
  }

  /** Ends the running statement with 57014; a COPY that waits for data does not hear it, and is fed a CopyFail instead. */
  interrupt(reason = 'cancel') {
    const running = this.#current;
    if (!running) return;
    const once = () => this.#interrupter.interrupt(running.id, reason);
    once();
    // PostgreSQL drops what comes before it has read the statement.
    running.interruptions ??= setInterval(once, INTERRUPT_AGAIN_MS);
  }

  /** Runs SQL of the gateway's own; resolves to its rows as arrays of strings. */
  async sql(text) {
    const pieces = [];
    const { spool } = await this.run([query(text)], {
      output: (bytes) => {
        pieces.push(bytes);
        this.taken(this.running, bytes.length);
      },
    });
    if (spool) pieces.push(takeSpool(spool));
    return rowsOf(Buffer.concat(pieces));
  }

  /** Ends the thread. What is committed is on disk already. */
  async stop() {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

// This thread was busy for so long that the answer went to a file.
function takeSpool({ path }) {
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}
