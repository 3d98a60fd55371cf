// Gives the gateway of the next test the database's thread of the last one, set back to what it was at its start.
import { EventEmitter, once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import workers from 'node:worker_threads';

const { MessageChannel, Worker } = workers;
const SCRIPT = new URL('./rewound-worker.mjs', import.meta.url);
const EVENTS = ['error', 'exit', 'message'];

let left; // by the last test
let first = true; // thread of this test; one that takes the place of a crashed one has the test's rows from its start
let leaving = false;

/** What the engine takes for the worker that it started. */
workers.Worker = class extends EventEmitter {
  #thread;

  constructor(_, { workerData, transferList }) {
    super();
    this.#thread = first && left;
    if (this.#thread) {
      const { flow, copyPort, spool } = workerData;
      left.control.postMessage({ flow, copyPort, spool }, transferList);
    } else {
      const { port1: control, port2 } = new MessageChannel();
      const worker = new Worker(SCRIPT, { workerData: { ...workerData, control: port2 }, transferList: [...transferList, port2] });
      this.#thread = { worker, control, first };
    }
    left = undefined;
    first = false;
    for (const event of EVENTS) this.#thread.worker.on(event, (what) => this.emit(event, what));
  }

  postMessage(...message) {
    this.#thread.worker.postMessage(...message);
  }

  async terminate() {
    const { worker, control } = this.#thread;
    for (const event of EVENTS) worker.removeAllListeners(event);
    if (leaving && this.#thread.first) {
      control.postMessage(undefined);
      const [can] = await once(control, 'message');
      if (can) return (left = this.#thread);
    }
    control.close();
    return worker.terminate();
  }
};
syncBuiltinESMExports();

/** The next gateway has the thread of the last one, or one of its own. */
export async function enter(rewound) {
  [first, leaving] = [true, false];
  if (rewound) return;
  await left?.worker.terminate();
  left = undefined;
}

/** Runs what ends a gateway; resolves to whether its thread can be set back. */
export async function leave(stop) {
  leaving = true;
  await stop();
  return left !== undefined;
}
