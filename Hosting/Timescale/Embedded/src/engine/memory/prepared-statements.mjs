// HTAB, HASHHDR (dynahash.c), HASHELEMENT with a PreparedStatement (prepare.h); in words of four bytes
const TABLE = { header: 0, directory: 1, name: 7, segmentSize: 10, segmentShift: 11, inlineName: 12 };
const MAX_BUCKET = 98;
const ELEMENT = { next: 0, hash: 1, name: 2, fromSql: 19, preparedAt: 20 };

/** The hash table of the session's prepared statements, of which there must be one when it is looked for. */
export class PreparedStatements {
  #image;
  #table;

  constructor(image) {
    this.#image = image;
    const isTable = (at) => image.word(at + 4 * TABLE.name) === at + 4 * TABLE.inlineName && image.text(at + 4 * TABLE.inlineName) === 'Prepared Queries';
    this.#table = image.findPointer('PREPARE', isTable);
  }

  /** Good for comparing only; every entry has the time at which it was made. */
  fingerprint() {
    let sum = 0;
    let count = 0;
    this.#each((words, at) => {
      count++;
      sum = Math.imul(sum ^ words[at + ELEMENT.hash], 0x01000193) ^ words[at + ELEMENT.preparedAt];
    });
    return `${count}:${sum}`;
  }

  /** Names of the protocol's, and of those of PREPARE. */
  names() {
    const names = { protocol: [], sql: [] };
    this.#each((_, at) => {
      const kind = this.#image.byte(4 * (at + ELEMENT.fromSql)) ? 'sql' : 'protocol';
      names[kind].push(this.#image.text(4 * (at + ELEMENT.name)));
    });
    return names;
  }

  #each(visit) {
    const { words } = this.#image;
    const table = words[this.#table >>> 2] >>> 2;
    const last = words[(words[table + TABLE.header] >>> 2) + MAX_BUCKET];
    const directory = words[table + TABLE.directory] >>> 2;
    const shift = words[table + TABLE.segmentShift];
    const mask = words[table + TABLE.segmentSize] - 1;
    for (let bucket = 0; bucket <= last; bucket++) {
      let at = words[(words[directory + (bucket >> shift)] >>> 2) + (bucket & mask)] >>> 2;
      for (; at !== 0; at = words[at + ELEMENT.next] >>> 2) visit(words, at);
    }
  }
}
