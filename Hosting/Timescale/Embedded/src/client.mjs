import { randomInt } from 'node:crypto';
import { CrashError } from './engine/engine.mjs';
import { SqlError } from './protocol/answer.mjs';
import { Connection } from './protocol/connection.mjs';
import { Statements } from './session/statements.mjs';
import { takeTurn } from './session/turn.mjs';
import { ProtocolError, copyFail, errorResponse, query, readyForQuery, sync } from './protocol/wire.mjs';

let lastId = 0;

/** One client as the owner of turns: what it does in the session, and what of the session is its own. */
export class Client {
  id = (lastId = (lastId % 0x7fffffff) + 1);
  secret = randomInt(0x7fffffff);
  connection;
  statements = new Statements(this.id);
  /** What the session is lent to it with; see Session. */
  settings = [];
  prepared = new Map();
  /** Channels that its texts have named since its last transaction. */
  named = [];
  /** It has left. */
  gone = false;
  /** Since when PostgreSQL waits for its copy data; 0: it does not. */
  starvedSince = 0;
  #gateway;
  #executing = false;

  constructor(socket, gateway) {
    this.#gateway = gateway;
    this.connection = new Connection(socket, gateway, this);
  }

  get wantsTurn() {
    return !this.gone && this.connection.hasWork;
  }

  admitted(settings) {
    this.settings = settings;
  }

  arrived() {
    if (this.starvedSince) this.#feed();
    else if (this.wantsTurn) this.#gateway.scheduler.request(this);
  }

  takeTurn() {
    return takeTurn(this, this.#gateway);
  }

  /** Runs messages in the session; `answer` gets the answer's bytes. */
  async execute(parts, answer) {
    const { engine } = this.#gateway.session;
    this.#executing = true;
    try {
      const { status, spool } = await engine.run(parts, {
        timeout: engine.left.statementTimeout,
        copyIn: () => this.#feed(),
        output: (bytes) => {
          const id = engine.running;
          this.connection.write(answer(bytes), () => engine.taken(id, bytes.length));
        },
      });
      if (spool?.overflow) this.#giveUp();
      if (spool) this.connection.file(spool, answer);
      return status;
    } finally {
      this.#executing = false;
      this.starvedSince = 0;
    }
  }

  // Nobody else has the session until the data comes.
  #feed() {
    const { engine } = this.#gateway.session;
    const { connection } = this;
    const data = connection.takeCopyData();
    this.starvedSince = data.length === 0 && connection.next === undefined && !this.gone ? this.#gateway.scheduler.now() : 0;
    if (data.length > 0) engine.feed(data);
    else if (connection.takeBare('sync') || connection.takeBare('flush')) engine.feed([sync]); // ignored there, as clients send it
    else if (this.gone || connection.next === 'terminate') engine.feed([copyFail('the client has left')]);
    else if (connection.next) engine.feed([copyFail('unexpected message during COPY from stdin')]);
  }

  // It could not be told: what it has not read ends in the middle of a message.
  #giveUp() {
    console.error(`client ${this.id} does not read its answer, and more waits than --unread-mb allows: its connection is closed`);
    this.connection.destroy();
  }

  write(bytes) {
    this.connection.write(bytes);
  }

  /** Another client's NOTIFY. */
  notify(bytes) {
    if (this.connection.hopeless) this.end('53000', 'terminating connection because the client does not read its notifications');
    else this.write(bytes);
  }

  /** A CancelRequest came. Work that waits is taken back; a statement that runs is interrupted. */
  cancel() {
    if (this.#executing) return this.#interrupt('canceling statement due to user request');
    if (this.connection.next === 'terminate' || !this.#gateway.scheduler.withdraw(this)) return undefined;
    const batch = this.connection.take();
    if (batch.end === 'welcome') return this.end('57014', 'canceled before the session began');
    const ready = batch.end === 'query' || batch.end === 'sync' || batch.end === 'call' ? [readyForQuery('I')] : [];
    this.write(Buffer.concat([errorResponse('57014', 'canceling statement due to user request'), ...ready]));
    return this.arrived();
  }

  #interrupt(reason) {
    const { engine } = this.#gateway.session;
    if (this.starvedSince) engine.feed([copyFail(reason)]);
    else engine.interrupt();
  }

  async rollback() {
    await this.#gateway.session.run([sync, query('ROLLBACK')]);
  }

  /** It held the session for longer than it may while others wait. */
  evict(code, text, hint) {
    this.end(code, text, hint);
    if (this.#executing) this.#interrupt(text);
  }

  /** Its turn could not be run to the end. */
  failed(error) {
    if (this.gone) return;
    if (error instanceof ProtocolError || error instanceof RangeError) return this.end('08P01', `protocol violation: ${error.message}`);
    if (error instanceof SqlError) return this.end(error.code, error.message);
    if (error instanceof CrashError) return this.end('57P02', 'terminating connection because the embedded database crashed under its statement', 'It is back in a moment.');
    console.error(`client ${this.id}: ${error.stack}`);
    return this.end('XX000', `internal error of the gateway: ${error.message}`);
  }

  end(code, text, hint) {
    this.connection.end(code, text, hint);
  }

  leave() {
    this.connection.close();
  }

  /** Called by the connection when it is closed for good. */
  left() {
    if (this.gone) return;
    this.gone = true;
    this.#gateway.left(this);
  }

  get leavesTraces() {
    return this.statements.serverNames.length > 0 || this.#gateway.temporaryTables.users.has(this) || this.#gateway.notifications.has(this);
  }
}
