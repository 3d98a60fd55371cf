using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace LaunchStack.Agent.Spooling;

/// <summary>One file of the spool, named by the number of its first record.</summary>
internal sealed class SpoolSegment : IDisposable
{
    public const string Extension = ".seg";
    private const int ChunkBytes = 64 << 10;
    private readonly SafeFileHandle _file;

    private SpoolSegment(string path, long first, SafeFileHandle file)
    {
        (Path, First, _file) = (path, first, file);
    }

    public string Path { get; }

    /// <summary>Number of the first record.</summary>
    public long First { get; }

    /// <summary>Number after the last record.</summary>
    public long Next { get; private set; }

    /// <summary>Bytes of sound records.</summary>
    public long Bytes { get; private set; }

    /// <summary>Set when a failed write could not be undone: nothing may be written behind it.</summary>
    public bool IsSealed { get; private set; }

    public static SpoolSegment Create(string directory, long first)
    {
        var path = System.IO.Path.Combine(directory, first.ToString("D19", CultureInfo.InvariantCulture) + Extension);
        return new(path, first, OpenFile(path, FileMode.Create)) { Next = first };
    }

    /// <summary>Opens a segment of an earlier run and finds how far it is sound.</summary>
    /// <returns>The segment, and how many bytes of damage or of a torn write stand behind its last sound record.</returns>
    public static (SpoolSegment Segment, long BadBytes) Open(string path)
    {
        var first = long.Parse(System.IO.Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture);
        var segment = new SpoolSegment(path, first, OpenFile(path, FileMode.Open)) { Next = first };
        var length = RandomAccess.GetLength(segment._file);
        foreach (var record in segment.Read(first, 0, length))
            (segment.Next, segment.Bytes) = (record.Sequence + 1, record.End);
        return (segment, length - segment.Bytes);
    }

    /// <summary>Sound records from <paramref name="offset"/> up to <paramref name="end"/>; stops at the first that is not.</summary>
    public IEnumerable<SpoolRecord> Read(long sequence, long offset, long end)
    {
        var size = ChunkBytes;
        while (offset < end)
        {
            // Records refer to the chunk they stand in, so every chunk is an array of its own.
            var chunk = ReadChunk(offset, (int)Math.Min(size, end - offset));
            var rest = chunk;
            while (RecordFormat.Read(rest) is { } payload)
            {
                rest = rest[RecordFormat.Size(payload)..];
                offset += RecordFormat.Size(payload);
                yield return new(sequence++, payload, offset);
            }

            if (rest.Length < chunk.Length)
                size = ChunkBytes;
            else if (size == ChunkBytes)
                size = RecordFormat.HeaderBytes + RecordFormat.MaxPayloadBytes; // the next record may be longer than a chunk
            else
                yield break;
        }
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
        catch (IOException)
        {
            Rewind();
            throw;
        }

        Bytes += records.Length;
        Next += count;
    }

    /// <summary>Cuts off what stands behind the last sound record, or moves it to <paramref name="keepAs"/>.</summary>
    public void CutTail(string? keepAs)
    {
        if (keepAs is not null)
        {
            var tail = new byte[RandomAccess.GetLength(_file) - Bytes];
            RandomAccess.Read(_file, tail, Bytes);
            File.WriteAllBytes(keepAs, tail);
        }

        RandomAccess.SetLength(_file, Bytes);
    }

    public void Flush() => RandomAccess.FlushToDisk(_file);

    public void Delete()
    {
        Dispose();
        File.Delete(Path);
    }

    public void Dispose() => _file.Dispose();

    private ReadOnlyMemory<byte> ReadChunk(long offset, int count)
    {
        var chunk = new byte[count];
        var filled = 0;
        while (filled < count && RandomAccess.Read(_file, chunk.AsSpan(filled), offset + filled) is > 0 and var read)
            filled += read;
        return chunk.AsMemory(0, filled);
    }

    private void Rewind()
    {
        try
        {
            RandomAccess.SetLength(_file, Bytes);
        }
        catch (IOException)
        {
            IsSealed = true;
        }
    }

    private static SafeFileHandle OpenFile(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
}
