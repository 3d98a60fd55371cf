// The server's half of SCRAM-SHA-256 (RFC 5802, RFC 7677), as PostgreSQL speaks it: no channel binding, no user name.
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

const ITERATIONS = 4096; // PostgreSQL's scram_iterations

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const hash = (data) => createHash('sha256').update(data).digest();

/** What a server keeps instead of a password. */
export function verifier(password, salt = randomBytes(16)) {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  return { salt, storedKey: hash(hmac(salted, 'Client Key')), serverKey: hmac(salted, 'Server Key') };
}

const attributes = (text) => Object.fromEntries(text.split(',').map((part) => [part[0], part.slice(2)]));

/** One exchange. Each step throws on a malformed message; `finish` returns undefined for a wrong password. */
export class ScramExchange {
  #verifier;
  #gs2;
  #clientFirst;
  #serverFirst;
  #nonce;

  constructor(kept) {
    this.#verifier = kept;
  }

  /** client-first-message → server-first-message */
  start(text) {
    // "n,,": the client binds no channel; "y,,": it would, but believes that we cannot, which is true.
    const gs2 = /^[ny],(a=[^,]*)?,/.exec(text);
    if (!gs2) throw new Error('channel binding is not offered');
    this.#gs2 = gs2[0];
    this.#clientFirst = text.slice(gs2[0].length);
    const clientNonce = attributes(this.#clientFirst).r;
    if (!clientNonce) throw new Error('no nonce');
    this.#nonce = clientNonce + randomBytes(18).toString('base64');
    this.#serverFirst = `r=${this.#nonce},s=${this.#verifier.salt.toString('base64')},i=${ITERATIONS}`;
    return this.#serverFirst;
  }

  /** client-final-message → server-final-message */
  finish(text) {
    const { c, r, p } = attributes(text);
    if (!p || r !== this.#nonce || Buffer.from(c, 'base64').toString() !== this.#gs2) throw new Error('exchange does not match');
    const signed = `${this.#clientFirst},${this.#serverFirst},${text.slice(0, text.lastIndexOf(',p='))}`;
    const signature = hmac(this.#verifier.storedKey, signed);
    const proof = Buffer.from(p, 'base64');
    if (proof.length !== signature.length) return undefined;
    const clientKey = Buffer.from(proof.map((byte, i) => byte ^ signature[i]));
    if (!timingSafeEqual(hash(clientKey), this.#verifier.storedKey)) return undefined;
    return `v=${hmac(this.#verifier.serverKey, signed).toString('base64')}`;
  }
}
