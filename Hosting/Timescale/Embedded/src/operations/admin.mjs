import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { SnapshotError, snapshot } from './snapshot.mjs';

const sha = (text) => createHash('sha256').update(text).digest();

/** HTTP on the database's own port: GET /health for everybody, GET /snapshot with the database's user and password. */
export class Admin {
  #gateway;
  #server;

  constructor(gateway) {
    this.#gateway = gateway;
    this.#server = createServer((request, response) => this.#answer(request, response).catch((error) => response.destroy(error)));
  }

  /** Takes a connection whose first bytes are no PostgreSQL message but those of an HTTP request. */
  accept(socket) {
    this.#server.emit('connection', socket);
  }

  async #answer(request, response) {
    const { pathname } = new URL(request.url, 'http://gateway');
    if (request.method !== 'GET') return json(response, 405, { title: 'only GET' });
    if (pathname === '/health') return this.#health(response);
    if (pathname !== '/snapshot') return json(response, 404, { title: 'there are /health and /snapshot' });
    if (!this.#authorized(request)) return json(response, 401, { title: 'user and password of the database, please' }, { 'WWW-Authenticate': 'Basic realm="database"' });
    return this.#snapshot(response);
  }

  #health(response) {
    const report = this.#gateway.health.report();
    return json(response, report.status === 'healthy' ? 200 : 503, report);
  }

  // An archive that could not be finished is cut off: neither gzip nor tar, nor the HTTP answer, then has its end.
  async #snapshot(response) {
    const archive = snapshot(this.#gateway, this.#gateway.options.data);
    let first;
    try {
      first = await archive.next();
    } catch (error) {
      const [status, title] = error instanceof SnapshotError ? [409, error.message] : [503, `no snapshot: ${error.message}`];
      return json(response, status, { title });
    }
    response.writeHead(200, { 'Content-Type': 'application/gzip', 'Content-Disposition': 'attachment; filename="snapshot.tar.gz"' });
    async function* pieces() {
      yield first.value;
      yield* archive;
    }
    try {
      await pipeline(pieces(), createGzip({ level: 1 }), response);
    } catch (error) {
      console.error(`snapshot: ${error.message}`);
      response.destroy();
    }
    return undefined;
  }

  #authorized(request) {
    const { user, password } = this.#gateway.options;
    const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
    const given = Buffer.from(value, 'base64').toString('utf8');
    return scheme.toLowerCase() === 'basic' && timingSafeEqual(sha(given), sha(`${user}:${password}`));
  }
}

function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}
