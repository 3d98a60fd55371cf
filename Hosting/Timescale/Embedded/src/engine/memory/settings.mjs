const SOURCE_SESSION = 13; // PGC_S_SESSION

// struct config_generic (guc_tables.h); a pointer to the variable follows it
const SETTING = { name: 0, flags: 20, type: 24, source: 32, link: 64, next: 68, variable: 92 };
const NO_SHOW_ALL = 4;
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
    let text = '';
    for (const at of this.#ofSession()) text += `${at}=${this.#value(at)}\n`;
    return text;
  }

  /** Pairs of name and value of those that pg_settings does not show: settings of one's own (`SET a.b = 'c'`). */
  own() {
    const image = this.#image;
    const shown = (at) => image.word(at + SETTING.type) !== STRING || (image.word(at + SETTING.flags) & NO_SHOW_ALL) === 0;
    return [...this.#ofSession()].filter((at) => !shown(at))
      .map((at) => [image.text(image.word(at + SETTING.name)), this.#value(at)])
      .filter(([name]) => !IDENTITY.includes(name));
  }

  *#ofSession() {
    const image = this.#image;
    for (let at = this.#member, first = at; ; ) {
      if (image.word(at + SETTING.source) === SOURCE_SESSION) yield at;
      at = image.word(at + SETTING.next) - SETTING.link;
      if (at === first) return;
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
