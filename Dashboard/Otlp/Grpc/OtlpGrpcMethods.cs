using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace LaunchStack.Dashboard.Otlp.Grpc;

/// <summary>
/// Binds the three Export methods by hand: the reader a generated service would have answers a broken message with UNKNOWN,
/// which senders retry for ever; ours says INVALID_ARGUMENT.
/// </summary>
internal sealed class OtlpGrpcMethods : IServiceMethodProvider<OtlpGrpcService>
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OtlpGrpcService> context)
    {
        Bind<ExportTraceServiceRequest, ExportTraceServiceResponse>(context, "trace.v1.TraceService", (s, r) => s.Receiver.Export(r));
        Bind<ExportLogsServiceRequest, ExportLogsServiceResponse>(context, "logs.v1.LogsService", (s, r) => s.Receiver.Export(r));
        Bind<ExportMetricsServiceRequest, ExportMetricsServiceResponse>(context, "metrics.v1.MetricsService", (s, r) => s.Receiver.Export(r));
    }

    private static void Bind<TRequest, TResponse>(
        ServiceMethodProviderContext<OtlpGrpcService> context, string service, Func<OtlpGrpcService, TRequest, TResponse> export)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var method = new Method<TRequest, TResponse>(
            MethodType.Unary, "opentelemetry.proto.collector." + service, "Export", Marshaller<TRequest>(), Marshaller<TResponse>());
        context.AddUnaryMethod(method, [], (target, request, _) => Task.FromResult(export(target, request)));
    }

    private static Marshaller<T> Marshaller<T>() where T : class, IMessage<T>, new() => new(
        (message, context) => context.Complete(message.ToByteArray()),
        context =>
        {
            try
            {
                var message = new T();
                message.MergeFrom(context.PayloadAsReadOnlySequence());
                return message;
            }
            catch (InvalidProtocolBufferException e)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"The message cannot be read: {e.Message}"));
            }
        });
}
