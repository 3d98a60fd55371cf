namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>A time series of remote write with one sample; times are milliseconds.</summary>
internal sealed record RemoteWriteSeries((string Name, string Value)[] Labels, double Value, long Time, long Start = 0);
