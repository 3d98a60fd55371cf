import { ProtocolError } from './wire.mjs';

const ENDS = { Q: 'query', F: 'call', S: 'sync', H: 'flush', X: 'terminate' };
// A batch that grows beyond this runs as far as it goes, as every message of it would at once in PostgreSQL.
const OPEN_LIMIT = 32 * 1024 * 1024;
// PostgreSQL's PQ_SMALL_MESSAGE_LIMIT, and the messages it is for: beyond it PostgreSQL gives up, which here would be a crash.
const SMALL_LIMIT = 10_000;
const SMALL = 'CDEHSXcf';

/** What a client has sent and what has not run yet: batches of messages, in order. */
export class Inbox {
  /** Bytes of the complete batches. */
  size = 0;
  #batches = [];
  #open = [];
  #openSize = 0;

  /** Takes a message; true when there is a complete batch more. */
  add(frame) {
    const type = String.fromCharCode(frame[0]);
    if (frame.length - 1 > SMALL_LIMIT && SMALL.includes(type)) throw new ProtocolError(`invalid message length ${frame.length - 1}`);
    if ('PBDCE'.includes(type)) {
      this.#open.push(frame);
      this.#openSize += frame.length;
      return this.#openSize > OPEN_LIMIT && this.#close('open');
    }
    if ('dcf'.includes(type)) {
      if (this.#open.length > 0) this.#close('open');
      this.#open.push(frame);
      return this.#close('copy');
    }
    if (!ENDS[type]) throw new ProtocolError(`unknown message type ${frame[0]}`);
    if (type === 'X') this.#drop(); // without a Sync it would be rolled back
    this.#open.push(frame);
    return this.#close(ENDS[type]);
  }

  /** A batch that no message makes: 'welcome', or 'terminate' for a client that has hung up. */
  append(end) {
    this.#drop();
    this.#close(end);
  }

  get next() {
    return this.#batches[0];
  }

  take() {
    const batch = this.#batches.shift();
    if (batch) this.size -= batch.size;
    return batch;
  }

  /** Copy data that is there, up to the message that ends it. */
  takeCopyData() {
    const frames = [];
    while (this.next?.end === 'copy') {
      frames.push(this.take().frames[0]);
      if (frames.at(-1)[0] !== 0x64) break;
    }
    return frames;
  }

  #drop() {
    this.#open = [];
    this.#openSize = 0;
  }

  #close(end) {
    const size = this.#open.reduce((sum, { length }) => sum + length, 0);
    this.#batches.push({ end, frames: this.#open, size });
    this.size += size;
    this.#drop();
    return true;
  }
}
