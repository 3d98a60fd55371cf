using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>One value of one instance, whatever protocol carries it.</summary>
/// <param name="Name">What the client calls the instance.</param>
/// <param name="Measure">Memory, a gauge in bytes; Received, a counter in bytes; Cpu, a counter in seconds.</param>
/// <param name="Value">In that unit.</param>
/// <param name="Time">When it was measured.</param>
internal sealed record Sent(string Name, SentMeasure Measure, double Value, DateTimeOffset Time)
{
    /// <summary>The network device.</summary>
    public string Device { get; init; } = "eth0";

    /// <summary>More labels, tags or attributes; collectd knows none.</summary>
    public (string Name, string Value)[] Labels { get; init; } = [];

    /// <summary>When the counter began; OTLP and remote write 2.0 only.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Not a value but the end of its series; OTLP and remote write only.</summary>
    public bool Ends { get; init; }

    /// <summary>An increase instead of a total; OTLP only.</summary>
    public bool IsDelta { get; init; }

    public static Sent Memory(string name, double value, DateTimeOffset time) => new(name, SentMeasure.Memory, value, time);

    public static Sent Received(string name, double value, DateTimeOffset time, string device = "eth0") =>
        new(name, SentMeasure.Received, value, time) { Device = device };

    public static Sent Cpu(string name, double value, DateTimeOffset time) => new(name, SentMeasure.Cpu, value, time);
}
