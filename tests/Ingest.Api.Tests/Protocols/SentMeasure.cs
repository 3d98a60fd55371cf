namespace LaunchStack.Ingest.Api.Tests.Protocols;

internal enum SentMeasure
{
    Memory,
    Received,
    Cpu,
}
