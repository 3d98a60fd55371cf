// struct List (pg_list.h)
const LIST = { tag: 0, length: 4, elements: 12 };
const T_LIST = 1;

/** The channels the session listens to (async.c). It must listen to just one, `name`, when they are looked for. */
export class Channels {
  #image;
  #list;

  constructor(image, name) {
    this.#image = image;
    this.#list = image.findPointer('LISTEN', (at) => image.word(at + LIST.tag) === T_LIST && image.word(at + LIST.length) === 1 && this.#strings(at)[0] === name);
  }

  names() {
    const list = this.#image.word(this.#list);
    return list ? this.#strings(list) : [];
  }

  #strings(list) {
    const image = this.#image;
    const elements = image.word(list + LIST.elements);
    return Array.from({ length: image.word(list + LIST.length) }, (_, i) => image.text(image.word(elements + 4 * i)));
  }
}
