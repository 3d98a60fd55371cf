import { randomInt } from 'node:crypto';
import { Handshake, welcome } from './handshake.mjs';
import { Batch, Statements } from './statements.mjs';
import { FrameReader, ProtocolError, closeStatement, commandComplete, errorResponse, query, readyForQuery, sync } from './wire.mjs';

const HANDSHAKE_MS = 30_000;
// Beyond this much unread work the socket is paused, so that a client that pipelines cannot fill the memory.
const AHEAD_LIMIT = 32 * 1024 * 1024;

let lastId = 0;

/** One connection: reads messages, collects them to batches, runs each as one turn of the session. */
export class Client {
  id = (lastId = (lastId % 0x7fffffff) + 1);
  secret = randomInt(0x7fffffff);
  gone = false;
  #socket;
  #gateway;
  #reader = new FrameReader();
  #handshake;
  #timer;
  #admitted = false;
  #statements = new Statements(this.id);
  #settings = [];
  #batch = new Batch();
  #batches = [];
  #ahead = 0;
  #touchedSettings = false;

  constructor(socket, gateway) {
    this.#socket = socket;
    this.#gateway = gateway;
    this.#handshake = new Handshake(gateway, (bytes) => this.#write(bytes));
    this.#timer = setTimeout(() => this.end('08006', 'authentication took too long'), HANDSHAKE_MS);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => this.#leave());
    socket.on('close', () => this.#leave());
  }

  get wantsTurn() {
    return this.#batches.length > 0;
  }

  #write(bytes) {
    if (!this.gone && this.#socket.writable) this.#socket.write(bytes);
  }

  #receive(chunk) {
    this.#reader.push(chunk);
    try {
      for (let frame; !this.gone && (frame = this.#reader.next()); ) {
        if (this.#admitted) this.#message(frame);
        else this.#admit(frame);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError) && !(error instanceof RangeError)) throw error;
      this.end('08P01', `protocol violation: ${error.message}`);
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
    if (step !== 'admitted') return this.#close();
    this.#admitted = true;
    this.#settings = this.#handshake.settings;
    this.#enqueue(Object.assign(new Batch(), { end: 'welcome' }));
  }

  #message(frame) {
    const batch = this.#batch;
    switch (String.fromCharCode(frame[0])) {
      case 'Q':
        this.#statements.simple(batch, frame);
        return this.#complete('query');
      case 'P':
        return this.#statements.parse(batch, frame);
      case 'B':
        return this.#statements.bind(batch, frame);
      case 'D':
        return this.#statements.describeOrClose(batch, frame, false);
      case 'C':
        return this.#statements.describeOrClose(batch, frame, true);
      case 'E':
        return batch.add(frame);
      case 'F':
        batch.add(frame);
        return this.#complete('call');
      case 'S':
        batch.add(frame);
        return this.#complete('sync');
      case 'H':
        batch.add(frame);
        return this.#complete('flush');
      case 'X':
        return this.#close();
      case 'd':
      case 'c':
      case 'f':
        return undefined; // copy data after a refused COPY: PostgreSQL drops it too
      default:
        throw new ProtocolError(`unknown message type ${frame[0]}`);
    }
  }

  #complete(end) {
    this.#batch.end = end;
    this.#enqueue(this.#batch);
    this.#batch = new Batch();
  }

  #enqueue(batch) {
    this.#batches.push(batch);
    this.#ahead += batch.size;
    if (this.#ahead > AHEAD_LIMIT) this.#socket.pause();
    this.#gateway.scheduler.request(this);
  }

  /** Runs the next batch; true when the session must stay with this client. */
  async takeTurn() {
    const batch = this.#batches.shift();
    if (!batch) return this.#gateway.scheduler.isHolder(this);
    this.#ahead -= batch.size;
    if (this.#ahead <= AHEAD_LIMIT) this.#socket.resume();
    const { session, scheduler } = this.#gateway;
    this.#gateway.activity++;
    const holds = scheduler.isHolder(this);
    if (!holds && !(await this.#applySettings(session))) return false;
    if (batch.end === 'welcome') {
      this.#write(welcome(this.#gateway.parameters, this.id, this.secret));
      return false;
    }
    if (batch.discard && !holds) return this.#discard(session, batch.discard);
    if (batch.listen || batch.unlisten) this.#gateway.notifications.note(this, batch);
    if (batch.settings) this.#touchedSettings = true;
    if (batch.temporary) session.temporaryUsers.add(this);

    const status = await this.#run(session, batch);
    if (batch.end === 'flush') return true;
    if (status !== 'I') return true;
    await this.#gateway.notifications.restore(session);
    if (this.#touchedSettings) {
      this.#touchedSettings = false;
      this.#settings = await session.capture();
    }
    return false;
  }

  /** Another client's NOTIFY. */
  notify(bytes) {
    this.#write(bytes);
  }

  async #applySettings(session) {
    try {
      await session.apply(this.#settings);
      return true;
    } catch (error) {
      if (!error.code) throw error;
      await session.apply([]);
      this.end(error.code, error.message);
      return false;
    }
  }

  async #run(session, batch) {
    let parts = batch.parts;
    let skip = 0;
    const again = batch.needsUnnamed && session.unnamedOwner !== this ? this.#statements.unnamedParse : undefined;
    if (again) {
      parts = [again, ...parts];
      skip = 5; // its ParseComplete is not the client's
    }
    if (batch.parsesUnnamed || again) session.unnamedOwner = this;
    else if (batch.end === 'query') session.unnamedOwner = undefined;
    const route = this.#gateway.notifications.filter();
    return session.engine.run(parts, (bytes) => {
      if (skip && bytes[0] === 0x31) bytes = bytes.subarray(skip);
      skip = 0;
      this.#write(route ? route(bytes) : bytes);
    });
  }

  /** DISCARD ALL would take every client's statements and temporary tables along. */
  async #discard(session, kind) {
    await this.#closeStatements(session);
    if (kind === 'DISCARD ALL') {
      this.#settings = [];
      this.#gateway.notifications.forget(this);
      await session.forgetTemporary(this);
    }
    this.#write(Buffer.concat([commandComplete(kind), readyForQuery('I')]));
    return false;
  }

  async #closeStatements(session) {
    const names = this.#statements.serverNames;
    this.#statements.clear();
    if (names.length > 0) await session.engine.run([...names.map(closeStatement), sync], () => {});
  }

  /** A CancelRequest came. Work that waits is taken back; a statement that runs cannot be interrupted. */
  cancel() {
    if (this.#batches.length === 0 || !this.#gateway.scheduler.withdraw(this)) return;
    const batch = this.#batches.shift();
    if (batch.end === 'welcome') return this.end('57014', 'canceled before the session began');
    this.#ahead -= batch.size;
    const ready = batch.end === 'flush' ? [] : [readyForQuery('I')];
    this.#write(Buffer.concat([errorResponse('57014', 'canceling statement due to user request'), ...ready]));
    if (this.wantsTurn) this.#gateway.scheduler.request(this);
  }

  async rollback() {
    const { engine } = this.#gateway.session;
    this.#gateway.session.unnamedOwner = undefined;
    await engine.run([sync, query('ROLLBACK')], () => {});
  }

  /** It sat idle in a transaction while others waited. */
  evict() {
    this.end('25P03', 'terminating connection due to idle-in-transaction timeout', 'The embedded database has one session: commit, or roll back, before doing something else.');
  }

  end(code, text, hint) {
    this.#write(errorResponse(code, text, { severity: 'FATAL', hint }));
    this.#close();
  }

  #close() {
    this.#socket.end();
    this.#leave();
  }

  #leave() {
    if (this.gone) return;
    this.gone = true;
    clearTimeout(this.#timer);
    this.#batches = [];
    this.#gateway.left(this);
    // A peer that never closes its side must not keep the socket.
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }

  /** Runs once after the client left, as a turn of its own. */
  async cleanUp(session) {
    this.#gateway.notifications.forget(this);
    await this.#closeStatements(session);
    await session.forgetTemporary(this);
  }

  get leavesTraces() {
    return this.#statements.serverNames.length > 0 || this.#gateway.session.temporaryUsers.has(this);
  }
}
