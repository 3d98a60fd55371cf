using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Database;

/// <summary>
/// Connections to one side that work at once. How many there can be shows only when they are opened: others take and leave them, and whom a
/// limit counts is not for every role to see.
/// </summary>
/// <param name="name">Which side, for people.</param>
/// <param name="first">The one that there is.</param>
/// <param name="openAsync">Opens a further one; null where there is to be none.</param>
/// <param name="logger">For a line when there are fewer than are asked for.</param>
internal sealed class WorkerConnections(string name, NpgsqlConnection first, Func<CancellationToken, Task<NpgsqlConnection?>> openAsync, ILogger logger)
{
    /// <summary>How many fewer there were than asked for, and why, for people; null where there were all.</summary>
    public string? Narrowed { get; private set; }

    /// <summary>Runs over as many as <paramref name="most"/>, or as there are.</summary>
    public async Task RunAsync(int most, Func<IReadOnlyList<NpgsqlConnection>, Task> work, CancellationToken cancellationToken)
    {
        var connections = new List<NpgsqlConnection> { first };
        try
        {
            await AddAsync(connections, most, cancellationToken);
            await work(connections);
        }
        finally
        {
            foreach (var further in connections.Skip(1))
                await further.DisposeAsync();
            // Where both sides share a limit, the other may need them.
            NpgsqlConnection.ClearPool(first);
        }
    }

    private async Task AddAsync(List<NpgsqlConnection> connections, int most, CancellationToken cancellationToken)
    {
        try
        {
            while (connections.Count < most && await openAsync(cancellationToken) is { } further)
                connections.Add(further);
        }
        catch (SchemaException error) when (DatabaseConnection.IsFull(error))
        {
            var said = Narrowed;
            Narrowed = $"{name} has only {connections.Count} of {most} connections for us ({ErrorText.Describe(error.InnerException!)})";
            if (said is null)
                DatabaseLog.WorkersNarrowed(logger, Narrowed);
        }
    }
}
