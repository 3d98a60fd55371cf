using System.Globalization;
using LaunchStack.Dashboard.Otlp;

namespace LaunchStack.Dashboard.Api;

/// <summary>The parameters all of the read API's lists take. <c>From</c> and <c>To</c> are ISO 8601 or Unix nanoseconds.</summary>
internal sealed class TelemetryQuery
{
    public const int MostRows = 10_000;

    public string? Resource { get; private init; }
    public UInt128? Trace { get; private init; }
    public ulong? From { get; private init; }
    public ulong? To { get; private init; }
    public int Limit { get; private init; } = 1000;
    public bool Follow { get; private init; }
    public bool Errors { get; private init; }
    public string? Fault { get; private init; }

    public static TelemetryQuery Read(IQueryCollection query)
    {
        UInt128? trace = null;
        ulong? from = null, to = null;
        var limit = 1000;
        if (query["traceId"].ToString() is { Length: > 0 } id)
            if (OtlpIds.TryParseTrace(id, out var parsed)) trace = parsed; else return Wrong("traceId", "32 hex digits");
        if (query["from"].ToString() is { Length: > 0 } start && (from = Time(start)) is null) return Wrong("from", "an ISO 8601 time or Unix nanoseconds");
        if (query["to"].ToString() is { Length: > 0 } end && (to = Time(end)) is null) return Wrong("to", "an ISO 8601 time or Unix nanoseconds");
        if (query["limit"].ToString() is { Length: > 0 } most
            && (!int.TryParse(most, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MostRows)) return Wrong("limit", $"1 to {MostRows}");
        return new()
        {
            Resource = query["resource"], Trace = trace, From = from, To = to, Limit = limit,
            Follow = query["follow"] == "true", Errors = query["hasError"] == "true",
        };
    }

    /// <summary>Whether a span of the trace asked for meets the other parameters.</summary>
    public bool Matches(Traces.StoredSpan span) => (Resource is not { Length: > 0 } || span.Resource.Name == Resource)
        && !(From > span.End) && !(To < span.Start) && (!Errors || span.Error);

    private static TelemetryQuery Wrong(string name, string expected) => new() { Fault = $"The parameter {name} must be {expected}." };

    private static ulong? Time(string text) =>
        ulong.TryParse(text, CultureInfo.InvariantCulture, out var nanos) ? nanos
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? UnixNano.Of(time) : null;
}
