/**
 * Shares the one session. Owners (clients, maintenance) ask for a turn and get it in the order they asked; one that
 * wants another goes to the end, so many small batches never starve anybody. An owner whose turn ends inside a
 * transaction keeps the session until it is through, or until it sat idle too long while others waited.
 *
 * An owner has `takeTurn()` (resolves to true to keep the session), `wantsTurn`, `gone`, `rollback()` and `evict()`.
 */
export class Scheduler {
  #waiting = [];
  #holder;
  #busy = false;
  #idleLimitMs;
  #idleTimer;
  #onError;

  constructor(idleLimitMs, onError) {
    this.#idleLimitMs = idleLimitMs;
    this.#onError = onError;
  }

  request(owner) {
    if (owner !== this.#holder && !this.#waiting.includes(owner)) this.#waiting.push(owner);
    this.#pump();
  }

  /** Takes a waiting owner out of the line; false when it is having its turn already or did not wait. */
  withdraw(owner) {
    const at = this.#waiting.indexOf(owner);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** The owner has left: its transaction is rolled back, others go on. */
  leave(owner) {
    this.withdraw(owner);
    this.#pump();
  }

  isHolder(owner) {
    return owner === this.#holder;
  }

  /** Nothing survives a restart of the database. */
  reset() {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    this.#waiting = [];
    this.#holder = undefined;
    this.#busy = false;
  }

  #pump() {
    if (this.#busy) return;
    const owner = this.#holder ?? this.#waiting[0];
    if (!owner) return;
    if (owner === this.#holder && !owner.wantsTurn && !owner.gone) return this.#watchIdle();
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    if (owner !== this.#holder) this.#waiting.shift();
    this.#busy = true;
    this.#turn(owner).then(
      () => {
        this.#busy = false;
        this.#pump();
      },
      (error) => this.#onError(error),
    );
  }

  async #turn(owner) {
    let keep = this.#holder === owner;
    if (!owner.gone) keep = await owner.takeTurn();
    if (keep && owner.gone) {
      await owner.rollback();
      keep = false;
    }
    this.#holder = keep ? owner : undefined;
    if (!keep && owner.wantsTurn && !owner.gone && !this.#waiting.includes(owner)) this.#waiting.push(owner);
  }

  #watchIdle() {
    if (this.#waiting.length === 0 || this.#idleTimer) return;
    const idle = this.#holder;
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = undefined;
      if (this.#holder === idle && !this.#busy && !idle.wantsTurn) idle.evict();
      this.#pump();
    }, this.#idleLimitMs);
  }
}
