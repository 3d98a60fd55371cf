namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>A data point of OTLP.</summary>
internal sealed record OtlpPoint(double Value, long Time, (string Key, string Value)[] Attributes, long Start = 0, uint Flags = 0);
