using LaunchStack.Auth;
using LaunchStack.ServiceDefaults;
using LaunchStack.Usage.Outbox;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Messaging;

/// <summary><c>/v1/error-queues</c>, for administrators.</summary>
public static class ErrorQueueEndpoints
{
    /// <summary>Maps the list and the way back.</summary>
    public static void MapErrorQueues(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/error-queues").WithTags("Messaging").RequireAuthorization(Scopes.Admin)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapGet("", ListAsync).WithName("ListErrorQueues").WithSummary("How many messages could not be handled and wait, by the queue that they came from; `outbox`: those that could not be published.");
        group.MapPost("/requeue", RequeueAsync).WithName("RequeueErrors").WithSummary("Puts what waits back into the queue that it came from, and says how much.");
    }

    private static async Task<Ok<IReadOnlyList<QueuedErrors>>> ListAsync(ErrorQueues queues, OutboxStore outbox, CancellationToken cancellationToken) =>
        TypedResults.Ok(Listed(await queues.CountAsync(cancellationToken), await outbox.CountSetAsideAsync(cancellationToken)));

    private static async Task<Ok<IReadOnlyList<QueuedErrors>>> RequeueAsync(ErrorQueues queues, OutboxStore outbox, OutboxSignal signal, CancellationToken cancellationToken)
    {
        var freed = await outbox.FreeAsync(cancellationToken);
        signal.Notify();
        return TypedResults.Ok(Listed(await queues.RequeueAsync(cancellationToken), freed));
    }

    private static IReadOnlyList<QueuedErrors> Listed(IReadOnlyDictionary<string, long> counts, long inOutbox) =>
        [.. counts.Select(c => new QueuedErrors(c.Key, c.Value)), .. inOutbox > 0 ? [new QueuedErrors("outbox", inOutbox)] : Array.Empty<QueuedErrors>()];
}
