const SOURCE_SESSION = 13; // PGC_S_SESSION

// struct config_generic (guc_tables.h); a pointer to the variable follows it
const SETTING = { type: 24, source: 32, link: 64, next: 68, variable: 92 };
const BOOL = 0, INT = 1, REAL = 2, STRING = 3, ENUM = 4;
const IDENTITY = ['session_authorization', 'role', 'client_encoding'];

/** The session's settings. */
export class Settings {
  #image;
  #member;
  #statementTimeout;
  #identity;
  #neutral;

  constructor(image) {
    this.#image = image;
    const variable = (name, type) => image.word(image.findSetting(name, type) + SETTING.variable);
    this.#member = image.findSetting('work_mem', INT); // PGlite sets it on the command line
    this.#statementTimeout = variable('statement_timeout', INT);
    this.#identity = IDENTITY.map((name) => [name, variable(name, STRING)]);
    this.#neutral = this.#identity.map(([, at]) => image.text(image.word(at)));
  }

  get statementTimeout() {
    return this.#image.word(this.#statementTimeout);
  }

  /** As whom, and in which encoding, the session takes what it is given, where that is not as it was at first. */
  identity() {
    const now = this.#identity.map(([name, at]) => [name, this.#image.text(this.#image.word(at))]);
    return now.filter(([, value], i) => value !== this.#neutral[i]);
  }

  /** What SET has left; good for comparing only. guc_nondef_list is a ring, of whose members one is no setting but its head. */
  fingerprint() {
    const image = this.#image;
    let text = '';
    for (let at = this.#member, first = at; ; ) {
      if (image.word(at + SETTING.source) === SOURCE_SESSION) text += `${at}=${this.#value(at)}\n`;
      at = image.word(at + SETTING.next) - SETTING.link;
      if (at === first) return text;
    }
  }

  #value(at) {
    const image = this.#image;
    const variable = image.word(at + SETTING.variable);
    switch (image.word(at + SETTING.type)) {
      case BOOL:
        return image.byte(variable);
      case INT:
      case ENUM:
        return image.word(variable);
      case REAL:
        return image.double(variable);
      case STRING:
        return image.text(image.word(variable));
      default:
        return '';
    }
  }
}
