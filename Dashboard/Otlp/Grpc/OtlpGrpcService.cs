namespace LaunchStack.Dashboard.Otlp.Grpc;

/// <summary>Target of the three gRPC methods; <see cref="OtlpGrpcMethods"/> binds them.</summary>
internal sealed class OtlpGrpcService(OtlpReceiver receiver)
{
    public OtlpReceiver Receiver { get; } = receiver;
}
