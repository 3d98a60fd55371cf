using System.Diagnostics;
using System.Text.Json;
using LaunchStack.Contracts;
using MassTransit;

namespace LaunchStack.ServiceDefaults.Outbox;

/// <summary>Turns a row of the outbox into a message on the bus, within the trace that wrote the row.</summary>
internal sealed class OutboxPublisher(IBus bus)
{
    /// <summary>Name of the source of the <c>outbox publish</c> span.</summary>
    public const string SourceName = "LaunchStack.Messaging";

    private static readonly ActivitySource Source = new(SourceName);

    private static readonly Dictionary<string, Type> Types = typeof(UsageIngested).Assembly.GetExportedTypes()
        .Where(type => type.Namespace == typeof(UsageIngested).Namespace)
        .ToDictionary(type => type.Name, StringComparer.Ordinal);

    /// <summary>Publishes and returns once the broker has confirmed.</summary>
    /// <exception cref="OutboxRowException">The row is no message of Contracts.</exception>
    public async Task PublishAsync(OutboxMessage row, CancellationToken cancellationToken)
    {
        if (!Types.TryGetValue(row.MessageType, out var type))
            throw new OutboxRowException($"outbox row {row.Id} has the unknown message type '{row.MessageType}'");
        var message = Read(row, type);

        ActivityContext.TryParse(row.TraceParent, row.TraceState, isRemote: true, out var parent);
        using var activity = Source.StartActivity("outbox publish", ActivityKind.Internal, parent);
        activity?.SetTag("messaging.message.id", row.MessageId);
        activity?.SetTag("messaging.message.type", row.MessageType);

        await bus.Publish(message, type, context =>
        {
            context.MessageId = row.MessageId;
            // Without a bound queue the broker would take this one and drop it: the aggregator may not have started yet.
            if (type == typeof(UsageIngested) && context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
                rabbit.Mandatory = true;
        }, cancellationToken);
    }

    private static object Read(OutboxMessage row, Type type)
    {
        try
        {
            return JsonSerializer.Deserialize(row.Body, type, JsonSerializerOptions.Web)
                ?? throw new OutboxRowException($"outbox row {row.Id} has an empty body");
        }
        catch (JsonException e)
        {
            throw new OutboxRowException($"outbox row {row.Id} is no {row.MessageType}: {e.Message}", e);
        }
    }
}
