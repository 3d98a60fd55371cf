using LaunchStack.Ingest.Api.Bodies;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>A whole body in memory that all requests share.</summary>
internal readonly struct PooledBody(byte[] buffer, int length, BodyMemory memory) : IDisposable
{
    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(0, length);

    public ReadOnlySpan<byte> Span => buffer.AsSpan(0, length);

    public void Dispose() => memory.Return(buffer);
}
