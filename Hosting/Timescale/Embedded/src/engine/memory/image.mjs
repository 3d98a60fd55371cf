const STATIC_END = 4 << 20; // the module's own data ends at 2.7 MB
const NAME = 0, TYPE = 24; // struct config_generic

/** PostgreSQL's memory, and where in it its static variables are. */
export class Image {
  #module;

  constructor(module) {
    this.#module = module;
  }

  /** The whole in words of four bytes, as it is now: it grows. */
  get words() {
    return this.#module.HEAPU32;
  }

  word(at) {
    return this.#module.HEAPU32[at >>> 2];
  }

  byte(at) {
    return this.#module.HEAPU8[at];
  }

  double(at) {
    return this.#module.HEAPF64[at >>> 3];
  }

  text(at) {
    const bytes = this.#module.HEAPU8;
    let end = at;
    while (end < bytes.length && bytes[end] !== 0) end++;
    return end > at ? Buffer.from(bytes.buffer, at, end - at).toString('utf8') : '';
  }

  /** Address of the static variable that points to something `matches` accepts. */
  findPointer(what, matches) {
    const { words } = this;
    const end = this.#module.HEAPU8.length - 512;
    for (let i = 256; i < STATIC_END / 4; i++) {
      const to = words[i];
      if (to > 1024 && to % 4 === 0 && to < end && matches(to)) return 4 * i;
    }
    throw new Error(`PostgreSQL's ${what} was not found in memory`);
  }

  /** Address of a setting's struct config_generic. */
  findSetting(name, type) {
    const image = Buffer.from(this.words.buffer, 0, STATIC_END);
    const words = this.words.subarray(0, STATIC_END / 4);
    for (let string = image.indexOf(`\0${name}\0`); string >= 0; string = image.indexOf(`\0${name}\0`, string + 1)) {
      for (let i = words.indexOf(string + 1); i >= 0; i = words.indexOf(string + 1, i + 1)) {
        if (words[i + (TYPE - NAME) / 4] === type) return 4 * i;
      }
    }
    throw new Error(`PostgreSQL's setting ${name} was not found in memory`);
  }
}
