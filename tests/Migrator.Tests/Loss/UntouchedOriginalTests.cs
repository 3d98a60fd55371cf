using LaunchStack.Migrator.Session;
using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Loss;

public sealed class UntouchedOriginalTests
{
    /// <summary>Every table with its rows, where they lie and which transactions wrote or locked them.</summary>
    private const string Fingerprint =
        """
        SELECT string_agg(c.relname || ':' || c.relfilenode || ':' || (xpath('/row/m/text()', query_to_xml(format(
          'SELECT md5(coalesce(string_agg(concat_ws(''|'', ctid, xmin, xmax, t::text), '','' ORDER BY ctid), '''')) AS m FROM %s t', c.oid::regclass), true, true, '')))[1]::text,
          E'\n' ORDER BY c.relname)
        FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        """;

    /// <summary>The third window does not come in.</summary>
    private const string FailHalfWay =
        """
        CREATE FUNCTION fail_half_way() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (SELECT count(*) FROM migration_windows WHERE done) = 2 THEN RAISE 'disk full, say' USING DETAIL = 'no room', HINT = 'Make some.'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER fail_half_way BEFORE UPDATE ON migration_windows FOR EACH ROW EXECUTE FUNCTION fail_half_way();
        """;

    [Fact]
    public async Task After_the_way_back_the_migrator_lets_the_services_start_on_the_original_and_changes_nothing()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        var before = await original.DataSource.ScalarAsync<string>(Fingerprint);
        var (exitCode, error) = await KilledMigrator.RunToEndAsync("", original.ConnectionString);
        Assert.Equal((ExitCode.Done, before), (exitCode, await original.DataSource.ScalarAsync<string>(Fingerprint)));
        Assert.Contains("as after a rollback", error, StringComparison.Ordinal);

        // Both at once is a mistake.
        Assert.Equal(ExitCode.Failed, (await KilledMigrator.RunToEndAsync(original.ConnectionString, original.ConnectionString)).ExitCode);
        Assert.Equal(before, await original.DataSource.ScalarAsync<string>(Fingerprint));
    }

    [Fact]
    public async Task Whatever_becomes_of_the_move_the_original_stays_as_it_was_and_the_message_says_how_to_go_on()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        var before = await original.DataSource.ScalarAsync<string>(Fingerprint);

        Assert.Equal(ExitCode.Done, (await RunAsync("plan")).ExitCode);
        await target.DataSource.RunAsync(FailHalfWay);
        var failed = await RunAsync("copy");
        Assert.Equal(ExitCode.Failed, failed.ExitCode);
        foreach (var part in new[] { "P0001: disk full, say", "Detail: no room", "Hint: Make some." })
            Assert.Contains(part, failed.Error, StringComparison.Ordinal);
        Assert.Contains("Run the migrator again", failed.Error, StringComparison.Ordinal);
        Assert.Equal(2L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_windows WHERE done"));

        await target.DataSource.RunAsync("DROP TRIGGER fail_half_way ON migration_windows");
        Assert.Equal(ExitCode.Done, (await RunAsync("copy")).ExitCode);
        var refused = await RunAsync("cutover");
        Assert.Equal(ExitCode.Refused, refused.ExitCode);
        Assert.Contains("Run verify, then cutover again", refused.Error, StringComparison.Ordinal);

        await original.DataSource.RunAsync("UPDATE resource_usages SET network_in = 1 WHERE cpu_usage = 100");
        before = await original.DataSource.ScalarAsync<string>(Fingerprint);
        Assert.Equal(ExitCode.Done, (await RunAsync("catch-up")).ExitCode);
        Assert.Equal(ExitCode.Done, (await RunAsync("verify")).ExitCode);

        async Task<(int ExitCode, string Error)> RunAsync(string verb)
        {
            var ended = await KilledMigrator.RunToEndAsync(original, target, verb);
            Assert.Equal(before, await original.DataSource.ScalarAsync<string>(Fingerprint));
            return ended;
        }
    }
}
