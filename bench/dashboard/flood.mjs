// Floods a dashboard with spans and watches its memory and its answers.
//   node bench/dashboard/flood.mjs --otlp http://localhost:18890 --pages http://localhost:18888 --token TOKEN --pid PID [--key KEY] [--spans 1000000] [--rate 0]
// --rate: spans a second; 0 is as fast as it takes them. Prints the spans sent and taken, the resident memory of PID, and the slowest page.
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const options = { spans: '1000000', rate: '0', key: '' };
for (let i = 2; i < process.argv.length; i += 2) options[process.argv[i].slice(2)] = process.argv[i + 1];
const total = Number(options.spans), rate = Number(options.rate);
const perTrace = 10, perExport = 500;

// Ten spans a trace with five attributes each: about what a request of this system makes.
function body(sequence) {
  const services = new Map();
  const now = BigInt(Date.now()) * 1_000_000n;
  for (let t = 0; t < perExport / perTrace; t++) {
    const traceId = randomBytes(16).toString('hex');
    let parentSpanId = '';
    for (let s = 0; s < perTrace; s++) {
      const spanId = randomBytes(8).toString('hex');
      const service = `flood-${s % 3}`;
      if (!services.has(service)) services.set(service, []);
      services.get(service).push({
        traceId, spanId, parentSpanId, name: `step ${s}`, kind: s === 0 ? 2 : 1,
        startTimeUnixNano: String(now + BigInt(s) * 1_000_000n), endTimeUnixNano: String(now + BigInt(40 - s) * 1_000_000n),
        attributes: [['http.request.method', 'POST'], ['url.path', `/v1/things/${sequence}`], ['server.address', 'localhost'], ['user.id', `u${t}`], ['step', `${s}`]]
          .map(([key, stringValue]) => ({ key, value: { stringValue } })),
      });
      parentSpanId = spanId;
    }
  }
  return JSON.stringify({ resourceSpans: [...services].map(([name, spans]) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: name } }] }, scopeSpans: [{ scope: { name: 'flood' }, spans }] })) });
}

const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${options.pid}/status`, 'utf8'))[1]) / 1024;
const ask = async path => (await fetch(options.pages + path, { headers: { 'x-api-key': options.token } })).json();
const receivedBefore = (await ask('/api/telemetry/resources')).received.spans;

let sent = 0, failed = 0, peak = 0, slowest = 0, running = true;
const watch = (async () => {
  for (let report = 0; running; report++) {
    const before = performance.now();
    await ask('/api/telemetry/traces?limit=20');
    slowest = Math.max(slowest, performance.now() - before);
    peak = Math.max(peak, resident());
    if (report % 10 === 0) console.log(`${sent} spans sent, ${resident().toFixed(0)} MiB resident`);
    await sleep(1000);
  }
})();

const started = performance.now();
async function sender() {
  while (sent < total) {
    sent += perExport;
    // Ahead of the rate: wait for the time of this export.
    const ahead = rate ? (sent / rate) * 1000 - (performance.now() - started) : 0;
    if (ahead > 0) await sleep(ahead);
    const answer = await fetch(`${options.otlp}/v1/traces`, {
      method: 'POST', body: body(sent), headers: { 'content-type': 'application/json', ...(options.key && { 'x-otlp-api-key': options.key }) } });
    if (!answer.ok || (await answer.json()).partialSuccess) failed++;
  }
}
await Promise.all([sender(), sender(), sender(), sender()]);
const seconds = (performance.now() - started) / 1000;
running = false;
await watch;
const after = await ask('/api/telemetry/resources');
console.log(`${sent} spans in ${seconds.toFixed(1)} s (${(sent / seconds).toFixed(0)} a second); ${failed} exports failed`);
console.log(`taken ${after.received.spans - receivedBefore}, held ${after.held.traces} traces of ${(after.held.spanBytes / 1048576).toFixed(1)} MiB, dropped ${after.dropped.spans} spans`);
console.log(`resident: peak ${peak.toFixed(0)} MiB, now ${resident().toFixed(0)} MiB; slowest answer of the read API ${slowest.toFixed(0)} ms`);
process.exitCode = failed > 0 ? 1 : 0;
