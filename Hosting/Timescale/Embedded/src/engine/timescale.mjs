// Libraries loaded in this session decide what it can see, so nothing is served before they are in and proven.
import { HOUSEKEEPING, NEUTRAL, setConfig } from '../session/session-settings.mjs';

const REPORTED = [
  'server_version', 'server_encoding', 'client_encoding', 'DateStyle', 'IntervalStyle', 'TimeZone', 'application_name',
  'integer_datetimes', 'standard_conforming_strings', 'is_superuser', 'session_authorization',
  'in_hot_standby', 'default_transaction_read_only', 'scram_iterations',
];

/** Opens the extension; returns what clients are told at start. Throws when compressed rows would be invisible. */
export function openTimescale(sql) {
  sql(NEUTRAL);
  // Before the housekeeping's settings, which are nobody's defaults.
  const parameters = Object.fromEntries(REPORTED.map((name) => [name, sql(`SHOW ${name}`)[0][0]]));
  sql(setConfig(HOUSEKEEPING));
  const version = sql("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")[0]?.[0];
  if (version) {
    // Without these two, in this order and as two commands, compressed rows are silently missing from every answer.
    sql(`LOAD '$libdir/timescaledb-${version}'`);
    sql(`LOAD '$libdir/timescaledb-tsl-${version}'`);
  } else {
    sql('CREATE EXTENSION timescaledb SCHEMA public');
  }
  return parameters;
}
