using System.Buffers.Binary;
using LaunchStack.Agent.State;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace LaunchStack.Agent.Spooling;

/// <summary>
/// How far the spool has been acknowledged: segment and offset, 8 bytes each, and 4 of checksum, written over in place, which needs
/// no room on a full disk, and not forced to the disk. Losing it means sending again what Ingest.Api then counts as duplicates, so
/// a cursor that cannot be used is reported and done without.
/// </summary>
internal sealed partial class SpoolCursor(string directory, ILogger logger) : IDisposable
{
    private const int Bytes = 20;
    private readonly string _path = Path.Combine(directory, "cursor");
    private SafeFileHandle? _file;
    private bool _isReported;

    /// <summary>The first byte not acknowledged; null if it is not known.</summary>
    public SpoolPosition? Read()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        try
        {
            _file = Open();
            if (RandomAccess.GetLength(_file) == 0)
                return null;
            if (RandomAccess.Read(_file, bytes, 0) == Bytes
                && RecordFormat.Checksum(bytes[..16]) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..])
                && BinaryPrimitives.ReadInt64LittleEndian(bytes) is >= 0 and <= SpoolRecovery.MaxNumber and var segment
                && BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]) is >= 0 and var offset)
                return new(segment, offset);
            Report("it is damaged");
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            Report(failure.Message);
        }

        return null;
    }

    public void Write(SpoolPosition position)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, position.Segment);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], position.Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], RecordFormat.Checksum(bytes[..16]));
        try
        {
            RandomAccess.Write(_file ??= Open(), bytes, 0);
            _isReported = false;
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            Report(failure.Message);
        }
    }

    public void Dispose() => _file?.Dispose();

    private SafeFileHandle Open()
    {
        try
        {
            return OpenRegular();
        }
        catch (Exception failure) when (DiskFailure.Is(failure) && Path.Exists(_path))
        {
            if (!Obstacle.TryMove(_path, failure.Message, logger))
                throw;
            return OpenRegular();
        }
    }

    private SafeFileHandle OpenRegular()
    {
        var file = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            // A pipe has no length, and reading it would wait for ever.
            _ = RandomAccess.GetLength(file);
            return file;
        }
        catch (NotSupportedException)
        {
            file.Dispose();
            throw;
        }
    }

    private void Report(string reason)
    {
        if (!_isReported)
            LogUnusable(_path, reason);
        _isReported = true;
    }

    [LoggerMessage(EventName = "SpoolCursorUnusable", Level = LogLevel.Warning,
        Message = "{File} cannot be used ({Reason}): after a restart samples may be sent again, which counts as duplicates")]
    private partial void LogUnusable(string file, string reason);
}
