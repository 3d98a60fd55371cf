// The little that must be known about a statement's text. What a statement did is never read from it, but from the server.

const WORD = /[\w$\u0080-\uffff]/;
const WORTH_A_LOOK = /\bdiscard\b|\bdeallocate\b|\blisten\b|\btemp(?:orary)?\b/i;
const TEMPORARY = /\btemp(?:orary)?\b/i;
const LISTEN = /\blisten\s+("(?:[^"]|"")+"|[\w$\u0080-\uffff]+)/gi;
// What Npgsql sends in place of DISCARD ALL when prepared statements are to stay. The part that would take other clients'
// temporary tables becomes one that takes nothing; Npgsql counts the answers, so the number stays.
const PIECEWISE_RESET = /^\s*set\s+session\s+authorization\s+default\s*;\s*reset\s+all\s*;/i;
const SPECIAL = /['"$;/-]/g;

const NOTHING = Object.freeze({});
const identifier = (text) => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase());

/**
 * What in `sql` concerns things that the clients share: `discard` ('ALL' or 'DEALLOCATE ALL', if it is nothing else),
 * `temporary` (it may make a temporary table), `listens` (channels it names), `rewritten` (what to run instead).
 */
export function classify(sql) {
  if (!WORTH_A_LOOK.test(sql)) return NOTHING;
  const bare = statements(sql).map((statement) => statement.bare).join(';');
  const discard = /^[\s;]*(discard\s+all|deallocate\s+(?:prepare\s+)?all)[\s;]*$/i.exec(bare);
  return {
    discard: discard && (discard[1].toLowerCase().startsWith('discard') ? 'DISCARD ALL' : 'DEALLOCATE ALL'),
    rewritten: PIECEWISE_RESET.test(bare) ? sql.replace(/\bdiscard\s+temp\b/gi, 'DISCARD PLANS') : undefined,
    temporary: TEMPORARY.test(sql),
    listens: Array.from(sql.matchAll(LISTEN), ([, name]) => identifier(name)),
  };
}

/** The PREPARE of that name in a text that may hold more. */
export function preparation(sql, name) {
  return statements(sql).find(({ text }) => {
    const found = /^\s*prepare\s+("(?:[^"]|"")+"|[\w$\u0080-\uffff]+)/i.exec(text);
    return found && identifier(found[1]) === name;
  })?.text;
}

/** Cuts a text at the semicolons between its statements; `bare` is a statement without what is quoted or commented. */
export function statements(sql) {
  const found = [];
  let text = '';
  let bare = '';
  for (let at = 0; at < sql.length; ) {
    const end = opaqueEnd(sql, at);
    if (end > at) {
      const comment = sql[at] === '-' || sql[at] === '/';
      bare += comment ? ' ' : "''";
      text += comment ? ' ' : sql.slice(at, end);
      at = end;
    } else if (sql[at] === ';') {
      found.push({ text, bare });
      text = bare = '';
      at++;
    } else {
      SPECIAL.lastIndex = at + 1;
      const plain = sql.slice(at, SPECIAL.exec(sql)?.index ?? sql.length);
      text += plain;
      bare += plain;
      at += plain.length;
    }
  }
  if (bare.trim() !== '') found.push({ text, bare });
  return found;
}

// Where the string, quoted identifier or comment that begins at `at` ends; `at` if none does.
function opaqueEnd(sql, at) {
  const after = (mark, from) => {
    const found = sql.indexOf(mark, from);
    return found < 0 ? sql.length : found + mark.length;
  };
  const inWord = at > 0 && WORD.test(sql[at - 1]);
  switch (sql[at]) {
    case '"':
      return after('"', at + 1);
    case "'":
      return inWord && /e/i.test(sql[at - 1]) && !WORD.test(sql[at - 2] ?? ' ') ? escapedEnd(sql, at) : after("'", at + 1);
    case '$': {
      const tag = inWord ? undefined : /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(sql.slice(at, at + 80))?.[0];
      return tag ? after(tag, at + tag.length) : at;
    }
    case '-':
      return sql[at + 1] === '-' ? after('\n', at) : at;
    case '/':
      return sql[at + 1] === '*' ? commentEnd(sql, at) : at;
    default:
      return at;
  }
}

// E'...': a backslash keeps the quote behind it from ending the string.
function escapedEnd(sql, at) {
  for (let i = at + 1; i < sql.length; i++) {
    if (sql[i] === '\\') i++;
    else if (sql[i] === "'") return i + 1;
  }
  return sql.length;
}

// They nest.
function commentEnd(sql, at) {
  let depth = 0;
  for (let i = at; i < sql.length; i++) {
    if (sql.startsWith('/*', i)) depth++, i++;
    else if (sql.startsWith('*/', i) && (depth--, i++, depth === 0)) return i + 1;
  }
  return sql.length;
}
