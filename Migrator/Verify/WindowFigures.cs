using System.Numerics;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Migrator.Verify;

/// <summary>What one side holds in one window: figures a column, and a checksum of the rows that ignores their order.</summary>
internal sealed class WindowFigures
{
    /// <summary>A measure each.</summary>
    public ColumnFigures[] Columns { get; } = [.. Measures.All.Select(m => m.IsFraction() ? ColumnFigures.OfFloats() : ColumnFigures.OfIntegers())];

    public long Rows { get; private set; }

    /// <summary>Sum of 64-bit hashes of whole rows: the same rows in any order, each as often.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>Adds a row with the bytes of its <see cref="ExtraColumns"/>.</summary>
    public void Add(in EncodedSample row, ReadOnlySpan<byte> extras)
    {
        Rows++;
        Checksum += Hash(in row, extras);
        for (var column = EncodedSample.FirstMeasure; column < EncodedSample.Received; column++)
        {
            var figures = Columns[column - EncodedSample.FirstMeasure];
            if (row.IsNull(column))
                continue;
            if (EncodedSample.IsFraction(column))
                figures.Add(row.Fraction(column));
            else
                figures.Add(row.Bits(column));
        }
    }

    /// <summary>Takes in the columns of another window.</summary>
    public void AddColumns(WindowFigures other)
    {
        for (var i = 0; i < Columns.Length; i++)
            Columns[i].Add(other.Columns[i]);
    }

    public bool Matches(WindowFigures other) =>
        Rows == other.Rows && Checksum == other.Checksum && Columns.Zip(other.Columns).All(pair => pair.First.Matches(pair.Second));

    public static ulong Hash(in EncodedSample row, ReadOnlySpan<byte> extras)
    {
        Span<byte> id = stackalloc byte[16];
        row.InstanceId.TryWriteBytes(id);
        var hash = Mix(BitConverter.ToUInt64(id), BitConverter.ToUInt64(id[8..]));
        hash = Mix(hash, (ulong)row.Timestamp);
        for (var column = EncodedSample.FirstMeasure; column < EncodedSample.Received; column++)
            hash = Mix(hash, row.IsNull(column) ? 1 : (ulong)row.Bits(column));
        hash = Mix(hash, (ulong)row.ReceivedAt);
        hash = Mix(hash, row.IsNull(EncodedSample.Deleted) ? 1 : (ulong)row.DeletedAt);

        // Which of the values are NULL, so that a NULL is not mistaken for the 1 that stands for it.
        hash = Mix(hash, (ulong)(row.Nulls & ~(1 << EncodedSample.Received)));
        for (; extras.Length >= 8; extras = extras[8..])
            hash = Mix(hash, BitConverter.ToUInt64(extras));
        foreach (var value in extras)
            hash = Mix(hash, value);
        return hash;
    }

    // The finalizer of SplitMix64 over a rotated combination.
    private static ulong Mix(ulong hash, ulong value)
    {
        hash = BitOperations.RotateLeft(hash, 5) ^ value;
        hash += 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return hash ^ (hash >> 31);
    }
}
