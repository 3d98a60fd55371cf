using LaunchStack.Usage.Background;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.ServiceDefaults.Tests.Background;

public sealed class RecurringServiceTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_nobody_foresaw_ends_neither_the_work_nor_the_host_and_health_says_so()
    {
        var service = new Rounds(_time);
        using var host = Host(service);
        await host.StartAsync(Token);
        service.Next = () => throw new InvalidCastException("secret");
        await UntilAsync(() => service.Failure is InvalidCastException && service.Failed > 2, "rounds fail");

        Assert.Equal(HealthStatus.Degraded, await HealthAsync(host));
        var failures = service.Logs.GetSnapshot().Where(record => record.Level == LogLevel.Error).ToList();
        Assert.IsType<InvalidCastException>(Assert.Single(failures).Exception);

        service.Next = () => TimeSpan.FromSeconds(1);
        await UntilAsync(() => service.Failure is null, "a round succeeds");
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(host));
        Assert.Contains(service.Logs.GetSnapshot(), record => record.Message == "Counting goes on");
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task An_outage_is_said_once_and_waited_for_longer_each_time()
    {
        var service = new Rounds(_time) { Next = () => throw new DatabaseUnavailableException("away", TimeSpan.Zero) };
        using var host = Host(service);
        await host.StartAsync(Token);
        var started = _time.GetUtcNow();
        await UntilAsync(() => service.Failed == 7, "rounds fail");

        // 1 + 2 + 4 + 8 + 16 + 30 seconds.
        Assert.True(_time.GetUtcNow() - started >= TimeSpan.FromSeconds(61));
        Assert.Null(service.Failure);
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(host));
        Assert.Equal("Counting waits: away", Assert.Single(service.Logs.GetSnapshot(), record => record.Level == LogLevel.Warning).Message);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task What_is_done_is_done()
    {
        var service = new Rounds(_time) { Next = () => null };
        await service.StartAsync(Token);
        await service.ExecuteTask!.WaitAsync(Token);
        Assert.Equal(0, service.Failed);
    }

    private static IHost Host(Rounds service)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        builder.AddDefaultHealthChecks();
        builder.Services.AddSingleton<IHostedService>(service);
        return builder.Build();
    }

    private static async Task<HealthStatus> HealthAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Entries["background"].Status;

    private Task UntilAsync(Func<bool> condition, string what) => Wait.UntilAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return condition();
        },
        what, TimeSpan.FromMinutes(1));

    private sealed class Rounds : RecurringService
    {
        public Rounds(TimeProvider time)
            : this(time, new())
        {
        }

        private Rounds(TimeProvider time, FakeLogger logger)
            : base(time, logger) => Logs = logger.Collector;

        public FakeLogCollector Logs { get; }

        public Func<TimeSpan?> Next { get; set; } = () => TimeSpan.FromSeconds(1);

        public int Failed { get; private set; }

        public override string Work => "Counting";

        protected override Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
        {
            try
            {
                return Task.FromResult(Next());
            }
            catch
            {
                Failed++;
                throw;
            }
        }
    }
}
