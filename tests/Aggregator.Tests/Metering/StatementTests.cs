using LaunchStack.Aggregator.Metering;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Metering.Statements;
using LaunchStack.Aggregator.Tests.Metering.Days;
using LaunchStack.Aggregator.Tests.Support;

namespace LaunchStack.Aggregator.Tests.Metering;

/// <summary>Statements in a real database, as the months go by.</summary>
public sealed class StatementTests(SharedTimescale shared) : IClassFixture<SharedTimescale>, IAsyncLifetime
{
    private static readonly DateOnly A = UtcDay.Of(TimeProvider.System.GetUtcNow()).MonthStart().AddMonths(-4);
    private static readonly DateOnly B = A.AddMonths(1);
    private static readonly DateOnly C = A.AddMonths(2);
    private readonly Guid _instance = Guid.NewGuid();
    private MeteringDatabase _metering = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringDatabase.ResetAsync(shared);

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task What_comes_after_freezing_is_adjusted_by_its_own_day_and_adjusted_again()
    {
        await _metering.CardAsync();
        var user = await _metering.UserAsync(_instance);
        await InsertAsync(A.AddDays(2), 0, 200, Closing(A).AddDays(-20));
        await InsertAsync(B.AddDays(2), 0, 100, Closing(B).AddDays(-20));
        await InsertAsync(C.AddDays(2), 0, 100, Closing(C).AddDays(-20));
        Assert.Equal(1, (await _metering.MeterAsync(Closing(A))).Statements);
        var frozen = Assert.Single(await _metering.Statements.ListAsync(user, null, null, 10, Token));

        // Late for A: more samples of its day, once before B closes and once more before C does.
        await InsertAsync(A.AddDays(2), 200, 300, Closing(A).AddDays(5));
        Assert.Equal(0, (await _metering.MeterAsync(Closing(A).AddDays(6))).Statements);
        Assert.Equal(1, (await _metering.MeterAsync(Closing(B))).Statements);
        await InsertAsync(A.AddDays(2), 500, 300, Closing(B).AddDays(5));
        await InsertAsync(B.AddDays(3), 0, 50, Closing(B).AddDays(5));
        Assert.Equal(1, (await _metering.MeterAsync(Closing(C))).Statements);

        var statements = (await _metering.Statements.ListAsync(user, null, null, 10, Token)).OrderBy(s => s.Month).ToList();
        Assert.Equal([A, B, C], statements.Select(s => s.Month));
        Assert.Equal(frozen, statements[0]);
        var all = await Task.WhenAll(statements.Select(s => _metering.Statements.LinesAsync(s.Id, Token)));
        Assert.Empty(all[0].Adjustments);
        Assert.Equal([A.AddDays(2)], all[1].Adjustments.Select(a => a.Day).Distinct());
        Assert.Equal([A.AddDays(2), B.AddDays(3)], all[2].Adjustments.Select(a => a.Day).Distinct());

        // Everything billed comes to what the final lines cost.
        var cards = await _metering.Cards.AllAsync(Token);
        foreach (var month in new[] { A, B, C })
        {
            var lines = await _metering.Lines.OfUserAsync(user, month, month.AddMonths(1), Token);
            var due = Charges.Price(cards[0], new Dictionary<Guid, Quantities> { [_instance] = lines.Aggregate(default(Quantities), (sum, l) => sum + l.Quantities) }).Sum(l => l.Amount);
            Assert.True(due > 0);
            Assert.Equal(due, all[statements.FindIndex(s => s.Month == month)].Lines.Sum(l => l.Amount)
                + all.SelectMany(s => s.Adjustments).Where(a => a.Day.MonthStart() == month).Sum(a => a.Amount));
        }
        foreach (var statement in statements)
            Assert.Equal([], (await ProveAsync(statement.Id)).Differences);
        Assert.Equal(3, await CountAsync("outbox WHERE message_type = 'StatementFrozen'"));
    }

