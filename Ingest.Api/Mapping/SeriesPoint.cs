namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>One value of one mapped series; ordered by what it is added up with, then by time.</summary>
internal readonly record struct SeriesPoint(Series Series, long Time, double Value) : IComparable<SeriesPoint>
{
    /// <summary>Bytes of memory that one takes.</summary>
    public const int Bytes = 24;

    public int CompareTo(SeriesPoint other)
    {
        var order = Series.Group!.Id.CompareTo(other.Series.Group!.Id);
        return order != 0 ? order : Time.CompareTo(other.Time);
    }
}
