using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// Blocks that Kestrel reads sockets into: its own are 4 KiB, which makes 55 system calls of a body of a thousand samples. A connection
/// that waits for data holds none.
/// </summary>
internal sealed class ReadBlocks : MemoryPool<byte>
{
    private const int BlockBytes = 32 * 1024;

    public override int MaxBufferSize => BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, BlockBytes));

    protected override void Dispose(bool disposing)
    {
    }

    /// <summary>Gives Kestrel these blocks.</summary>
    internal sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new ReadBlocks();
    }
}
