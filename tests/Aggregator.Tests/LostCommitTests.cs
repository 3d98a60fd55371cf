using LaunchStack.Aggregator.Alerts.Notifications;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Metering;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Tests;

/// <summary>What administrators write, where the database has done it and its answer is lost: the write is repeated, and says and leaves the same.</summary>
public sealed class LostCommitTests(SharedTimescale shared) : IClassFixture<SharedTimescale>, IAsyncLifetime
{
    private TestTimescale _database = null!;
    private Cable _cable = null!;
    private NpgsqlDataSource _source = null!;
    private DatabaseExecutor _executor = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await shared.ResetAsync();
        var settings = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        _cable = new(settings.Port);
        (settings.Host, settings.Port) = ("127.0.0.1", _cable.Port);
        _source = NpgsqlDataSource.Create(settings.ConnectionString);
        _executor = new(_source, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _cable.Dispose();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task A_rate_card_is_added_once()
    {
        var cards = new RateCardStore(_source, _executor);
        var items = new[] { new RateItem(ChargedMeasure.Memory, "GB-hour", 0.05m, 1) };
        _cable.CutBefore("COMMIT");
        Assert.Equal(1, (await cards.AddAsync(new(2026, 1, 1), "EUR", 2, items, Token))!.Version);
        Assert.Equal(2, (await cards.AddAsync(new(2026, 2, 1), "EUR", 2, items, Token))!.Version);
        Assert.Equal(3, (await cards.AddAsync(new(2026, 1, 1), "EUR", 2, items, Token))!.Version);
        Assert.Equal(3, (await cards.AllAsync(Token)).Count);
    }

    [Fact]
    public async Task A_rule_is_made_and_deleted_once()
    {
        var rules = new AlertRuleStore(_executor);
        var definition = new AlertDefinition(
            "lost", AlertMeasure.CpuPercentage, AlertAggregate.Average, TimeSpan.FromMinutes(5), 90, TimeSpan.FromMinutes(5), 80, TimeSpan.FromMinutes(5),
            AlertSeverity.Warning, null, null, true);
        _cable.CutBefore("COMMIT");
        var id = await rules.CreateAsync(definition, null, Token);
        Assert.Single(await rules.ListAsync(Viewer.Everybody, Token), rule => rule.Name == "lost");
        await GoesOnceAsync(() => rules.DeleteAsync(id, Token));
    }

    [Fact]
    public async Task A_route_that_is_deleted_was_there()
    {
        var routes = new NotificationRouteStore(_executor);
        var id = Guid.NewGuid();
        await routes.SaveAsync(new(id, "lost", RouteKind.Webhook, [AlertSeverity.Warning], null, "https://example.org", [1], true), Token);
        await GoesOnceAsync(() => routes.DeleteAsync(id, Token));
    }

    [Fact]
    public async Task A_budget_that_is_taken_away_was_there()
    {
        var budgets = new BudgetStore(_source, _executor);
        var user = Guid.NewGuid();
        await _source.ExecuteAsync("INSERT INTO users (id, email) VALUES ($1, 'lost@example.org')", Token, user);
        Assert.True(await budgets.SetAsync(user, 5, Token));
        await GoesOnceAsync(() => budgets.RemoveAsync(user, Token));
    }

    [Fact]
    public async Task A_key_is_made_once()
    {
        var keys = new KeyStore(_executor);
        _cable.CutBefore("INSERT");
        var (_, made) = await keys.MakeAsync(new("lost", [Scopes.Read], null, null, null, null, null, null, null), Token);
        Assert.Equal(made.Id, Assert.Single(await keys.ListAsync(Token), key => key.Name == "lost").Id);
    }

    private async Task GoesOnceAsync(Func<Task<bool>> remove)
    {
        _cable.CutBefore("COMMIT");
        Assert.True(await remove());
        Assert.False(await remove());
    }
}
