// guc.h
const CONTEXT = { BACKEND: 4, SUPERUSER: 5 };
const SOURCE = { GLOBAL: 5, OVERRIDE: 10 };

// In place of what PGlite gives PostgreSQL on its command line: debug notices, and a search path without "public".
const DEFAULTS = [['client_min_messages', 'notice'], ['search_path', '"$user", public']];

/**
 * Makes what RESET goes back to what it is in a server (ALTER DATABASE and ALTER ROLE still come before it), and takes
 * away what this build offers and cannot do.
 */
export function setDefaults(module, sql) {
  const set = (name, value, context, source) => {
    const [namePointer, valuePointer] = [name, value].map((text) => {
      const bytes = Buffer.from(`${text}\0`);
      const pointer = module._malloc(bytes.length);
      module.HEAPU8.set(bytes, pointer);
      return pointer;
    });
    module._SetConfigOption(namePointer, valuePointer, context, source);
    module._free(namePointer);
    module._free(valuePointer);
  };
  const [[user]] = sql('SELECT session_user');
  sql('BEGIN READ WRITE'); // roles are looked up
  // A single-user PostgreSQL leaves this unset, and RESET SESSION AUTHORIZATION would do nothing.
  set('session_authorization', user, CONTEXT.BACKEND, SOURCE.OVERRIDE);
  for (const [name, value] of DEFAULTS) set(name, value, CONTEXT.SUPERUSER, SOURCE.GLOBAL);
  // Their libraries lack functions in this build: the first conversion would end the instance. Without them PostgreSQL
  // refuses another encoding where it is asked for.
  sql('DELETE FROM pg_catalog.pg_conversion');
  sql('COMMIT');
}
