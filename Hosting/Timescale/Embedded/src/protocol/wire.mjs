// PostgreSQL's wire protocol, version 3: https://www.postgresql.org/docs/17/protocol-message-formats.html

export const SSL_REQUEST = 80877103;
export const GSS_REQUEST = 80877104;
export const CANCEL_REQUEST = 80877102;

// A password exchange is small; a Bind may carry megabytes of arrays. PostgreSQL's own limit is 1 GiB,
// the WebAssembly heap's is nearer.
const STARTUP_LIMIT = 10_000;
const MESSAGE_LIMIT = 256 * 1024 * 1024;

export class ProtocolError extends Error {}

/** Cuts a socket's chunks into whole messages; copies only those that span chunks. */
export class FrameReader {
  #chunks = [];
  #size = 0;
  #startup = true;

  push(chunk) {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** After the start-up packets every message has a type byte. */
  startupDone() {
    this.#startup = false;
  }

  /** The next whole message, or undefined until more bytes have come. */
  next() {
    const head = this.#startup ? 0 : 1;
    if (this.#size < head + 4) return undefined;
    if (this.#chunks[0].length < head + 4) this.#join();
    const length = this.#chunks[0].readInt32BE(head);
    if (length < 4 || length > (this.#startup ? STARTUP_LIMIT : MESSAGE_LIMIT)) {
      throw new ProtocolError(`invalid message length ${length}`);
    }
    const total = head + length;
    if (this.#size < total) return undefined;
    if (this.#chunks[0].length < total) this.#join();
    const first = this.#chunks[0];
    const message = first.subarray(0, total);
    if (first.length === total) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(total);
    this.#size -= total;
    return message;
  }

  #join() {
    this.#chunks = [Buffer.concat(this.#chunks, this.#size)];
  }
}

const int32 = (n) => {
  const b = Buffer.allocUnsafe(4);
  b.writeInt32BE(n);
  return b;
};

/** One message: type letter, then strings (written NUL-terminated) and buffers. */
export function message(type, ...parts) {
  const body = Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p + '\0') : p)));
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

export const query = (sql) => message('Q', sql);
export const parse = (name, sql) => message('P', name, sql, Buffer.alloc(2));
export const closeStatement = (name) => message('C', Buffer.from('S'), name);
export const copyFail = (reason) => message('f', reason);
export const sync = message('S');

export const authentication = (kind, ...rest) => message('R', int32(kind), ...rest);
export const parameterStatus = (name, value) => message('S', name, value);
export const backendKeyData = (pid, secret) => message('K', int32(pid), int32(secret));
export const readyForQuery = (status) => message('Z', Buffer.from(status));
export const commandComplete = (tag) => message('C', tag);
export const notification = (channel, payload) => message('A', int32(0), channel, payload);
export const negotiateProtocol = (unknown) => message('v', int32(0), int32(unknown.length), ...unknown);

/** An ErrorResponse; `hint` is where the remedy stands. */
export function errorResponse(code, text, { severity = 'ERROR', hint } = {}) {
  const field = (letter, value) => Buffer.from(`${letter}${value}\0`);
  return message(
    'E',
    field('S', severity), field('V', severity), field('C', code), field('M', text),
    ...(hint ? [field('H', hint)] : []),
    Buffer.alloc(1),
  );
}

/** The NUL-terminated string at `offset`, and where the next field begins. */
export function readString(buffer, offset) {
  const end = buffer.indexOf(0, offset);
  if (end < 0) throw new ProtocolError('string without an end');
  return [buffer.toString('utf8', offset, end), end + 1];
}

/** Walks a stretch of whole backend messages. */
export function* messages(buffer) {
  for (let at = 0; at + 5 <= buffer.length; ) {
    const end = at + 1 + buffer.readInt32BE(at + 1);
    yield { type: buffer[at], start: at, end };
    at = end;
  }
}
