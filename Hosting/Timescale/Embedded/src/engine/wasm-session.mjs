import { Spool } from './spool.mjs';

// Big answers go out in pieces of this size while the statement is still running.
const CHUNK = 256 * 1024;
// So much of an answer may be on its way in memory; a client that takes nothing of it for STALL_MS is not waited for.
const WINDOW = 4 * CHUNK;
const STALL_MS = 100;
// A jump of the monotonic clock lets pg_sleep and the like, which wait by looking at it, come to where they can be interrupted.
const CLOCK_JUMP_MS = 1e8;

const errorText = (text) => Buffer.from(`SERROR\0VERROR\0C57014\0Mcanceling statement due to ${text}\0`);
const CANCELED = errorText('user request');
const TIMED_OUT = errorText('statement timeout');

/** PostgreSQL's one session, bytes in and bytes out. Runs in the database's thread. */
export class WasmSession {
  #module;
  #flow;
  #post;
  #spoolLimits;
  #input = new Uint8Array(0);
  #read = 0;
  #copy = Buffer.alloc(0);
  #copied = 0;
  #copyEnd = 0;
  #output = Buffer.allocUnsafeSlow(CHUNK);
  #written = 0;
  #end = Buffer.alloc(0);
  #spool;
  #overflow = false;
  #running;
  #interrupted;
  #clockAhead = 0;

  /** `post` hands a message to the gateway at once, also while a statement runs. */
  constructor(module, flow, spoolLimits, post) {
    this.#module = module;
    this.#flow = flow;
    this.#spoolLimits = spoolLimits;
    this.#post = post;
    // In place of PGlite's own callbacks, which parse every row and keep what they parsed for as long as the process lives.
    module._set_read_write_cbs(
      module.addFunction((pointer, most) => this.#give(pointer, most), 'iii'),
      module.addFunction((pointer, length) => this.#take(pointer, length), 'iii'),
    );
    const now = performance.now.bind(performance);
    performance.now = () => now() + this.#clockAhead;
  }

  /** Runs whole messages; resolves nothing: what the gateway must know is in the returned message. */
  run(id, input) {
    this.#begin(id, input);
    // PostgreSQL reads 8 KiB at a time; where a message ends exactly there it takes the input for finished, and returns.
    for (let before = -1; this.#read < input.length && this.#read > before; ) {
      before = this.#read;
      this.#module._interactive_one(input.length - before, input[before]);
    }
    this.#running = undefined;
    if (this.#interrupted === 'timeout') this.#renameCanceled();
    return this.#finish(id);
  }

  /** Called in the middle of a statement, by way of the inspector: PostgreSQL ends it where it next looks. */
  interrupt(id, reason) {
    if (id !== this.#running) return;
    this.#interrupted = reason;
    this.#clockAhead += CLOCK_JUMP_MS;
    this.#setInterrupt(1);
  }

  #begin(id, input) {
    this.#setInterrupt(0);
    this.#input = input;
    this.#read = 0;
    this.#copy = Buffer.alloc(0);
    this.#copied = this.#copyEnd = 0;
    this.#written = 0;
    this.#end = Buffer.alloc(0);
    this.#overflow = false;
    this.#interrupted = undefined;
    this.#flow.begin();
    this.#running = id;
  }

  #finish(id) {
    const rest = this.#output.subarray(0, this.#written);
    this.#remember(rest);
    const reply = { id, done: true, status: this.#status() };
    if (!this.#spool) reply.output = Uint8Array.prototype.slice.call(rest);
    else {
      this.#spoolAway(rest);
      this.#spool.close();
      reply.spool = { path: this.#spool.path, overflow: this.#overflow };
      this.#spool = undefined;
    }
    return reply;
  }

  // globals.c: InterruptPending, QueryCancelPending
  #setInterrupt(value) {
    const at = this.#module._InterruptPending >> 2;
    this.#module.HEAP32[at + 1] = value;
    if (value) this.#module.HEAP32[at] = value;
  }

  #give(pointer, most) {
    const fromBatch = this.#read < this.#input.length;
    if (!fromBatch && this.#copied === this.#copy.length) this.#awaitCopyData();
    const from = fromBatch ? this.#read : this.#copied;
    const bytes = fromBatch ? this.#input.subarray(from, from + most) : this.#copy.subarray(from, Math.min(from + most, this.#copyMessageEnd()));
    this.#module.HEAPU8.set(bytes, pointer);
    if (fromBatch) this.#read += bytes.length;
    else this.#copied += bytes.length;
    return bytes.length;
  }

  // All of the batch is read and PostgreSQL wants more: it runs a COPY FROM STDIN.
  #awaitCopyData() {
    if (this.#written > 0) this.#emit();
    this.#post({ id: this.#running, copyIn: true });
    this.#copy = Buffer.from(this.#flow.next().buffer);
    this.#copied = this.#copyEnd = 0;
  }

  // PostgreSQL gets a message at a time, so that after an error nothing is left in its buffer.
  #copyMessageEnd() {
    if (this.#copied === this.#copyEnd) this.#copyEnd += 1 + this.#copy.readInt32BE(this.#copied + 1);
    return this.#copyEnd;
  }

  #take(pointer, length) {
    if (this.#written + length > this.#output.length) {
      this.#emit();
      if (length > this.#output.length) this.#output = Buffer.allocUnsafeSlow(length);
    }
    this.#output.set(this.#module.HEAPU8.subarray(pointer, pointer + length), this.#written);
    this.#written += length;
    return length;
  }

  #emit() {
    const bytes = this.#output.subarray(0, this.#written);
    this.#written = 0;
    this.#remember(bytes);
    if (!this.#spool && !this.#flow.drained(WINDOW, STALL_MS)) this.#spool = new Spool(this.#spoolLimits.directory, this.#spoolLimits.most);
    if (this.#spool) return this.#spoolAway(bytes);
    this.#flow.sent(bytes.length);
    const copy = Uint8Array.prototype.slice.call(bytes);
    this.#post({ id: this.#running, output: copy }, [copy.buffer]);
  }

  #spoolAway(bytes) {
    if (this.#overflow || this.#spool.write(bytes)) return;
    this.#overflow = true; // the client will be ended; no need to compute what nobody gets
    this.#setInterrupt(1);
  }

  #remember(bytes) {
    this.#end = bytes.length >= 6 ? Buffer.from(bytes.subarray(-6)) : Buffer.concat([this.#end, bytes]).subarray(-6);
  }

  /** 'I', 'T' or 'E' from the ReadyForQuery that ends the answer. */
  #status() {
    const end = this.#end;
    return end.length === 6 && end[0] === 0x5a && end.readInt32BE(1) === 5 ? String.fromCharCode(end[5]) : undefined;
  }

  #renameCanceled() {
    const at = this.#output.subarray(0, this.#written).indexOf(CANCELED);
    if (at < 5 || this.#output[at - 5] !== 0x45) return;
    const longer = TIMED_OUT.length - CANCELED.length;
    const rest = this.#output.subarray(at + CANCELED.length, this.#written);
    const length = this.#output.readInt32BE(at - 4) + longer;
    const whole = Buffer.concat([this.#output.subarray(0, at), TIMED_OUT, rest]);
    whole.writeInt32BE(length, at - 4);
    if (whole.length > this.#output.length) this.#output = Buffer.allocUnsafeSlow(whole.length);
    this.#output.set(whole);
    this.#written = whole.length;
  }
}
