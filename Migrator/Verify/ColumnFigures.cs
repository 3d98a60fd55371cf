using System.Numerics;

namespace LaunchStack.Migrator.Verify;

/// <summary>Count, least, greatest and exact sum of one column of one window.</summary>
internal sealed class ColumnFigures
{
    // One sum of mantissas an exponent: adding is exact, and the order of the rows does not matter.
    private readonly Int128[]? _exponents;
    private Int128 _whole;

    private ColumnFigures(bool isFloat) => _exponents = isFloat ? new Int128[2048] : null;

    public static ColumnFigures OfIntegers() => new(isFloat: false);

    public static ColumnFigures OfFloats() => new(isFloat: true);

    public long Count { get; private set; }

    public double? Least { get; private set; }

    public double? Greatest { get; private set; }

    /// <summary>The sum as a fraction of 2^1075, which holds every double; integers as they are.</summary>
    public BigInteger Sum
    {
        get
        {
            if (_exponents is null)
                return (BigInteger)_whole;
            var sum = BigInteger.Zero;
            for (var i = 0; i < _exponents.Length; i++)
            {
                if (_exponents[i] != 0)
                    sum += (BigInteger)_exponents[i] << i;
            }

            return sum;
        }
    }

    /// <summary>The sum as near as a double comes.</summary>
    public double ApproximateSum
    {
        get
        {
            if (_exponents is null)
                return (double)_whole;
            var sum = Sum;
            var shift = Math.Max(0, (int)(sum.GetBitLength() - 64));
            return Math.ScaleB((double)(sum >> shift), shift - 1075);
        }
    }

    /// <summary>Takes in what another window holds.</summary>
    public void Add(ColumnFigures other)
    {
        Count += other.Count;
        _whole += other._whole;
        for (var i = 0; _exponents is not null && i < _exponents.Length; i++)
            _exponents[i] += other._exponents![i];
        if (other.Least < Least || Least is null)
            Least = other.Least;
        if (other.Greatest > Greatest || Greatest is null)
            Greatest = other.Greatest;
    }

    public void Add(long value)
    {
        _whole += value;
        Note(value);
    }

    public void Add(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = bits & 0xFFFFFFFFFFFFFL;
        if (exponent == 0)
            exponent = 1;
        else
            mantissa |= 1L << 52;
        _exponents![exponent] += bits < 0 ? -mantissa : mantissa;
        Note(value);
    }

    public bool Matches(ColumnFigures other) =>
        Count == other.Count && Least == other.Least && Greatest == other.Greatest && Sum == other.Sum;

    private void Note(double value)
    {
        Count++;
        if (Least is not { } least || value < least)
            Least = value;
        if (Greatest is not { } greatest || value > greatest)
            Greatest = value;
    }
}
