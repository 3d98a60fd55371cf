namespace LaunchStack.Ingest.Api.Tests.Usage;

/// <summary>Gives its bytes in pieces of the given sizes, as a network does.</summary>
internal sealed class PiecewiseStream(byte[] bytes, int[] sizes) : MemoryStream(bytes)
{
    private int _piece;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, sizes[_piece++ % sizes.Length])], cancellationToken);
}
