import { messages, readString } from './wire.mjs';

/** PostgreSQL refused a statement of the gateway's own. */
export class SqlError extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

/** The rows of an answer as arrays of strings; throws the error that is in it. */
export function rowsOf(answer) {
  const rows = [];
  for (const { type, start, end } of messages(answer)) {
    if (type === 0x45) throw toError(answer.subarray(start + 5, end));
    if (type === 0x44) rows.push(toRow(answer.subarray(start + 5, end)));
  }
  return rows;
}

function toRow(body) {
  const row = [];
  let at = 2;
  for (let i = body.readInt16BE(0); i > 0; i--) {
    const length = body.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : body.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return row;
}

function toError(body) {
  const fields = {};
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const letter = String.fromCharCode(body[at]);
    [fields[letter], at] = readString(body, at + 1);
  }
  return new SqlError(fields.C, fields.M);
}
