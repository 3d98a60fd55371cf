using LaunchStack.Aggregator.Metering.Days;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Reads the newest revisions of day lines.</summary>
internal sealed class UsageLines(NpgsqlDataSource dataSource)
{
    private const string Columns =
        $"d.instance_id, d.day, {UsageDay.Quantities}, d.samples, d.restarts, d.max_gap_ms, d.revision, d.cutoff, d.digest, d.statement_id";

    /// <summary>An instance's lines in order of day; of a user's days only where <paramref name="owner"/> is given.</summary>
    public Task<IReadOnlyList<UsageLine>> OfInstanceAsync(Guid instance, Guid? owner, DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        ReadAsync("d.instance_id = $1 AND ($4 IS NULL OR instance_owner_on(d.instance_id, d.day) = $4)", instance, owner, from, to, cancellationToken);

    /// <summary>The lines of a user's days in order of instance and day.</summary>
    public Task<IReadOnlyList<UsageLine>> OfUserAsync(Guid user, DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        ReadAsync(
            "d.instance_id IN (SELECT instance_id FROM instance_owners WHERE user_id = $1) AND instance_owner_on(d.instance_id, d.day) = $1 AND $4::uuid IS NULL",
            user, null, from, to, cancellationToken);

    /// <summary>The last day up to which every instance has its line; null: none yet.</summary>
    public async Task<DateOnly?> ComputedThroughAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT days_through FROM metering_state");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && !reader.IsDBNull(0) ? reader.GetFieldValue<DateOnly>(0) : null;
    }

    /// <summary>Whether there is, or was, such an instance; for a user's key, one that the user has or had.</summary>
    public async Task<bool> IsInstanceAsync(Guid instance, Guid? owner, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT EXISTS (SELECT FROM instance_owners WHERE instance_id = $1 AND ($2 IS NULL OR user_id = $2))
                OR ($2 IS NULL AND EXISTS (SELECT FROM usage_days WHERE instance_id = $1))
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = instance });
        command.Parameters.Add(new() { Value = (object?)owner ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Whether there is such a user.</summary>
    public async Task<bool> IsUserAsync(Guid user, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "SELECT EXISTS (SELECT FROM users WHERE id = $1) OR EXISTS (SELECT FROM instance_owners WHERE user_id = $1)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<IReadOnlyList<UsageLine>> ReadAsync(
        string condition, Guid id, Guid? owner, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            SELECT DISTINCT ON (d.instance_id, d.day) {Columns} FROM usage_days d
            WHERE {condition} AND d.day >= $2 AND d.day < $3 ORDER BY d.instance_id, d.day, d.revision DESC
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = to });
        command.Parameters.Add(new() { Value = (object?)owner ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        var lines = new List<UsageLine>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            lines.Add(new(
                reader.GetGuid(0), reader.GetFieldValue<DateOnly>(1), UsageDay.QuantitiesAt(reader, 2), reader.GetInt32(9), reader.GetInt32(10),
                reader.GetInt64(11), reader.GetInt32(12), reader.GetFieldValue<DateTimeOffset>(13), reader.GetString(14),
                reader.IsDBNull(15) ? null : reader.GetGuid(15)));
        return lines;
    }
}
