import { createServer } from 'node:net';
import { Client } from './client.mjs';
import { Engine } from './engine.mjs';
import { Maintenance } from './maintenance.mjs';
import { Notifications } from './notifications.mjs';
import { Scheduler } from './scheduler.mjs';
import { verifier } from './scram.mjs';
import { Session } from './session.mjs';
import { errorResponse } from './wire.mjs';

// PostgreSQL's max_connections would be 100; a client here costs a socket, not a process.
const CLIENT_LIMIT = 500;

/** The listening side, and what the clients share. */
export class Gateway {
  user;
  database;
  verifier;
  parameters;
  session;
  scheduler;
  notifications = new Notifications();
  /** Turns since maintenance last looked. */
  activity = 0;
  #engine;
  #maintenance;
  #options;
  #clients = new Map();
  #server;
  #ready = false;
  #early = new Set();
  #onFatal;
  #stopping = false;

  constructor(options, onFatal) {
    this.#options = options;
    this.#onFatal = onFatal;
    this.user = options.user;
    this.database = options.database;
    this.verifier = verifier(options.password);
    this.#engine = new Engine(options.data);
    this.session = new Session(this.#engine);
    this.scheduler = new Scheduler(options.idleTransactionMs, (error) => this.#recover(error));
    this.#maintenance = new Maintenance(this, options);
    this.#engine.on('crash', (error) => this.#recover(error));
  }

  /** Resolves to the port once clients are served. */
  async start() {
    const port = await this.#listen();
    await this.#startEngine();
    return port;
  }

  // The port is taken first: a taken one is told at once, not after the database has started.
  #listen() {
    this.#server = createServer((socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(error.code === 'EADDRINUSE' ? new Error(`port ${this.#options.port} on ${this.#options.host} is taken: give another with --port`) : error),
      );
      this.#server.listen(this.#options.port, this.#options.host, () => resolve(this.#server.address().port));
    });
  }

  async #startEngine() {
    ({ parameters: this.parameters } = await this.#engine.start());
    await this.session.prepare();
    this.#ready = true;
    this.#maintenance.start();
    for (const socket of this.#early) this.#accept(socket);
    this.#early.clear();
  }

  #accept(socket) {
    if (!this.#ready && !this.#stopping) return this.#keepWaiting(socket);
    if (this.#stopping || this.#clients.size >= CLIENT_LIMIT) {
      const [code, text] = this.#stopping ? ['57P03', 'the database system is shutting down'] : ['53300', `sorry, too many clients already (${CLIENT_LIMIT})`];
      return socket.end(errorResponse(code, text, { severity: 'FATAL' }));
    }
    const client = new Client(socket, this);
    this.#clients.set(client.id, client);
  }

  // It is a matter of seconds; nothing is read from the socket until then.
  #keepWaiting(socket) {
    this.#early.add(socket);
    socket.once('error', () => socket.destroy());
    socket.once('close', () => this.#early.delete(socket));
  }

  cancel({ pid, secret }) {
    const client = this.#clients.get(pid);
    if (client?.secret === secret) client.cancel();
  }

  left(client) {
    this.#clients.delete(client.id);
    this.scheduler.leave(client);
    if (!client.leavesTraces || !this.#ready) return this.notifications.forget(client);
    this.scheduler.request({
      wantsTurn: false,
      gone: false,
      takeTurn: () => client.cleanUp(this.session).then(() => false),
    });
  }

  /** PostgreSQL died inside WebAssembly: as after a crash of one of its processes, everybody is told and it starts again. */
  async #recover(error) {
    if (!this.#ready) return;
    this.#ready = false;
    this.#maintenance.stop();
    console.error(`the database crashed and is restarted: ${error.stack ?? error}`);
    await this.#engine.stop();
    this.scheduler.reset();
    this.notifications.clear();
    for (const client of this.#clients.values()) {
      client.end('57P02', 'terminating connection because the embedded database crashed', 'In a moment you should be able to reconnect and repeat your command.');
    }
    try {
      await this.#startEngine();
      console.error('the database is back');
    } catch (failure) {
      this.#onFatal(failure);
    }
  }

  /** Lets the running statement end, writes everything to the data files, so that the next start has nothing to replay. */
  async stop() {
    const wasReady = this.#ready;
    this.#ready = false;
    this.#stopping = true;
    for (const socket of this.#early) socket.destroy();
    this.#maintenance.stop();
    this.#server?.close();
    for (const client of this.#clients.values()) client.end('57P01', 'terminating connection due to administrator command');
    if (wasReady) {
      await new Promise((resolve) => {
        this.scheduler.request({
          wantsTurn: false,
          gone: false,
          takeTurn: async () => {
            await this.session.sql('CHECKPOINT');
            resolve();
            return false;
          },
        });
      });
    }
    await this.#engine.stop();
  }
}
