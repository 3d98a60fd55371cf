using LaunchStack.Auth;
using Npgsql;

namespace LaunchStack.Aggregator.Reading;

/// <summary>
/// A share of the database's connections for each owner of keys, and a third of them left to the work in the background: however many
/// requests one sends at once, the others' are answered.
/// </summary>
internal sealed class ReadTurnFilter(ReadTurnFilter.Shares shares) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (http, caller) = (context.HttpContext, KeyIdentity.Of(context.HttpContext));
        using var turn = await shares.Turns.TakeAsync(caller?.UserId ?? caller?.Id ?? Guid.Empty, http.RequestAborted);
        return await next(context);
    }

    /// <summary>The turns of one process.</summary>
    internal sealed class Shares(NpgsqlDataSource dataSource) : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

        public Turns Turns { get; } = Of(new NpgsqlConnectionStringBuilder(dataSource.ConnectionString).MaxPoolSize);

        public void Dispose() => Turns.Dispose();

        private static Turns Of(int connections) => new("reads", Math.Max(1, connections / 3), Math.Max(1, connections * 2 / 3), Patience);
    }
}
