using System.Runtime.CompilerServices;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Migrator.Legacy;

/// <summary>A sample as both sides give it, undecoded where that costs: times in PostgreSQL's microseconds since 2000.</summary>
internal struct EncodedSample
{
    public Guid InstanceId;
    public long Timestamp;
    public long CreatedAt;
    public long DeletedAt;

    /// <summary>Bit n: column n (order of the fields) is NULL.</summary>
    public ushort Nulls;

    /// <summary>Number of the column whose value could not be read as its type, plus one; 0 for none.</summary>
    public short Fault;

    /// <summary>Where the buffer keeps the row's further values; see <see cref="SampleBuffer.Extras"/>.</summary>
    public int Extras;

    /// <summary>What brings the whole row back: where it lies in its table, block and item; a hash of all it holds where rows have no place.</summary>
    public long Place;

    /// <summary>A place in a table as <see cref="Place"/> has it.</summary>
    public static long PlaceAt(uint block, ushort item) => ((long)block << 16) | item;

    public const int Instance = 0;
    public const int Time = 1;
    public const int FirstMeasure = 2;
    public const int Received = FirstMeasure + Measures.Count;
    public const int Deleted = Received + 1;
    public const int ColumnCount = Deleted + 1;

    private Slots _measures;

    public readonly bool IsNull(int column) => (Nulls & (1 << column)) != 0;

    /// <summary>Whether a column is a measure that is a double.</summary>
    public static bool IsFraction(int column) => column is >= FirstMeasure and < Received && MeasureOf(column).IsFraction();

    public static Measure MeasureOf(int column) => (Measure)(column - FirstMeasure);

    /// <summary>It had a time of creation that cannot be, which <see cref="LegacySampleRules"/> took away. A NULL is 0, which can be.</summary>
    public readonly bool IsRedated => IsNull(Received) && CreatedAt != 0;

    /// <summary>Without a time of creation, the sample's own stands for when it was received.</summary>
    public long ReceivedAt
    {
        readonly get => IsNull(Received) ? Timestamp : CreatedAt;
        set => (CreatedAt, Nulls) = (value, (ushort)(Nulls & ~(1 << Received)));
    }

    /// <summary>The 64 bits of a measure by its column.</summary>
    public readonly long Bits(int column) => _measures[column - FirstMeasure];

    public readonly double Fraction(int column) => BitConverter.Int64BitsToDouble(Bits(column));

    // -0 becomes 0: the server takes the two for equal, so nobody would notice the change from one to the other.
    public void SetFraction(int column, double value) => Set(column, BitConverter.DoubleToInt64Bits(value + 0.0));

    public void Set(int column, long value)
    {
        switch (column)
        {
            case Time: Timestamp = value; break;
            case Received: CreatedAt = value; break;
            case Deleted: DeletedAt = value; break;
            default: _measures[column - FirstMeasure] = value; break;
        }
    }

    [InlineArray(Measures.Count)]
    private struct Slots
    {
        private long _first;
    }
}
