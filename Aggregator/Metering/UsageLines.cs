using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Reads the newest revisions of day lines.</summary>
internal sealed class UsageLines(NpgsqlDataSource dataSource)
{
    private const string Columns =
        $"d.instance_id, d.day, {UsageDay.Quantities}, d.samples, d.restarts, d.max_gap_ms, d.revision, d.cutoff, d.digest, d.statement_id";

    /// <summary>An instance's lines in order of day; of a user's days only where <paramref name="owner"/> is given.</summary>
    public Task<IReadOnlyList<UsageLine>> OfInstanceAsync(Guid instance, Guid? owner, DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        ReadAsync("d.instance_id = $1 AND ($4::uuid IS NULL OR instance_owner_on(d.instance_id, d.day) = $4)", instance, owner, from, to, cancellationToken);

    /// <summary>The lines of a user's days in order of instance and day.</summary>
    public Task<IReadOnlyList<UsageLine>> OfUserAsync(Guid user, DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        ReadAsync(
            "d.instance_id IN (SELECT instance_id FROM instance_owners WHERE user_id = $1) AND instance_owner_on(d.instance_id, d.day) = $1 AND $4::uuid IS NULL",
            user, null, from, to, cancellationToken);

    /// <summary>The last day up to which every instance has its line; null: none yet.</summary>
    public async Task<DateOnly?> ComputedThroughAsync(CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync("SELECT days_through FROM metering_state", row => row.Value<DateOnly>(0), cancellationToken)).FirstOrDefault();

    /// <summary>Whether there is, or was, such an instance; for a user's key, one that the user has or had.</summary>
    public Task<bool> IsInstanceAsync(Guid instance, Guid? owner, CancellationToken cancellationToken) => dataSource.ScalarAsync<bool>(
        """
        SELECT EXISTS (SELECT FROM instance_owners WHERE instance_id = $1 AND ($2::uuid IS NULL OR user_id = $2))
            OR ($2 IS NULL AND EXISTS (SELECT FROM usage_days WHERE instance_id = $1))
        """, cancellationToken, instance, owner);

    /// <summary>Whether there is such a user.</summary>
    public Task<bool> IsUserAsync(Guid user, CancellationToken cancellationToken) => dataSource.ScalarAsync<bool>(
        "SELECT EXISTS (SELECT FROM users WHERE id = $1) OR EXISTS (SELECT FROM instance_owners WHERE user_id = $1)", cancellationToken, user);

    private async Task<IReadOnlyList<UsageLine>> ReadAsync(
        string condition, Guid id, Guid? owner, DateOnly from, DateOnly to, CancellationToken cancellationToken) => await dataSource.QueryAsync(
        $"""
        SELECT DISTINCT ON (d.instance_id, d.day) {Columns} FROM usage_days d
        WHERE {condition} AND d.day >= $2 AND d.day < $3 ORDER BY d.instance_id, d.day, d.revision DESC
        """,
        row => new UsageLine(
            row.GetGuid(0), row.GetFieldValue<DateOnly>(1), UsageDay.QuantitiesAt(row, 2), row.GetInt32(9), row.GetInt32(10), row.GetInt64(11),
            row.GetInt32(12), row.GetFieldValue<DateTimeOffset>(13), row.GetString(14), row.Value<Guid>(15)),
        cancellationToken, id, from, to, owner);
}
