using System.Diagnostics;
using System.Text.Json;
using LaunchStack.Contracts;

namespace LaunchStack.Usage.Outbox;

/// <summary>One row of the outbox.</summary>
internal sealed record OutboxMessage(long Id, Guid MessageId, string MessageType, string Body, string? TraceParent, string? TraceState)
{
    private static readonly Dictionary<string, Type> Types = typeof(UsageIngested).Assembly.GetExportedTypes()
        .Where(type => type.Namespace == typeof(UsageIngested).Namespace)
        .ToDictionary(type => type.Name, StringComparer.Ordinal);

    /// <summary>The span that wrote the row.</summary>
    public ActivityContext Trace => ActivityContext.TryParse(TraceParent, TraceState, isRemote: true, out var trace) ? trace : default;

    /// <summary>The record of Contracts that the row holds.</summary>
    /// <exception cref="OutboxMessageException">It holds none.</exception>
    public object Read()
    {
        if (!Types.TryGetValue(MessageType, out var type))
            throw new OutboxMessageException($"outbox row {Id} has the unknown message type '{MessageType}'");
        try
        {
            return JsonSerializer.Deserialize(Body, type, EventJson.Events) ?? throw new OutboxMessageException($"outbox row {Id} has an empty body");
        }
        catch (JsonException e)
        {
            throw new OutboxMessageException($"outbox row {Id} is no {MessageType}: {e.Message}", e);
        }
    }
}
