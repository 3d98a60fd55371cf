namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// One value of one mapped series, or, where <see cref="IsEnd"/>, its end. Ordered by what it is added up with, then by time; of one time
/// the greatest first, and the end last.
/// </summary>
/// <param name="Series">The series.</param>
/// <param name="Time">When, nanoseconds since 1970.</param>
/// <param name="Start">When its counter began to count; 0 where the client does not say, or names one after the value.</param>
/// <param name="Value">The value; NaN for the end.</param>
internal readonly record struct SeriesPoint(Series Series, long Time, long Start, double Value) : IComparable<SeriesPoint>
{
    /// <summary>Bytes of memory that one takes.</summary>
    public const int Bytes = 32;

    /// <summary>Whether the client says by it that the series has ended.</summary>
    public bool IsEnd => double.IsNaN(Value);

    public int CompareTo(SeriesPoint other)
    {
        var order = Series.Group!.Id.CompareTo(other.Series.Group!.Id);
        if (order == 0)
            order = Time.CompareTo(other.Time);
        return order != 0 ? order : other.Value.CompareTo(Value);
    }
}
