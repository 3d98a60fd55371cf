// Start-up and authentication, answered here: forwarded to the one session, two clients' exchanges would interleave.
import {
  CANCEL_REQUEST, GSS_REQUEST, ProtocolError, SSL_REQUEST, authentication, backendKeyData, errorResponse,
  negotiateProtocol, parameterStatus, readString, readyForQuery,
} from './wire.mjs';
import { ScramExchange, verifier } from './scram.mjs';

const MECHANISM = 'SCRAM-SHA-256';
const fatal = (code, text, hint) => errorResponse(code, text, { severity: 'FATAL', hint });
// A wrong user runs the same exchange, so that it cannot be told from a wrong password.
const NOBODY = verifier(Math.random().toString(36));

/** Takes a client's messages until it is let in. `step` answers 'more', 'admitted', 'cancel' or 'refused'. */
export class Handshake {
  /** Session settings asked for in the start-up packet. */
  settings = [];
  cancel;
  #gateway;
  #user;
  #scram;
  #proven = false;
  #write;

  constructor(gateway, write) {
    this.#gateway = gateway;
    this.#write = write;
  }

  /** True once the start-up packet has come: from then on messages have a type byte. */
  get begun() {
    return this.#user !== undefined;
  }

  step(frame) {
    return this.begun ? this.#password(frame) : this.#startup(frame);
  }

  #startup(frame) {
    if (frame.length < 8) throw new ProtocolError('start-up packet too short');
    const code = frame.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      this.#write(Buffer.from('N'));
      return 'more';
    }
    if (code === CANCEL_REQUEST) {
      this.cancel = { pid: frame.readInt32BE(8), secret: frame.readInt32BE(12) };
      return 'cancel';
    }
    if (code >> 16 !== 3) return this.#refuse('0A000', `unsupported frontend protocol ${code >> 16}.${code & 0xffff}: this server speaks 3.0`);

    const { user, database = user, replication, options, application_name: application, client_encoding: encoding, ...rest } = startupParameters(frame);
    const extensions = Object.keys(rest).filter((name) => name.startsWith('_pq_.'));
    if ((code & 0xffff) > 0 || extensions.length > 0) this.#write(negotiateProtocol(extensions));
    if (!user) return this.#refuse('28000', 'no user name in the start-up packet');
    if (replication && !/^(false|off|no|0)$/i.test(replication)) return this.#refuse('0A000', 'replication is not supported by the embedded database');
    if (encoding && !/^'?utf-?8'?$/i.test(encoding)) return this.#refuse('22023', `client encoding ${encoding} is not supported by the embedded database: use UTF8`);
    this.#user = user;
    this.database = database;
    this.settings = Object.entries(rest).filter(([name]) => !name.startsWith('_pq_.'));
    if (application) this.settings.push(['application_name', application]);
    for (const [, name, value] of (options ?? '').matchAll(/(?:-c\s*|--)([\w.]+)=((?:\\.|\S)*)/g)) this.settings.push([name, value.replace(/\\(.)/g, '$1')]);
    this.#write(authentication(10, MECHANISM, Buffer.alloc(1)));
    return 'more';
  }

  #password(frame) {
    if (frame[0] !== 0x70) throw new ProtocolError('a password message was expected');
    if (!this.#scram) {
      const [mechanism, at] = readString(frame, 5);
      if (mechanism !== MECHANISM) return this.#refuse('28000', `unknown authentication mechanism ${mechanism}`);
      this.#scram = new ScramExchange(this.#user === this.#gateway.user ? this.#gateway.verifier : NOBODY);
      this.#write(authentication(11, Buffer.from(this.#scram.start(frame.toString('utf8', at + 4)))));
      return 'more';
    }
    const final = this.#scram.finish(frame.toString('utf8', 5));
    if (!final) return this.#refuse('28P01', `password authentication failed for user "${this.#user}"`);
    if (this.database !== this.#gateway.database) {
      return this.#refuse('3D000', `database "${this.database}" does not exist`, `The embedded database holds one: ${this.#gateway.database}`);
    }
    this.#write(authentication(12, Buffer.from(final)));
    return 'admitted';
  }

  #refuse(code, text, hint) {
    this.#write(fatal(code, text, hint));
    return 'refused';
  }
}

function startupParameters(frame) {
  const parameters = {};
  for (let at = 8; at < frame.length && frame[at] !== 0; ) {
    let name;
    [name, at] = readString(frame, at);
    [parameters[name], at] = readString(frame, at);
  }
  return parameters;
}

/** What a client hears once it is in. */
export function welcome(parameters, pid, secret) {
  return Buffer.concat([
    authentication(0),
    ...Object.entries(parameters).map(([name, value]) => parameterStatus(name, value)),
    backendKeyData(pid, secret),
    readyForQuery('I'),
  ]);
}