    [Fact]
    public async Task A_month_is_frozen_once_by_however_many_runners_and_not_before_its_grace_is_over()
    {
        await _metering.CardAsync();
        await _metering.UserAsync(_instance);
        await InsertAsync(A, 0, 20, Closing(A).AddDays(-20));
        Assert.Equal(0, (await _metering.MeterAsync(Closing(A).AddHours(-2))).Statements);
        await _metering.SettleAsync();
        var runners = Enumerable.Range(0, 4).Select(_ => _metering.Runner()).ToList();
        for (var round = 0; round < 3; round++)
            await Task.WhenAll(runners.Select(runner => runner.RunAsync(null, Token)));
        Assert.Equal((1, 1), (await CountAsync("statements"), await CountAsync("outbox WHERE message_type = 'StatementFrozen'")));
    }

    [Fact]
    public async Task Without_a_rate_card_a_month_waits_and_a_card_for_a_closed_month_is_refused()
    {
        await _metering.UserAsync(_instance);
        await InsertAsync(A, 0, 20, Closing(A).AddDays(-20));
        await InsertAsync(B, 0, 20, Closing(B).AddDays(-20));
        Assert.Equal(0, (await _metering.MeterAsync()).Statements);
        var items = new[] { new RateItem(ChargedMeasure.Memory, "GB-hour", 1) };
        Assert.NotNull(await _metering.Cards.AddAsync(B, "EUR", 2, items, Token));
        // The month after it would charge its lines under a card that was not valid then.
        Assert.Equal(0, (await _metering.MeterAsync()).Statements);
        Assert.Equal(2, (await _metering.Cards.AddAsync(A, "EUR", 2, items, Token))!.Version);
        Assert.Equal(2, (await _metering.MeterAsync()).Statements);
        Assert.Null(await _metering.Cards.AddAsync(B, "EUR", 2, items, Token));
        Assert.NotNull(await _metering.Cards.AddAsync(C, "EUR", 2, items, Token));
    }

    [Fact]
    public async Task A_day_belongs_to_whom_the_instance_had_at_its_end_and_nobodys_days_to_nobody()
    {
        await _metering.CardAsync();
        var (first, second, nobodys) = (await _metering.UserAsync(_instance), await _metering.UserAsync(), Guid.NewGuid());
        await _metering.Source.RunAsync($"UPDATE instances SET user_id = '{second}' WHERE id = '{_instance}'");
        await _metering.Source.RunAsync($"UPDATE instance_owners SET owned_from = '{A.AddDays(2):yyyy-MM-dd} 13:00Z' WHERE user_id = '{second}'");
        foreach (var day in Enumerable.Range(0, 4))
            await InsertAsync(A.AddDays(day), 0, 60, Closing(A).AddDays(-20));
        await _metering.InsertAsync(MeteringTests.Every(nobodys, A, 10, 60), Closing(A).AddDays(-20));
        Assert.Equal(2, (await _metering.MeterAsync()).Statements);

        Assert.Equal([A, A.AddDays(1)], (await _metering.Lines.OfUserAsync(first, A, B, Token)).Select(l => l.Day));
        Assert.Equal([A.AddDays(2), A.AddDays(3)], (await _metering.Lines.OfUserAsync(second, A, B, Token)).Select(l => l.Day));
        Assert.Equal([A, A.AddDays(1)], (await _metering.Lines.OfInstanceAsync(_instance, first, A, B, Token)).Select(l => l.Day));
        Assert.Null(Assert.Single(await _metering.Lines.OfInstanceAsync(nobodys, null, A, B, Token)).StatementId);

        // Its first owner also had what was before; those months go into the owner's next statement.
        await _metering.Source.RunAsync($"INSERT INTO instances (id, name, user_id) VALUES ('{nobodys}', 'found', '{second}')");
        await _metering.Source.RunAsync($"DELETE FROM instances WHERE id = '{_instance}'");
        Assert.Equal(1, (await _metering.MeterAsync()).Statements);
        var statements = await _metering.Statements.ListAsync(second, null, null, 10, Token);
        Assert.Equal(2, statements.Count);
        Assert.Contains((await _metering.Statements.LinesAsync(statements[0].Id, Token)).Adjustments, a => a.InstanceId == nobodys && a.Day == A);
    }

    [Fact]
    public async Task Who_was_made_owner_last_has_the_instance_whenever_his_transaction_began()
    {
        await _metering.UserAsync(_instance);
        var (early, late) = (await _metering.UserAsync(), await _metering.UserAsync());
        await _metering.Source.RunAsync($"UPDATE instances SET user_id = '{late}' WHERE id = '{_instance}'");
        // As one that was committed while this one was open.
        await _metering.Source.RunAsync($"UPDATE instance_owners SET owned_from = now() + interval '1 second' WHERE user_id = '{late}'");
        await _metering.Source.RunAsync($"UPDATE instances SET user_id = '{early}' WHERE id = '{_instance}'");
        Assert.Equal(early, await _metering.Source.ScalarAsync<Guid>($"SELECT instance_owner_on('{_instance}', (now() AT TIME ZONE 'UTC')::date + 1)"));
    }

