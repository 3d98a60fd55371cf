using System.Globalization;
using LaunchStack.Agent.State;
using Microsoft.Win32.SafeHandles;

namespace LaunchStack.Agent.Spooling;

/// <summary>One file of the spool.</summary>
internal sealed class SpoolSegment : IDisposable
{
    public const string Extension = ".seg";

    // A record that begins in the last quarter of a chunk may end in the next one.
    private const int ChunkBytes = 4 * (RecordFormat.HeaderBytes + RecordFormat.MaxPayloadBytes);
    private const int SafeBytes = 3 * (RecordFormat.HeaderBytes + RecordFormat.MaxPayloadBytes);
    private readonly SafeFileHandle _file;

    private SpoolSegment(string path, long number, SafeFileHandle file)
    {
        (Path, Number, _file) = (path, number, file);
    }

    public string Path { get; }

    /// <summary>Its name: grows from segment to segment, and is never used twice.</summary>
    public long Number { get; }

    /// <summary>Sequence of the first record, within this run.</summary>
    public required long First { get; init; }

    /// <summary>Number of sound records.</summary>
    public int Count { get; set; }

    /// <summary>Sequence after the last record.</summary>
    public long Next => First + Count;

    /// <summary>Length of the file, with what is damaged in it.</summary>
    public long Bytes { get; private set; }

    /// <summary>No record is appended beyond it.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Where damage was found and reported.</summary>
    public HashSet<long> KnownGaps { get; } = [];

    /// <summary>Set when a failed write could not be undone: nothing may be written behind it.</summary>
    public bool IsSealed { get; private set; }

    public static string PathOf(string directory, long number) =>
        System.IO.Path.Combine(directory, number.ToString("D19", CultureInfo.InvariantCulture) + Extension);

    public static SpoolSegment Create(string directory, long number, long first, long maxBytes)
    {
        Directory.CreateDirectory(directory);
        var path = PathOf(directory, number);
        return new(path, number, OpenFile(path, FileMode.CreateNew)) { First = first, MaxBytes = maxBytes };
    }

    /// <summary>Opens a segment of an earlier run, without looking into it.</summary>
    public static SpoolSegment Open(string path, long number, long first, long maxBytes)
    {
        var file = OpenFile(path, FileMode.Open);
        try
        {
            return new(path, number, file) { First = first, MaxBytes = maxBytes, Bytes = RandomAccess.GetLength(file) };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Sound records from <paramref name="offset"/> on. What is damaged is passed over, byte by byte, up to the next sound one.</summary>
    public IEnumerable<SpoolRecord> Read(long sequence, long offset)
    {
        while (offset < Bytes)
        {
            // Records refer to the chunk they stand in, so every chunk is an array of its own.
            ReadOnlyMemory<byte> chunk = ReadBytes(offset, (int)Math.Min(ChunkBytes, Bytes - offset));
            var last = offset + chunk.Length == Bytes ? chunk.Length : SafeBytes;
            var at = 0;
            while (at < last)
            {
                if (RecordFormat.Read(chunk[at..]) is not { } payload)
                {
                    at++;
                    continue;
                }

                var end = at + RecordFormat.Size(payload);
                yield return new(sequence++, payload, offset + at, offset + end);
                at = end;
            }

            offset += at;
        }
    }

    /// <summary>Bytes of the file; zeros where they cannot be read.</summary>
    public byte[] ReadBytes(long offset, int count)
    {
        var bytes = new byte[count];
        var filled = 0;
        try
        {
            while (filled < count && RandomAccess.Read(_file, bytes.AsSpan(filled), offset + filled) is > 0 and var read)
                filled += read;
        }
        catch (IOException)
        {
            // A bad sector: what cannot be read is damaged like anything else that is no record.
        }

        return bytes;
    }

    /// <summary>Writes whole records behind the last one; on failure nothing of them stays.</summary>
    public void Append(ReadOnlySpan<byte> records, int count, bool fsync)
    {
        try
        {
            RandomAccess.Write(_file, records, Bytes);
            if (fsync)
                RandomAccess.FlushToDisk(_file);
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            IsSealed = !TryCut(Bytes);
            throw;
        }

        Bytes += records.Length;
        Count += count;
    }

    /// <summary>Cuts off what stands behind the last record.</summary>
    public bool TryCut(long bytes)
    {
        try
        {
            RandomAccess.SetLength(_file, bytes);
            Bytes = bytes;
            return true;
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            return false;
        }
    }

    public void Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_file);
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            // Without fsync only the process's end is survived, which needs none.
        }
    }

    public void Dispose() => _file.Dispose();

    private static SafeFileHandle OpenFile(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
}
