using System.Security.Cryptography;
using System.Text;
using LaunchStack.Aggregator.Alerts.Notifications;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Tests.Alerts.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace LaunchStack.Aggregator.Tests.Alerts;

/// <summary>From a transition to the receiver, over a real database and HTTP.</summary>
public sealed class NotificationTests(AlertDatabase database) : IClassFixture<AlertDatabase>, IAsyncLifetime
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly AlertDatabase _alerts = database;
    private NotificationQueue _queue = null!;
    private NotificationRouteStore _routes = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _alerts.ResetAsync();
        _alerts.Options.GroupFor = TimeSpan.Zero;
        _alerts.Options.FirstRetry = TimeSpan.FromMilliseconds(10);
        _queue = new(_alerts.Source, _alerts.Options);
        _routes = new(_alerts.Executor);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_receiver_that_fails_half_of_the_time_is_told_everything_under_the_same_id_and_signature()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Status = n => n % 2 == 1 ? 204 : new[] { 500, 302, 429, 503 }[n / 2 % 4];
        _alerts.Options.MaxAttempts = 50;
        await RouteAsync(RouteKind.Webhook, receiver.Url);
        await RaiseAsync(4);
        using var webhooks = new WebhookSender(_alerts.Options, TimeProvider.System);
        var service = Service(webhooks);

        // Two senders at once, as two aggregators.
        await Wait.UntilAsync(async () =>
        {
            await Task.WhenAll(service.SendDueAsync(Token), Service(webhooks).SendDueAsync(Token));
            return await _alerts.ScalarAsync<long>("SELECT count(*) FROM notifications WHERE state <> 'sent'") == 0;
        }, "everything is sent");

        var taken = receiver.Requests.Where(r => r.Status == 204).ToList();
        var told = taken.SelectMany(r => r.Message.Data.Alerts).Select(a => (a.Event, a.InstanceId)).ToList();
        foreach (var n in Enumerable.Range(1, 4))
            Assert.Equal([("raised", (Guid?)Id(n)), ("resolved", Id(n))], told.Where(t => t.InstanceId == Id(n)).Order());
        Assert.Equal(taken.Count, taken.Select(r => r.Id).Distinct().Count());
        Assert.True(receiver.Requests.Count > taken.Count, "no attempt failed");
        foreach (var attempts in receiver.Requests.GroupBy(r => r.Id))
            Assert.Single(attempts.Select(r => r.Body).Distinct());
        foreach (var request in receiver.Requests)
        {
            var signed = HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes($"{request.Id}.{request.Timestamp}.{request.Body}"));
            Assert.Equal($"v1,{Convert.ToBase64String(signed)}", request.Signature);
        }
    }

    [Fact]
    public async Task After_the_last_attempt_it_has_failed_visibly_without_the_secret_parts_and_can_be_sent_again()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Status = _ => 500;
        _alerts.Options.MaxAttempts = 3;
        await RouteAsync(RouteKind.Webhook, receiver.Url);
        await RaiseAsync(1, cleared: false);
        using var webhooks = new WebhookSender(_alerts.Options, TimeProvider.System);
        var service = Service(webhooks);
        async Task<bool> IsAsync(string state)
        {
            await service.SendDueAsync(Token);
            return await _alerts.ScalarAsync<long>($"SELECT count(*) FROM notifications n JOIN notification_routes r ON r.id = route_id WHERE kind = 'webhook' AND state = '{state}'") == 1;
        }
        await Wait.UntilAsync(() => IsAsync("failed"), "it has failed");

        var failed = Assert.Single(await _routes.NotificationsAsync("failed", null, new(null, null, 10, null), Token));
        Assert.Equal((3, 1L), (failed.Attempts, failed.Alerts));
        Assert.Contains("status 500", failed.LastError);
        Assert.DoesNotContain("a-path-that-is-secret", failed.LastError);
        Assert.Equal(3, receiver.Requests.Count);

        receiver.Status = _ => 200;
        Assert.True(await _routes.RetryAsync(failed.Id, Token));
        await Wait.UntilAsync(() => IsAsync("sent"), "it is sent");
        Assert.Single(receiver.Requests.Select(r => r.Id).Distinct());
    }

    [Fact]
    public async Task Alerts_of_some_seconds_share_a_notification_and_what_stays_is_repeated()
    {
        _alerts.Options.GroupFor = TimeSpan.FromMinutes(1);
        await RaiseAsync(3, cleared: false);
        Assert.Equal(
            (1L, 3L), (await _alerts.ScalarAsync<long>("SELECT count(*) FROM notifications"), await _alerts.ScalarAsync<long>("SELECT count(*) FROM notification_alerts")));
        Assert.Empty(await _queue.ClaimAsync(Token));

        // Four hours later.
        await _alerts.ExecuteAsync(
            "UPDATE notification_alerts SET created_at = created_at - interval '4 hours'; UPDATE notifications SET state = 'sent'");
        await _alerts.EvaluateAsync(1, Token);
        Assert.Equal(3L, await _alerts.ScalarAsync<long>("SELECT count(*) FROM notification_alerts WHERE kind = 'repeated'"));
        await _alerts.EvaluateAsync(1, Token);
        Assert.Equal(3L, await _alerts.ScalarAsync<long>("SELECT count(*) FROM notification_alerts WHERE kind = 'repeated'"));
    }

    [Fact]
    public async Task Routes_choose_by_severity_and_user_and_a_muted_rule_waits()
    {
        var (mine, others) = (Guid.NewGuid(), Guid.NewGuid());
        await _alerts.ExecuteAsync($"INSERT INTO users (id) VALUES ('{mine}'), ('{others}')");
        var right = await RouteAsync(RouteKind.Webhook, "http://127.0.0.1:1/", mine);
        await RouteAsync(RouteKind.Webhook, "http://127.0.0.1:1/", others);
        await RouteAsync(RouteKind.Webhook, "http://127.0.0.1:1/", mine, AlertSeverity.Info);
        var rule = await RaiseAsync(1, cleared: false, owner: mine, mutedUntil: TimeProvider.System.GetUtcNow().AddHours(1));
        Assert.Equal(0L, await _alerts.ScalarAsync<long>("SELECT count(*) FROM notification_alerts"));
        Assert.Equal(1L, await _alerts.ScalarAsync<long>("SELECT count(*) FROM alerts"));

        Assert.True(await _alerts.Rules.MuteAsync(rule, null, Token));
        await _alerts.EvaluateAsync(1, Token);
        Assert.Equal(1L, await _alerts.ScalarAsync<long>($"SELECT count(*) FROM notification_alerts WHERE route_id = '{right}'"));
        // And the log.
        Assert.Equal(2L, await _alerts.ScalarAsync<long>("SELECT count(*) FROM notification_alerts"));
    }

    private NotificationService Service(WebhookSender webhooks) => new(
        null!, _alerts.Executor, _queue, new([webhooks, new LogSender(NullLogger<LogSender>.Instance)]), TimeProvider.System, NullLogger<NotificationService>.Instance);

    private async Task<Guid> RouteAsync(RouteKind kind, string target, Guid? user = null, params AlertSeverity[] severities)
    {
        var id = Guid.NewGuid();
        await _routes.SaveAsync(new(id, "route", kind, severities.Length > 0 ? severities : Enum.GetValues<AlertSeverity>(), user, target, Secret, true), Token);
        return id;
    }

    // One alert an instance, raised at the first tick and, unless told otherwise, cleared later.
    private async Task<Guid> RaiseAsync(int instances, bool cleared = true, Guid? owner = null, DateTimeOffset? mutedUntil = null)
    {
        var rule = await _alerts.AddRuleAsync(
            new("cpu", AlertMeasure.CpuPercentage, AlertAggregate.Average, TimeSpan.FromSeconds(30), 90, TimeSpan.Zero, 80, TimeSpan.Zero, AlertSeverity.Warning, null, null, true), Token);
        await _alerts.Rules.MuteAsync(rule.Id, mutedUntil, Token);
        for (var n = 1; n <= instances; n++)
        {
            await _alerts.AddInstanceAsync(Id(n), owner);
            await _alerts.AddSteadyAsync(Id(n), -60, 60, 99);
            await _alerts.AddSteadyAsync(Id(n), 60, 300, cleared ? 10 : 99);
        }
        await _alerts.EvaluateAsync(2, Token);
        await _alerts.EvaluateAsync(6, Token);
        return rule.Id;
    }

    private static Guid Id(int n) => new(n, 0, 0, [0, 0, 0, 0, 0, 0, 0, (byte)n]);
}