    [Fact]
    public async Task A_statement_is_proved_from_raw_samples_and_whatever_was_changed_is_named()
    {
        await _metering.CardAsync();
        await _metering.UserAsync(_instance);
        foreach (var day in Enumerable.Range(0, 4))
            await InsertAsync(A.AddDays(day), 0, 50, Closing(A).AddDays(-20));
        Assert.Equal((4, 1), await _metering.MeterAsync(Closing(A)) is var pass ? (pass.Lines, pass.Statements) : default);
        var id = Assert.Single(await _metering.Statements.ListAsync(null, A, null, 10, Token)).Id;
        var proof = await ProveAsync(id);
        Assert.Equal((true, 4, 0, proof.Digest), (proof.Verified, proof.DaysFromRaw, proof.DaysFromLines, proof.ComputedDigest));

        // A change that goes the usual way is a later version; one that goes behind it is found.
        await _metering.Source.RunAsync($"UPDATE resource_usage SET memory_usage = 77 WHERE \"timestamp\" = '{A.AddDays(1):yyyy-MM-dd} 00:01Z'");
        Assert.True((await ProveAsync(id)).Verified);
        await _metering.Source.RunAsync("UPDATE resource_usage_revisions SET memory_usage = 78");
        Assert.Equal([(_instance, A.AddDays(1))], await DifferencesAsync());
        await _metering.Source.RunAsync("UPDATE resource_usage_revisions SET memory_usage = 1099511627776");
        Assert.True((await ProveAsync(id)).Verified);

        await _metering.Source.RunAsync($"UPDATE usage_days SET memory_byte_ms = memory_byte_ms + 1 WHERE day = '{A.AddDays(2):yyyy-MM-dd}'");
        Assert.Equal((_instance, A.AddDays(2)), (await DifferencesAsync())[0]);
        await _metering.Source.RunAsync($"UPDATE usage_days SET memory_byte_ms = memory_byte_ms - 1 WHERE day = '{A.AddDays(2):yyyy-MM-dd}'");
        await _metering.Source.RunAsync("UPDATE statement_lines SET amount = amount + 0.01 WHERE measure = 'memory'");
        Assert.Contains((_instance, default), await DifferencesAsync());
        await _metering.Source.RunAsync("UPDATE statement_lines SET amount = amount - 0.01 WHERE measure = 'memory'");
        Assert.True((await ProveAsync(id)).Verified);

        // A day that a verification reads is compressed as a rule.
        await _metering.Source.RunAsync("SELECT compress_chunk(c) FROM show_chunks('resource_usage') c");
        Assert.True((await ProveAsync(id)).Verified);

        // Beyond retention the lines speak for themselves.
        await _metering.Source.RunAsync($"SELECT drop_chunks('resource_usage', older_than => '{A.AddDays(3):yyyy-MM-dd}Z'::timestamptz)");
        await _metering.Source.RunAsync($"INSERT INTO retention_progress VALUES ('resource_usage', '{A.AddDays(3):yyyy-MM-dd}Z')");
        proof = await ProveAsync(id);
        Assert.Equal((true, 1, 3), (proof.Verified, proof.DaysFromRaw, proof.DaysFromLines));
        await _metering.Source.RunAsync($"UPDATE usage_days SET network_in_bytes = 0 WHERE day = '{A.AddDays(1):yyyy-MM-dd}'");
        Assert.Equal((_instance, A.AddDays(1)), (await DifferencesAsync())[0]);

        async Task<List<(Guid?, DateOnly)>> DifferencesAsync()
        {
            var proof = await ProveAsync(id);
            Assert.False(proof.Verified);
            return [.. proof.Differences.Select(d => (d.InstanceId, d.Day ?? default))];
        }
    }

