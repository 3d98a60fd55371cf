using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>Looks at the target without changing it.</summary>
/// <param name="target">A session.</param>
/// <param name="second">Another, which a server that lacks the library ends; null where there is none.</param>
/// <param name="problems">What is wrong is added to it.</param>
internal sealed class TargetInspection(NpgsqlConnection target, NpgsqlConnection? second, List<string> problems)
{
    private const int OldestPostgres = 15;

    public async Task<PlannedTarget> RunAsync(CancellationToken cancellationToken)
    {
        var timescale = await ExtensionAsync(cancellationToken);
        if (target.PostgreSqlVersion.Major < OldestPostgres)
            problems.Add($"The target runs PostgreSQL {target.PostgreSqlVersion}; {OldestPostgres} or later is needed.");
        if (await target.ScalarAsync<string>("SHOW server_encoding", cancellationToken) is not "UTF8" and var encoding)
            problems.Add(
                $"The target's database {target.Database} is in {encoding}, which cannot hold every text. Make one in UTF-8: "
                + $"CREATE DATABASE {OriginalTable.Quote(target.Database ?? "launchstack")} ENCODING 'UTF8' TEMPLATE template0.");
        if (!await target.ScalarAsync<bool>(
            """
            SELECT has_database_privilege(current_database(), 'CREATE') AND has_schema_privilege('public', 'CREATE') AND has_schema_privilege('public', 'USAGE')
            """, cancellationToken))
            problems.Add(
                $"User {target.UserName} may not create tables in the target. Make it the owner of database {target.Database}, or "
                + $"GRANT CREATE ON DATABASE {OriginalTable.Quote(target.Database!)} TO {User}; GRANT USAGE, CREATE ON SCHEMA public TO {User}.");
        if (await TargetOwner.ProblemAsync(target, cancellationToken) is { } foreign)
            problems.Add(foreign);
        if (await TargetSchema.ProblemAsync(target, cancellationToken) is { } elsewhere)
            problems.Add(elsewhere);
        if (await TargetWrites.ReadOnlyProblemAsync(target, cancellationToken) is { } closed)
            problems.Add(closed);
        if (await TargetWrites.PublicationProblemAsync(target, cancellationToken) is { } published)
            problems.Add(published);

        var state = await StateAsync(cancellationToken);
        return new(
            target.PostgreSqlVersion.ToString(), timescale, state, await TargetDisk.FreeBytesAsync(target, cancellationToken),
            await TargetNeeds.LocksAsync(target, cancellationToken));
    }

    private string User => OriginalTable.Quote(target.UserName!);

    private async Task<string?> ExtensionAsync(CancellationToken cancellationToken)
    {
        var installed = await target.ScalarAsync<string>("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", cancellationToken);
        var version = installed
            ?? await target.ScalarAsync<string>("SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'", cancellationToken);
        if (version is null)
            problems.Add("The target's server has no TimescaleDB. Install it there, add it to shared_preload_libraries and restart the server.");
        else if (Version.TryParse(version.Split('-')[0], out var number) && number < SchemaMigration.MinimumTimescale)
            problems.Add(
                $"The target has TimescaleDB {version}; {SchemaMigration.MinimumTimescale} or later is needed. Update it: ALTER EXTENSION timescaledb UPDATE.");
        else if (installed is null && second is not null)
            await TryExtensionAsync(second, cancellationToken);
        else if (installed is not null)
            problems.AddRange(await TimescaleEdition.ProblemsAsync(target, cancellationToken));
        return version;
    }

    /// <summary>Made, looked at and taken back: whether it can be made at all, and which edition it is, shows in no catalog.</summary>
    private async Task TryExtensionAsync(NpgsqlConnection trial, CancellationToken cancellationToken)
    {
        try
        {
            await trial.ExecuteAsync("BEGIN READ WRITE; CREATE EXTENSION timescaledb SCHEMA public", cancellationToken);
            problems.AddRange(await TimescaleEdition.ProblemsAsync(trial, cancellationToken));
            await trial.ExecuteAsync("ROLLBACK", cancellationToken);
        }
        catch (PostgresException error) when (!PostgresErrors.IsLostDatabase(error))
        {
            problems.Add($"TimescaleDB cannot be made in the target: {ErrorText.Describe(error)}");
        }
    }

    private async Task<string> StateAsync(CancellationToken cancellationToken)
    {
        if (await SchemaNames.TakenAsync(target, cancellationToken) is { Count: > 0 } taken)
        {
            problems.Add(
                $"The target holds what this migrator did not make, by names of ours: {string.Join(", ", taken)}. Use an empty database, "
                + $"or move them out of the way (ALTER … SET SCHEMA).");
            return PlannedTarget.Foreign;
        }

        if (await target.ScalarAsync<bool>($"SELECT to_regclass('public.{SchemaRunner.Journal}') IS NULL", cancellationToken))
            return "empty";
        if (await new MigrationLedger(target).FindRunAsync(cancellationToken) is { } run)
        {
            return run.CutoverAt is not null ? "cut over" : run.VerifiedAt is not null ? "verified" : run.CopiedAt is not null ? "copied" : "begun";
        }

        if (await target.ScalarAsync<bool>("SELECT to_regclass('public.resource_usage') IS NOT NULL", cancellationToken)
            && await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM public.resource_usage)", cancellationToken))
            problems.Add("The target's resource_usage holds samples that no move brought. Move into an empty database, before the services start.");
        foreach (var (table, theirs) in new[] { ("payments", "true"), ("instances", "first_seen_at IS NULL AND last_seen_at IS NULL"), ("users", "true") })
        {
            if (await target.ScalarAsync<bool>($"SELECT to_regclass('public.{table}') IS NOT NULL", cancellationToken)
                && await target.ScalarAsync<long>($"SELECT count(*) FROM public.{table} WHERE {theirs}", cancellationToken) is > 0 and var rows)
                problems.Add(
                    $"The target's {table} holds {Counted.Of(rows, "row")} that no move brought: it would delete them. Move into an empty database, or, if they may go, DELETE FROM {table} there.");
        }

        return "ready";
    }
}
