import { HOUSEKEEPING } from './session-settings.mjs';

/** One turn of the gateway's own: under the owner's identity and settings of its own, whatever clients have set. */
export class Chore {
  housekeeping = true;
  wantsTurn = false;
  gone = false;
  settings = HOUSEKEEPING;
  prepared = new Map();
  /** Resolves to what `work` does. */
  done;
  #session;
  #work;
  #resolve;
  #reject;

  constructor(session, work) {
    this.#session = session;
    this.#work = work;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  async takeTurn() {
    await this.#session.lend(this);
    this.#resolve(await this.#work(this.#session));
    return false;
  }

  failed(error) {
    this.#reject(error);
  }
}