    [Fact]
    public async Task A_pass_broken_off_at_any_statement_is_taken_up_by_the_next()
    {
        await _metering.CardAsync();
        await _metering.UserAsync(_instance);
        var late = MeteringTests.Every(_instance, A.AddDays(1), 7, 40).ToList();
        foreach (var day in Enumerable.Range(0, 3))
            await _metering.InsertAsync(MeteringTests.Every(_instance, A.AddDays(day), 10, 50), Closing(A).AddDays(-20));
        await _metering.InsertAsync(late, Closing(A).AddDays(-19));
        await _metering.SettleAsync();

        var (at, broken) = (0, 0);
        for (var done = false; !done; at++)
        {
            await using var failing = new FailingDatabase(_metering.Database.ConnectionString, at);
            done = await failing.RunAsync(source => _metering.Runner(source: source).RunAsync(null, Token));
            broken += done ? 0 : 1;
            await _metering.Source.RunAsync("UPDATE metering_state SET claimed_until = '-infinity'");
        }
        Assert.True(broken > 10, $"only {broken} passes were broken off");
        Assert.Equal((1, 1, 0), (await CountAsync("statements"), await CountAsync("outbox WHERE message_type = 'StatementFrozen'"), await CountAsync("usage_changes")));
        var model = MeterModel.Of(Enumerable.Range(0, 3).SelectMany(day => MeteringTests.Every(_instance, A.AddDays(day), 10, 50)).Concat(late)
            .DistinctBy(s => s.Row.Time).Select(s => s.Row.Sample));
        Assert.Equal(model.Values.Select(day => day.Quantities), (await _metering.Lines.OfInstanceAsync(_instance, null, A, B, Token)).Select(l => l.Quantities));
        Assert.True((await ProveAsync((await _metering.Statements.ListAsync(null, null, null, 1, Token))[0].Id)).Verified);
    }

    [Fact]
    public async Task A_budget_is_told_once_at_each_part_and_stops_nothing()
    {
        var month = UtcDay.Of(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1)).MonthStart();
        var user = await _metering.UserAsync(_instance);
        await _metering.CardAsync(new RateItem(ChargedMeasure.NetworkIn, "GB", 1));
        var budgets = new BudgetStore(_metering.Source, new(_metering.Source, TimeProvider.System));
        Assert.True(await budgets.SetAsync(user, 100, Token));
        Assert.False(await budgets.SetAsync(Guid.NewGuid(), 100, Token));
        var (claim, cards) = (new MeteringClaim(_metering.Source), await _metering.Cards.AllAsync(Token));
        Assert.True(await claim.TakeAsync(Token));
        foreach (var (bytes, parts) in new[] { (74_994_000_000, ""), (76_000_000_000, "75"), (89_000_000_000, "75"), (100_000_000_000, "75,90,100"), (500_000_000_000, "75,90,100") })
        {
            await _metering.Source.RunAsync(
                $"""
                INSERT INTO usage_days VALUES ('{_instance}', '{month:yyyy-MM-dd}', 1, 0, 0, 0, {bytes}, 0, 0, 86400000, 1, 0, 30000, '', '', '', '', now())
                ON CONFLICT (instance_id, day, revision) DO UPDATE SET network_in_bytes = excluded.network_in_bytes
                """);
            await budgets.RaiseAsync(month, cards, claim, TimeProvider.System, Token);
            await budgets.RaiseAsync(month, cards, claim, TimeProvider.System, Token);
            Assert.Equal(parts, string.Join(',', (await budgets.AlertsAsync(user, Token)).Select(a => a.Percent).Order()));
        }
        Assert.Equal(3, await CountAsync("outbox WHERE message_type = 'BudgetReached'"));
    }

    /// <summary>An hour after a month's grace is over.</summary>
    private static DateTime Closing(DateOnly month) => month.AddMonths(1).Start().AddHours(3);

    private Task InsertAsync(DateOnly day, int skip, int count, DateTime receivedAt) =>
        _metering.InsertAsync(MeteringTests.Every(_instance, day, 10, skip + count).Skip(skip)
            .Select(s => (s.Instance, s.Row with { Memory = 1L << 40, NetworkIn = s.Row.NetworkIn * 1_000_000 })), receivedAt);

    private async Task<StatementProof> ProveAsync(Guid id) => (await _metering.Verifier.VerifyAsync(id, Token))!;

    private Task<long> CountAsync(string what) => _metering.Source.ScalarAsync<long>($"SELECT count(*) FROM {what}");
}
