// Sends a trace, a log record and two metrics: node export.mjs http/json|http/protobuf|grpc SERVICE TRACE_ID
// Where to and with which key: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS. Exit code 1 when an export fails.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const [protocol, service, traceId] = process.argv.slice(2);
const suffix = { 'http/json': 'http', 'http/protobuf': 'proto', grpc: 'grpc' }[protocol];
const exporter = async signal => await import(`@opentelemetry/exporter-${signal}-otlp-${suffix}`);
const { OTLPTraceExporter } = await exporter('trace');
const { OTLPLogExporter } = await exporter('logs');
const { OTLPMetricExporter } = await exporter('metrics');

// The SDK reports a failed export to its diagnostics only.
const complain = text => { console.error(text); process.exitCode = 1; };
diag.setLogger({ error: complain, warn() {}, info() {}, debug() {}, verbose() {} }, DiagLogLevel.ERROR);

const resource = resourceFromAttributes({ 'service.name': service, 'service.instance.id': '1' });
const traces = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
const logs = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter: new OTLPLogExporter() })] });
const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() });
const metrics = new MeterProvider({ resource, readers: [reader] });

const caller = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: '00f067aa0ba902b7', traceFlags: TraceFlags.SAMPLED, isRemote: true });
const tracer = traces.getTracer('shop', '1.2.3');
const order = tracer.startSpan('order', { kind: SpanKind.SERVER, attributes: { 'order.items': 3, 'order.express': true } }, caller);
const within = trace.setSpan(caller, order);
const pay = tracer.startSpan('pay', { kind: SpanKind.CLIENT, links: [{ context: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 } }] }, within);
pay.addEvent('declined', { reason: 'no funds' });
pay.setStatus({ code: SpanStatusCode.ERROR, message: 'declined' });
logs.getLogger('shop').emit({ severityNumber: SeverityNumber.WARN, severityText: 'WARN', body: 'payment was declined', attributes: { attempt: 2 }, context: trace.setSpan(caller, pay) });
pay.end();
order.end();

const meter = metrics.getMeter('shop');
meter.createCounter('shop.orders', { unit: '{order}' }).add(7, { paid: 'no' });
meter.createHistogram('shop.order.duration', { unit: 's' }).record(0.25);

await Promise.all([traces.forceFlush(), logs.forceFlush(), metrics.forceFlush()]);
await Promise.all([traces.shutdown(), logs.shutdown(), metrics.shutdown()]);
