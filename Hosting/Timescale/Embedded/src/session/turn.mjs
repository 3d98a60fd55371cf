import { welcome } from '../protocol/handshake.mjs';
import { closeStatement, commandComplete, readyForQuery, sync } from '../protocol/wire.mjs';

const PARSE_COMPLETE = 0x31;

/** Runs a client's next batch as its turn of the session; true when the session must stay with the client. */
export async function takeTurn(client, gateway) {
  const { session, scheduler } = gateway;
  const holds = scheduler.isHolder(client);
  const batch = client.connection.take();
  // Copy data that comes after its COPY has failed is dropped by PostgreSQL too.
  if (!batch || batch.end === 'copy') return holds;
  if (batch.end === 'terminate') {
    client.leave();
    return holds;
  }
  gateway.activity++;
  if (!holds) await session.lend(client);
  if (batch.end === 'welcome') {
    client.write(welcome({ ...session.engine.parameters, ...(await reported(client, session)) }, client.id, client.secret));
    return false;
  }
  const plan = client.statements.translate(batch.frames, session.statements, session.unnamedOwner === client);
  if (plan.discard && !holds) return discard(client, gateway, plan.discard);
  if (plan.temporary) gateway.temporaryTables.users.add(client);
  if (plan.parsesUnnamed) session.unnamedOwner = client;
  else if (batch.end === 'query') session.unnamedOwner = undefined;
  return (await run(client, gateway, plan)) !== 'I';
}

// Settings of the connection string that clients are told about.
async function reported(client, session) {
  const names = Object.keys(session.engine.parameters).filter((name) => client.settings.some((setting) => setting[0].toLowerCase() === name.toLowerCase()));
  if (names.length === 0) return {};
  const [values] = await session.sql(`SELECT ${names.map((name) => `pg_catalog.current_setting('${name}')`)}`);
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

async function run(client, gateway, plan) {
  const { session, notifications } = gateway;
  const before = session.statements;
  const status = await client.execute(plan.parts, answer(notifications, plan.again));
  await session.settle(client, status);
  client.statements.settle(plan.touched, before, session.statements);
  client.named.push(...plan.listens);
  if (status === 'I') await notifications.settle(client, session, client.named.splice(0));
  return status;
}

// What of PostgreSQL's answer the client gets: neither others' notifications nor what Parse messages of ours bring.
function answer(notifications, again) {
  const route = notifications.filter();
  return (bytes) => {
    for (; again > 0 && bytes[0] === PARSE_COMPLETE; again--) bytes = bytes.subarray(5);
    again = 0;
    return route ? route(bytes) : bytes;
  };
}

/** DISCARD ALL would take every client's statements and temporary tables along. */
async function discard(client, gateway, kind) {
  const { session } = gateway;
  if (kind === 'DISCARD ALL') await cleanUp(client, gateway);
  else await closeStatements(client, session);
  session.reset(client, kind === 'DISCARD ALL');
  client.write(Buffer.concat([commandComplete(kind), readyForQuery('I')]));
  return false;
}

/** Removes what a client had in the session. */
export async function cleanUp(client, gateway) {
  const { session, notifications, temporaryTables } = gateway;
  await closeStatements(client, session);
  await notifications.forget(client, session);
  await temporaryTables.forget(client);
}

async function closeStatements(client, session) {
  const names = client.statements.serverNames.filter((name) => session.statements.has(name));
  client.statements.clear();
  if (names.length > 0) await session.run([...names.map(closeStatement), sync]);
}
