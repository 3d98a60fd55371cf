using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LaunchStack.Usage.Samples;

/// <summary>The measures of one sample; each may be null.</summary>
public struct SampleValues : IEquatable<SampleValues>
{
    private Slots _slots;
    private int _present;

    /// <summary>Percent of one core; above 100 when several cores are used.</summary>
    public double? CpuUsage
    {
        readonly get => GetFraction(Measure.CpuUsage);
        set => Assign(Measure.CpuUsage, value is { } cpu ? ToBits(cpu) : null);
    }

    /// <summary>Bytes.</summary>
    public long? MemoryUsage
    {
        readonly get => Get(Measure.MemoryUsage);
        set => Assign(Measure.MemoryUsage, value);
    }

    /// <summary>Bytes.</summary>
    public long? MemoryLimit
    {
        readonly get => Get(Measure.MemoryLimit);
        set => Assign(Measure.MemoryLimit, value);
    }

    /// <summary>Bytes.</summary>
    public long? DiskUsage
    {
        readonly get => Get(Measure.DiskUsage);
        set => Assign(Measure.DiskUsage, value);
    }

    /// <summary>Bytes received since the container started: a counter.</summary>
    public long? NetworkIn
    {
        readonly get => Get(Measure.NetworkIn);
        set => Assign(Measure.NetworkIn, value);
    }

    /// <summary>Bytes sent since the container started: a counter.</summary>
    public long? NetworkOut
    {
        readonly get => Get(Measure.NetworkOut);
        set => Assign(Measure.NetworkOut, value);
    }

    /// <summary>Whether the measure is not null.</summary>
    public readonly bool Has(Measure measure) => (_present & (1 << (int)measure)) != 0;

    /// <summary>The 64 bits of the measure's column, of a double where it <see cref="Measures.IsFraction"/>; 0 where it is null.</summary>
    public readonly long Bits(Measure measure) => _slots[(int)measure];

    /// <summary>A measure of whole numbers.</summary>
    public readonly long? Get(Measure measure) => Has(measure) ? _slots[(int)measure] : null;

    /// <summary>A measure that is a double.</summary>
    public readonly double? GetFraction(Measure measure) => Has(measure) ? BitConverter.Int64BitsToDouble(_slots[(int)measure]) : null;

    /// <summary>Sets a measure of whole numbers.</summary>
    public void Set(Measure measure, long value)
    {
        _slots[(int)measure] = value;
        _present |= 1 << (int)measure;
    }

    /// <summary>Sets a measure that is a double.</summary>
    public void SetFraction(Measure measure, double value) => Set(measure, ToBits(value));

    /// <summary>Sets a measure, or raises it to <paramref name="value"/>: the greatest stays, in whatever order values arrive.</summary>
    /// <param name="measure">The measure.</param>
    /// <param name="value">Not negative; rounded where the measure has whole numbers.</param>
    public void Raise(Measure measure, double value) =>
        RaiseBits(measure, measure.IsFraction() ? ToBits(value) : (long)Math.Round(value));

    /// <summary>Raises each measure to that of <paramref name="other"/>, of which null counts as none.</summary>
    public void Raise(in SampleValues other)
    {
        foreach (var measure in Measures.All)
        {
            if (other.Has(measure))
                RaiseBits(measure, other.Bits(measure));
        }
    }

    /// <inheritdoc/>
    public readonly bool Equals(SampleValues other) => _present == other._present && ((ReadOnlySpan<long>)_slots).SequenceEqual(other._slots);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is SampleValues other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(_present);
        hash.AddBytes(MemoryMarshal.AsBytes<long>(_slots));
        return hash.ToHashCode();
    }

    /// <summary>The measures that are there, by column.</summary>
    public override readonly string ToString()
    {
        var values = this;
        return string.Join(", ", Measures.All.Where(m => values.Has(m))
            .Select(m => string.Create(null, $"{m.Column()} {(m.IsFraction() ? values.GetFraction(m) : values.Bits(m))}")));
    }

    /// <inheritdoc/>
    public static bool operator ==(SampleValues left, SampleValues right) => left.Equals(right);

    /// <inheritdoc/>
    public static bool operator !=(SampleValues left, SampleValues right) => !left.Equals(right);

    // -0 is 0, which PostgreSQL takes for equal.
    private static long ToBits(double value) => BitConverter.DoubleToInt64Bits(value + 0.0);

    private void Assign(Measure measure, long? bits)
    {
        Set(measure, bits.GetValueOrDefault());
        if (bits is null)
            _present &= ~(1 << (int)measure);
    }

    // Doubles that are not negative are ordered as their bits are, so one comparison serves all measures.
    private void RaiseBits(Measure measure, long bits)
    {
        if (!Has(measure) || bits > _slots[(int)measure])
            Set(measure, bits);
    }

    [InlineArray(Measures.Count)]
    private struct Slots
    {
        private long _first;
    }
}
