// What the database's thread and the gateway's share while a statement runs and neither can wait for the other's events.
import { receiveMessageOnPort } from 'node:worker_threads';

const UNREAD = 0; // bytes of the running answer that the client has not taken yet
const FED = 1; // how often copy data was fed

/** The gateway's end. */
export class FlowControl {
  shared = new SharedArrayBuffer(8);
  #words = new Int32Array(this.shared);

  /** The client has taken this many bytes. */
  taken(bytes) {
    Atomics.sub(this.#words, UNREAD, bytes);
    Atomics.notify(this.#words, UNREAD);
  }

  /** A message was posted to the copy port. */
  fed() {
    Atomics.add(this.#words, FED, 1);
    Atomics.notify(this.#words, FED);
  }
}

/** The thread's end, which blocks. */
export class Flow {
  #words;
  #port;

  constructor(shared, port) {
    this.#words = new Int32Array(shared);
    this.#port = port;
  }

  /** A new answer begins. */
  begin() {
    Atomics.store(this.#words, UNREAD, 0);
  }

  sent(bytes) {
    Atomics.add(this.#words, UNREAD, bytes);
  }

  /** Waits until at most `most` bytes are unread; false when the client took none for `limit` milliseconds. */
  drained(most, limit) {
    for (let unread; (unread = Atomics.load(this.#words, UNREAD)) > most; ) {
      if (Atomics.wait(this.#words, UNREAD, unread, limit) === 'timed-out') return false;
    }
    return true;
  }

  /** The next copy data; waits for it. */
  next() {
    for (;;) {
      const seen = Atomics.load(this.#words, FED);
      const received = receiveMessageOnPort(this.#port);
      if (received) return received.message;
      Atomics.wait(this.#words, FED, seen);
    }
  }
}
