using LaunchStack.Aggregator.Metering;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Tests.Metering.Days;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Tests.Metering;

/// <summary>Metering over a database, without the service around it.</summary>
internal sealed class MeteringDatabase
{
    private MeteringDatabase(TestTimescale database)
    {
        Database = database;
        Reader = new(Source);
        Cards = new(Source, new(Source, TimeProvider.System));
        Lines = new(Source);
        Passes = Runner();
        Statements = new(Source, new(Source));
        Verifier = new(Source, Statements, Cards, Reader, TimeProvider.System);
    }

    /// <summary>Empty, with the jobs of a server of its own off: they would drop samples as old as the tests'.</summary>
    public static async Task<MeteringDatabase> ResetAsync(SharedTimescale shared)
    {
        var database = await shared.ResetAsync();
        await database.DataSource.PauseJobsAsync();
        return new(database);
    }

    public TestTimescale Database { get; }

    public NpgsqlDataSource Source => Database.DataSource;

    public MeteringReader Reader { get; }

    public MeteringPasses Passes { get; }

    public RateCardStore Cards { get; }

    public UsageLines Lines { get; }

    public StatementStore Statements { get; }

    public StatementVerifier Verifier { get; }

    /// <summary>Another Aggregator over the same database.</summary>
    public MeteringPasses Runner(NpgsqlDataSource? source = null, TimeProvider? time = null)
    {
        var over = source ?? Source;
        var (claim, executor) = (new MeteringClaim(over), new DatabaseExecutor(over, TimeProvider.System));
        return new(
            over, claim, new(over), new(over, claim), new(over, claim), new(over, executor), new(over, executor), new(), time ?? TimeProvider.System,
            NullLogger<MeteringPasses>.Instance);
    }

    /// <summary>A pass over everything that has been received so far.</summary>
    public async Task<MeteringPass> MeterAsync(DateTime? upTo = null, MeteringPasses? passes = null)
    {
        await SettleAsync();
        var pass = await (passes ?? Passes).RunAsync(upTo, TestContext.Current.CancellationToken);
        Assert.NotNull(pass);
        return pass;
    }

    /// <summary>Waits until a cutoff shows all that has been written: seconds for what is received now, no time for what was received long ago.</summary>
    public Task SettleAsync() => Wait.UntilAsync(
        () => Source.ScalarAsync<bool>(
            """
            SELECT coalesce(usage_cutoff(), '-infinity') > coalesce(greatest(
              (SELECT max(received_at) FROM resource_usage), (SELECT max(superseded_at) FROM resource_usage_revisions), (SELECT max(visible_at) FROM usage_changes)), '-infinity')
            """),
        "what was written is shown");

    /// <summary>Writes samples as if they had been received at a moment; duplicates are left alone, as at ingest.</summary>
    public async Task InsertAsync(IEnumerable<(Guid Instance, SampleRow Row)> samples, DateTime? receivedAt = null)
    {
        var rows = samples.OrderBy(s => s.Instance).ThenBy(s => s.Row.Time).ToList();
        await using var command = Source.CreateCommand(
            """
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, disk_usage, network_in, network_out, received_at)
            SELECT u.*, coalesce($8, now()) FROM unnest($1, $2, $3, $4, $5, $6, $7) u ON CONFLICT DO NOTHING
            """);
        Add(r => r.Instance, NpgsqlDbType.Uuid);
        Add(r => DateTime.UnixEpoch.AddMicroseconds(r.Row.Time), NpgsqlDbType.TimestampTz);
        Add(r => r.Row.Cpu, NpgsqlDbType.Double);
        Add(r => r.Row.Memory, NpgsqlDbType.Bigint);
        Add(r => r.Row.Disk, NpgsqlDbType.Bigint);
        Add(r => r.Row.NetworkIn, NpgsqlDbType.Bigint);
        Add(r => r.Row.NetworkOut, NpgsqlDbType.Bigint);
        command.Parameters.Add(new() { Value = (object?)receivedAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        // Changes are noted at the real time; here they are to be seen by an earlier cutoff.
        if (receivedAt is { } moment)
            await Source.RunAsync($"UPDATE usage_changes SET visible_at = '{moment:O}' WHERE visible_at > now() - interval '1 minute'");

        void Add<T>(Func<(Guid Instance, SampleRow Row), T> value, NpgsqlDbType type) =>
            command.Parameters.Add(new() { Value = rows.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    /// <summary>A user with instances.</summary>
    public async Task<Guid> UserAsync(params Guid[] instances)
    {
        var user = Guid.NewGuid();
        await Source.RunAsync($"INSERT INTO users (id) VALUES ('{user}')");
        foreach (var instance in instances)
            await Source.RunAsync($"INSERT INTO instances (id, name, user_id) VALUES ('{instance}', 'i-{instance:N}', '{user}')");
        return user;
    }

    /// <summary>A rate card for all months.</summary>
    public async Task<RateCard> CardAsync(params RateItem[] items) =>
        (await Cards.AddAsync(new(2020, 1, 1), "EUR", 2, items.Length > 0 ? items : [new(ChargedMeasure.Memory, "GB-hour", 0.05m, 1), new(ChargedMeasure.NetworkIn, "GB", 0.1m)],
            TestContext.Current.CancellationToken))!;
}
