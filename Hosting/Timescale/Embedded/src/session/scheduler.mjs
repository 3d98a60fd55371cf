// How often it is looked whether somebody has the session for too long.
const WATCH_MS = 100;
// Looked so much later than that, the process did not run (SIGSTOP, a suspended machine), and nobody could do anything.
const GAP_MS = 1000;

/**
 * Shares the one session. Owners (clients, housekeeping) ask for a turn and get it in the order they asked; one that
 * wants another goes to the end, so many small batches never starve anybody. An owner whose turn ends inside a
 * transaction keeps the session until it is through, or until it has kept others waiting for too long.
 *
 * An owner has `takeTurn()` (resolves to true to keep the session), `wantsTurn`, `gone`, `failed(error)`; one that may
 * keep the session also `starvedSince`, `rollback()` and `evict(code, text, hint)`; one with `housekeeping` can wait.
 */
export class Scheduler {
  #waiting = new Map(); // owner → since when
  #holder;
  #running;
  #paused = true;
  #begun = 0; // when the holder got the session
  #idleSince = 0;
  #limits;
  #watch;
  #watched = 0;
  #stopped = 0;
  #onTrouble;

  /** `onTrouble` hears of a turn after which the session's state is not known. */
  constructor({ idleTransactionMs, transactionMs }, onTrouble) {
    this.#limits = { idle: idleTransactionMs, whole: transactionMs };
    this.#onTrouble = onTrouble;
  }

  /** Milliseconds, without those in which the process stood still. */
  now() {
    return performance.now() - this.#stopped;
  }

  request(owner) {
    if (owner !== this.#holder && !this.#waiting.has(owner)) this.#waiting.set(owner, this.now());
    this.#pump();
  }

  /** Takes a waiting owner out of the line; false when it is having its turn already or did not wait. */
  withdraw(owner) {
    return this.#waiting.delete(owner);
  }

  /** The owner has left: its transaction is rolled back, others go on. */
  leave(owner) {
    this.withdraw(owner);
    this.#pump();
  }

  isHolder(owner) {
    return owner === this.#holder;
  }

  /** Whoever has the session now. */
  get current() {
    return this.#running ?? this.#holder;
  }

  /** How many wait, for how long the first, and how long the running turn takes so far; in milliseconds. */
  get report() {
    const now = this.now();
    const [first = now] = this.#waiting.values();
    return { waiting: this.#waiting.size, longestWaitMs: Math.round(now - first), heldForMs: this.current ? Math.round(now - this.#begun) : 0 };
  }

  /** Nobody gets a turn: the database is not there. A transaction is gone with it. */
  pause() {
    this.#paused = true;
    this.#holder = undefined;
  }

  resume() {
    this.#paused = false;
    this.#pump();
  }

  #pump() {
    this.#watchHolder();
    if (this.#running || this.#paused) return;
    const [next] = this.#holder ? [this.#holder] : this.#waiting.keys();
    if (!next || (next === this.#holder && !next.wantsTurn && !next.gone)) return;
    this.#waiting.delete(next);
    if (next !== this.#holder) this.#begun = this.now();
    this.#running = next;
    this.#turn(next).then(() => {
      this.#running = undefined;
      this.#idleSince = this.now();
      this.#pump();
    });
  }

  async #turn(owner) {
    let keep = this.#holder === owner;
    try {
      if (!owner.gone) keep = await owner.takeTurn();
      if (keep && owner.gone) {
        await owner.rollback();
        keep = false;
      }
    } catch (error) {
      keep = false;
      owner.failed(error);
      await this.#onTrouble(error);
    }
    this.#holder = keep && !this.#paused ? owner : undefined;
    if (!keep && owner.wantsTurn && !this.#waiting.has(owner)) this.#waiting.set(owner, this.now());
  }

  #watchHolder() {
    const watched = this.#waiting.size > 0 && this.current !== undefined;
    if (watched === (this.#watch !== undefined)) return;
    this.#watched = performance.now();
    if (watched) this.#watch = setInterval(() => this.#check(), WATCH_MS);
    else this.#watch = clearInterval(this.#watch);
  }

  #check() {
    const gap = performance.now() - this.#watched;
    this.#watched += gap;
    if (gap > GAP_MS) this.#stopped += gap;
    const { current } = this;
    const first = [...this.#waiting].find(([owner]) => !owner.housekeeping)?.[1];
    if (!current || current.gone || current.housekeeping || first === undefined) return;
    const over = (since, limit) => this.now() - Math.max(since, first) >= limit;
    const idleSince = this.#running ? current.starvedSince : !current.wantsTurn && this.#idleSince;
    if (idleSince && over(idleSince, this.#limits.idle)) {
      current.evict('25P03', 'terminating connection due to idle-in-transaction timeout', 'The embedded database has one session: commit, or roll back, before doing something else (--idle-transaction).');
    } else if (over(this.#begun, this.#limits.whole)) {
      current.evict('25P04', 'terminating connection due to transaction timeout', 'The embedded database has one session, and others wait for it: use shorter transactions (--transaction).');
    }
    this.#pump();
  }
}
