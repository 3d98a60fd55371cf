import inspector from 'node:inspector';

/**
 * Reaches into a thread that is busy with a statement. Node's inspector is the one way to run a line of JavaScript
 * between two instructions of WebAssembly that runs: a message would wait for its end. No port is opened for it.
 */
export class Interrupter {
  #session = new inspector.Session();
  #thread;
  #count = 0;

  constructor() {
    this.#session.connect();
    this.#session.on('NodeWorker.attachedToWorker', ({ params }) => (this.#thread = params.sessionId));
    this.#session.on('NodeWorker.detachedFromWorker', ({ params }) => {
      if (params.sessionId === this.#thread) this.#thread = undefined;
    });
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  /** Ends the statement of that number, if it is the one that runs, with 57014. */
  interrupt(id, reason) {
    if (!this.#thread) return;
    const message = JSON.stringify({ id: ++this.#count, method: 'Runtime.evaluate', params: { expression: `interruptStatement(${id}, '${reason}')` } });
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId: this.#thread, message });
  }
}
