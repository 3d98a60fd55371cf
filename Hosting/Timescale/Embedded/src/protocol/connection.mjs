import { Handshake } from './handshake.mjs';
import { Inbox } from './inbox.mjs';
import { Outgoing } from './outgoing.mjs';
import { FrameReader, ProtocolError, errorResponse } from './wire.mjs';

const HANDSHAKE_MS = 30_000;
// Beyond this much unread work the socket is paused, so that a client that pipelines cannot fill the memory.
const AHEAD_LIMIT = 32 * 1024 * 1024;
// A dead peer that said nothing is found after this and the system's number of tries.
const KEEP_ALIVE_MS = 60_000;
const STALLED_MS = 60_000;
const LINGER_MS = 1000;

/** A client's socket: lets it in, collects its messages to batches, holds what it has not read yet. */
export class Connection {
  /** The client's side is closed, or so broken that nothing more is read from it. */
  hungUp = false;
  #socket;
  #gateway;
  #client;
  #reader = new FrameReader();
  #handshake;
  #timer;
  #inbox = new Inbox();
  #outgoing;

  /** `client` hears `admitted(settings)`, `arrived()` when there is something for it to do, and `failed(error)`. */
  constructor(socket, gateway, client) {
    this.#socket = socket;
    this.#gateway = gateway;
    this.#client = client;
    this.#outgoing = new Outgoing(socket, () => client.arrived());
    this.#handshake = new Handshake(gateway, (bytes) => this.write(bytes));
    this.#timer = setTimeout(() => this.end('08006', 'authentication took too long'), HANDSHAKE_MS);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (chunk) => this.#receive(chunk));
    for (const event of ['end', 'error', 'close']) socket.on(event, () => this.#hangUp());
  }

  /** A batch waits to run. What the client does not read it must read first, unless it leaves. */
  get hasWork() {
    const { next } = this.#inbox;
    return next !== undefined && (!this.#outgoing.backlogged || next.end === 'terminate');
  }

  /** It does not read, and what it should read piles up. */
  get hopeless() {
    return this.#outgoing.hopeless;
  }

  /** Kind of the next batch. */
  get next() {
    return this.#inbox.next?.end;
  }

  take() {
    return this.#flowing(this.#inbox.take());
  }

  /** Takes the next batch if it is only the message that ends it. */
  takeBare(end) {
    const { next } = this.#inbox;
    return next?.end === end && next.frames.length === 1 && this.take();
  }

  takeCopyData() {
    return this.#flowing(this.#inbox.takeCopyData());
  }

  #flowing(taken) {
    if (this.#inbox.size <= AHEAD_LIMIT) this.#socket.resume();
    return taken;
  }

  #receive(chunk) {
    this.#reader.push(chunk);
    try {
      for (let frame; !this.hungUp && (frame = this.#reader.next()); ) {
        if (this.#handshake) this.#admit(frame);
        else if (this.#inbox.add(frame)) this.#client.arrived();
      }
      if (this.#inbox.size > AHEAD_LIMIT) this.#socket.pause();
    } catch (error) {
      this.#client.failed(error);
    }
  }

  #admit(frame) {
    let step;
    try {
      step = this.#handshake.step(frame);
    } catch (error) {
      throw error instanceof ProtocolError ? error : new ProtocolError(error.message);
    }
    if (this.#handshake.begun) this.#reader.startupDone();
    if (step === 'more') return;
    clearTimeout(this.#timer);
    if (step === 'cancel') this.#gateway.cancel(this.#handshake.cancel);
    if (step !== 'admitted') return this.close();
    this.#client.admitted(this.#handshake.settings);
    this.#handshake = undefined;
    this.#inbox.append('welcome');
    this.#client.arrived();
  }

  /** What has come in whole still runs, as it would in a PostgreSQL that reads it before it finds the end. */
  #hangUp() {
    if (this.hungUp) return;
    this.hungUp = true;
    clearTimeout(this.#timer);
    if (this.#handshake) return this.close();
    this.#inbox.append('terminate');
    this.#client.arrived();
  }

  write(bytes, taken) {
    this.#outgoing.write(bytes, taken);
  }

  /** The rest of an answer; see Spool. */
  file(spool, route) {
    this.#outgoing.file(spool, route);
  }

  /** Says why, and closes. */
  end(code, text, hint) {
    this.write(errorResponse(code, text, { severity: 'FATAL', hint }));
    this.close();
  }

  /** Closes without a word. */
  destroy() {
    this.#socket.destroy();
    this.close();
  }

  close() {
    this.hungUp = true;
    clearTimeout(this.#timer);
    this.#outgoing.end();
    // What is on its way may take its time as long as it moves; a peer that then never closes must not keep the socket.
    this.#socket.setTimeout(STALLED_MS, () => this.#socket.destroy());
    this.#socket.once('finish', () => setTimeout(() => this.#socket.destroy(), LINGER_MS).unref());
    this.#client.left();
  }
}
