namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Where a protocol's parser puts what it reads. A parser looks a series up by its bytes on the wire, and spends
/// strings on it only when they are new.
/// </summary>
internal interface ISeriesSink
{
    /// <summary>The series behind these bytes, null when it has to be defined first.</summary>
    Series? Find(ReadOnlySpan<byte> key);

    /// <summary>Makes a series known by its bytes.</summary>
    Series Define(ReadOnlySpan<byte> key, SeriesDescription description);

    /// <summary>A series that no rule can map, remembered for this request only.</summary>
    Series Unmappable(SeriesDescription description, UnmappedReason reason);

    /// <summary>One value, at nanoseconds since 1970.</summary>
    void Add(Series series, long unixNanoseconds, double value);
}
