// What the gateway must know about a statement before it runs. Everything else is left to PostgreSQL.

// Strings, quoted identifiers and comments, so that words inside them are not taken for keywords.
const OPAQUE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g;
// The grammar takes STDOUT in COPY FROM as well, and means the client by it.
const COPY_IN = /(?:^|;)\s*copy\b[^;]*\bfrom\s+std(?:in|out)\b/i;
// LOCAL, CONSTRAINTS and TRANSACTION end with the transaction and cannot reach another client.
const SETTING = /(?:^|;|\bbegin\b)\s*(?:set\s+(?!local\b|constraints\b|transaction\b)|reset\s)|\bset_config\s*\(/i;
const WORTH_A_LOOK = /\bcopy\b|\bset\b|\breset\b|\bset_config\b|\bdiscard\b|\bdeallocate\b|\blisten\b|\bunlisten\b|\btemp(?:orary)?\b/i;
const LISTEN = /^\s*listen\s+("(?:[^"]|"")+"|[\w$]+)\s*;?\s*$/i;
const UNLISTEN = /^\s*unlisten\s+(\*|"(?:[^"]|"")+"|[\w$]+)\s*;?\s*$/i;

const TEMPORARY = /\b(?:create|into)\s+(?:local\s+|global\s+)?temp(?:orary)?\b/i;
// What Npgsql sends in place of DISCARD ALL when prepared statements are to stay. The parts that would take other
// clients' temporary tables and listeners become one that takes nothing; Npgsql counts the answers, so the number stays.
const PIECEWISE_RESET = /^\s*set\s+session\s+authorization\s+default\s*;\s*reset\s+all\s*;/i;

const NOTHING = Object.freeze({});
const identifier = (text) => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase());

/** What `sql` does that concerns other clients: `copyIn`, `settings`, `temporary`, `discard` ('ALL' or 'DEALLOCATE ALL'), `listen`, `unlisten`. */
export function classify(sql) {
  if (!WORTH_A_LOOK.test(sql)) return NOTHING;
  const listen = LISTEN.exec(sql);
  if (listen) return { listen: identifier(listen[1]) };
  const unlisten = UNLISTEN.exec(sql);
  if (unlisten) return { unlisten: identifier(unlisten[1]) };

  const bare = sql.replace(OPAQUE, (piece) => (piece.startsWith('--') || piece.startsWith('/*') ? ' ' : "''"));
  const discard = /^\s*(discard\s+all|deallocate\s+(?:prepare\s+)?all)\s*;?\s*$/i.exec(bare);
  if (discard) return { discard: discard[1].toLowerCase().startsWith('discard') ? 'DISCARD ALL' : 'DEALLOCATE ALL' };
  if (PIECEWISE_RESET.test(bare)) {
    return { settings: true, unlisten: '*', rewritten: sql.replace(/\bunlisten\s+\*|\bdiscard\s+temp\b/gi, 'DISCARD PLANS') };
  }
  return {
    temporary: TEMPORARY.test(bare),
    copyIn: COPY_IN.test(bare),
    // A DO block's text is inside quotes: look at the whole.
    settings: SETTING.test(bare) || /\bset_config\s*\(|\bbegin\s+set\s/i.test(sql),
  };
}

/** Raised inside the session, so that an open transaction is aborted as PostgreSQL would. */
export const REFUSE_COPY =
  "DO $gateway$ BEGIN RAISE EXCEPTION USING ERRCODE = '0A000', " +
  "MESSAGE = 'COPY FROM STDIN is not supported by the embedded database', " +
  "HINT = 'Use INSERT ... SELECT FROM unnest($1, $2, ...) with array parameters.'; END $gateway$";
