using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace LaunchStack.Agent.Spooling;

/// <summary>
/// How far the spool has been acknowledged: 8 bytes of record number, 4 of checksum, written over in place and not forced to the
/// disk. Losing it means sending again what Ingest.Api then counts as duplicates.
/// </summary>
internal sealed class SpoolCursor : IDisposable
{
    private const int Bytes = 12;
    private readonly SafeFileHandle _file;

    public SpoolCursor(string directory)
    {
        _file = File.OpenHandle(Path.Combine(directory, "cursor"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <summary>The first record not acknowledged; null if it is not known.</summary>
    public long? Read()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        if (RandomAccess.Read(_file, bytes, 0) < Bytes
            || RecordFormat.Checksum(bytes[..8]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]))
            return null;
        return BinaryPrimitives.ReadInt64LittleEndian(bytes) is >= 0 and var sequence ? sequence : null;
    }

    public void Write(long sequence)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], RecordFormat.Checksum(bytes[..8]));
        RandomAccess.Write(_file, bytes, 0);
    }

    public void Flush() => RandomAccess.FlushToDisk(_file);

    public void Dispose() => _file.Dispose();
}
