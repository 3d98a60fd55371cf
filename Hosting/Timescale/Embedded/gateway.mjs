#!/usr/bin/env node
// Serves the embedded TimescaleDB to PostgreSQL clients. See README.md.
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { LockedError, lock } from './src/lock.mjs';
import { HELP, UsageError, readOptions } from './src/options.mjs';

// A statement that runs cannot be interrupted; past this a stop stops asking. What is committed is on disk.
const STOP_LIMIT_MS = 8000;

function fail(text, code = 1) {
  console.error(`embedded-timescale: ${text}`);
  process.exit(code);
}

let options;
try {
  options = readOptions(process.argv.slice(2), process.env);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  fail(`${error.message}\nTry --help.`, 2);
}
if (options.help) {
  console.log(HELP);
  process.exit(0);
}

const directory = resolve(options.data);
mkdirSync(directory, { recursive: true, mode: 0o700 });
// The gateway of a system that was killed a moment ago may still be on its way out.
const patience = Date.now() + options.lockTimeoutMs;
let unlock;
while (!unlock) {
  try {
    unlock = await lock(directory);
  } catch (error) {
    if (!(error instanceof LockedError)) fail(`cannot lock ${directory}: ${error.message}`);
    if (Date.now() >= patience) fail(error.message);
    await setTimeout(100);
  }
}

let Gateway;
try {
  ({ Gateway } = await import('./src/gateway.mjs'));
} catch (error) {
  fail(`cannot load the database: ${error.message}`);
}
const data = resolve(directory, 'pgdata');
const gateway = new Gateway({ ...options, directory, data }, (error) => fail(`the database does not come back: ${error.message}`));

let stopping = false;
async function stop(reason) {
  if (stopping) return;
  stopping = true;
  console.log(`stopping: ${reason}`);
  setTimeout(STOP_LIMIT_MS, null, { ref: false }).then(() => fail('a statement still runs; stopping without it', 0));
  await gateway.stop();
  unlock();
  process.exit(0);
}
process.on('SIGTERM', () => stop('SIGTERM'));
process.on('SIGINT', () => stop('SIGINT'));
if (options.lifeline) {
  process.stdin.on('end', () => stop('standard input closed')).on('error', () => stop('standard input failed')).resume();
}

try {
  const port = await gateway.start();
  console.log(`ready on ${options.host}:${port}`);
} catch (error) {
  fail(/Cannot find package/.test(error.message) ? `${error.message}\nRun "npm ci" in ${import.meta.dirname} first.` : error.message);
}
