using System.Numerics;

namespace LaunchStack.Migrator.Verify;

/// <summary>Count, least, greatest and exact sum of one column of one window.</summary>
internal sealed class ColumnFigures
{
    // One sum of mantissas an exponent: adding is exact, and the order of the rows does not matter.
    private readonly Int128[]? _exponents;
    private Int128 _whole;
    private (long Least, long Greatest) _wholes = (long.MaxValue, long.MinValue);
    private (double Least, double Greatest) _floats = (double.PositiveInfinity, double.NegativeInfinity);

    private ColumnFigures(bool isFloat) => _exponents = isFloat ? new Int128[2048] : null;

    public static ColumnFigures OfIntegers() => new(isFloat: false);

    public static ColumnFigures OfFloats() => new(isFloat: true);

    public long Count { get; private set; }

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

    /// <summary>For people: whole numbers as whole numbers, the sum of floats as near as a double comes.</summary>
    public ColumnSide Shown => (Count, _exponents) switch
    {
        (0, null) => new(0, null, null, Int128.Zero),
        (0, _) => new(0, null, null, 0.0),
        (_, null) => new(Count, _wholes.Least, _wholes.Greatest, _whole),
        _ => new(Count, _floats.Least, _floats.Greatest, ApproximateSum()),
    };

    /// <summary>Takes in what another window holds.</summary>
    public void Add(ColumnFigures other)
    {
        Count += other.Count;
        _whole += other._whole;
        for (var i = 0; _exponents is not null && i < _exponents.Length; i++)
            _exponents[i] += other._exponents![i];
        _wholes = (Math.Min(_wholes.Least, other._wholes.Least), Math.Max(_wholes.Greatest, other._wholes.Greatest));
        _floats = (Math.Min(_floats.Least, other._floats.Least), Math.Max(_floats.Greatest, other._floats.Greatest));
    }

    public void Add(long value)
    {
        Count++;
        _whole += value;
        _wholes = (Math.Min(_wholes.Least, value), Math.Max(_wholes.Greatest, value));
    }

    public void Add(double value)
    {
        Count++;
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = bits & 0xFFFFFFFFFFFFFL;
        if (exponent == 0)
            exponent = 1;
        else
            mantissa |= 1L << 52;
        _exponents![exponent] += bits < 0 ? -mantissa : mantissa;
        _floats = (Math.Min(_floats.Least, value), Math.Max(_floats.Greatest, value));
    }

    public bool Matches(ColumnFigures other) =>
        Count == other.Count && _wholes == other._wholes && _floats == other._floats && Sum == other.Sum;

    private double ApproximateSum()
    {
        var sum = Sum;
        var shift = Math.Max(0, (int)(sum.GetBitLength() - 64));
        return Math.ScaleB((double)(sum >> shift), shift - 1075);
    }
}
