import { createServer } from 'node:net';
import { Admin } from './operations/admin.mjs';
import { Health } from './operations/health.mjs';
import { Chore } from './session/chore.mjs';
import { Client } from './client.mjs';
import { CrashError, Engine } from './engine/engine.mjs';
import { Maintenance } from './maintenance.mjs';
import { Notifications } from './session/notifications.mjs';
import { Scheduler } from './session/scheduler.mjs';
import { verifier } from './protocol/scram.mjs';
import { Session } from './session/session.mjs';
import { removeSpools } from './engine/spool.mjs';
import { TemporaryTables } from './session/temporary-tables.mjs';
import { cleanUp } from './session/turn.mjs';
import { errorResponse, query, sync } from './protocol/wire.mjs';

// PostgreSQL's max_connections would be 100; a client here costs a socket, not a process.
const CLIENT_LIMIT = 500;
// Who connects and says nothing.
const SILENT_MS = 30_000;

/** The listening side, and what the clients share. */
export class Gateway {
  user;
  database;
  verifier;
  session;
  scheduler;
  notifications = new Notifications();
  temporaryTables;
  /** Turns since maintenance last looked. */
  activity = 0;
  health = new Health(this);
  maintenance;
  options;
  /** The database is there. */
  serving = false;
  /** How often it had to be started again. */
  crashes = 0;
  #engine;
  #admin = new Admin(this);
  #clients = new Map();
  #server;
  #onFatal;
  #stopping = false;

  constructor(options, onFatal) {
    this.options = options;
    this.#onFatal = onFatal;
    this.user = options.user;
    this.database = options.database;
    this.verifier = verifier(options.password);
    this.#engine = new Engine(options.data, { directory: options.directory, most: options.unreadBytes });
    this.session = new Session(this.#engine);
    this.temporaryTables = new TemporaryTables(this.session);
    this.scheduler = new Scheduler(options, (error) => this.#settle(error));
    this.maintenance = new Maintenance(this, options);
    this.#engine.on('crash', (error) => this.#recover(error));
  }

  /** Resolves to the port once clients are served. */
  async start() {
    removeSpools(this.options.directory);
    const port = await this.#listen();
    await this.#startEngine();
    return port;
  }

  // The port is taken first: a taken one is told at once, not after the database has started.
  #listen() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#greet(socket));
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(error.code === 'EADDRINUSE' ? new Error(`port ${this.options.port} on ${this.options.host} is taken: give another with --port`) : error),
      );
      this.#server.listen(this.options.port, this.options.host, () => resolve(this.#server.address().port));
    });
  }

  async #startEngine() {
    await this.#engine.start();
    await this.session.prepare();
    await this.notifications.restore(this.session);
    this.maintenance.start();
    this.serving = true;
    this.scheduler.resume();
  }

  // A start-up packet begins with its length, a request of HTTP with a letter.
  #greet(socket) {
    const fail = () => socket.destroy();
    socket.setTimeout(SILENT_MS, fail);
    socket.once('error', fail);
    socket.once('end', fail);
    socket.once('readable', () => {
      const chunk = socket.read();
      socket.off('error', fail);
      socket.off('end', fail);
      socket.setTimeout(0);
      if (chunk === null) return socket.destroy();
      socket.unshift(chunk);
      return chunk[0] >= 0x41 ? this.#admin.accept(socket) : this.#accept(socket);
    });
  }

  #accept(socket) {
    if (this.#stopping || this.#clients.size >= CLIENT_LIMIT) {
      const [code, text] = this.#stopping ? ['57P03', 'the database system is shutting down'] : ['53300', `sorry, too many clients already (${CLIENT_LIMIT})`];
      socket.on('error', () => socket.destroy());
      return socket.end(errorResponse(code, text, { severity: 'FATAL' }));
    }
    const client = new Client(socket, this);
    this.#clients.set(client.id, client);
  }

  cancel({ pid, secret }) {
    const client = this.#clients.get(pid);
    if (client?.secret === secret) client.cancel();
  }

  /** A client has left; what it had in the session goes with it. */
  left(client) {
    this.#clients.delete(client.id);
    if (client.leavesTraces) this.chore(() => cleanUp(client, this)).catch((error) => console.error(`after client ${client.id}: ${error.message}`));
    this.scheduler.leave(client);
  }

  /** Gets `work(session)` a turn of its own under the owner's identity; resolves to its result. */
  chore(work) {
    const chore = new Chore(this.session, work);
    this.scheduler.request(chore);
    return chore.done;
  }

  // A turn has failed halfway: PostgreSQL's refusal of a statement of ours, or a fault of ours. Neither is a crash.
  async #settle(error) {
    if (error instanceof CrashError) return;
    try {
      await this.session.run([sync, query('ROLLBACK')]);
      await this.session.prepare();
    } catch (failure) {
      if (!(failure instanceof CrashError)) this.#recover(failure);
    }
  }

  /**
   * PostgreSQL died inside WebAssembly, under whoever had the session: that one is told, and it starts again. The others
   * were between two transactions and only wait; all of theirs is put back as they come to their turns, save temporary tables.
   */
  async #recover(error) {
    if (this.#stopping) return;
    console.error(`the database crashed and is restarted: ${error.stack ?? error}`);
    const { current } = this.scheduler;
    this.crashes++;
    this.serving = false;
    this.scheduler.pause();
    this.maintenance.stop();
    for (const victim of new Set([current, ...this.temporaryTables.users])) victim?.failed(new CrashError(error.message));
    this.temporaryTables.users.clear();
    try {
      await this.#engine.stop();
      await this.#startEngine();
      console.error('the database is back');
    } catch (failure) {
      this.#onFatal(failure);
    }
  }

  /** Lets the running statement end, writes everything to the data files, so that the next start has nothing to replay. */
  async stop() {
    this.#stopping = true;
    this.maintenance.stop();
    this.#server?.close();
    for (const client of this.#clients.values()) client.end('57P01', 'terminating connection due to administrator command');
    await this.chore((session) => session.sql('CHECKPOINT')).catch((error) => console.error(`no checkpoint at the end: ${error.message}`));
    await this.#engine.stop();
  }
}
