using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Schema;
using LaunchStack.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LaunchStack.Migrator.Session;

/// <summary>What every verb needs: where the databases are, the windows, somewhere to write lines, telemetry.</summary>
internal sealed class MigratorSession : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly IConfiguration _configuration;

    private MigratorSession(IHost host)
    {
        _host = host;
        _configuration = host.Services.GetRequiredService<IConfiguration>();
        Logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("LaunchStack.Migrator");

        // The host is never started (nothing runs in it), so its providers are brought to life here.
        host.Services.GetService<TracerProvider>();
        host.Services.GetService<MeterProvider>();
    }

    public ILogger Logger { get; }

    /// <exception cref="UsageException">It is not set, or cannot be read.</exception>
    public string TargetConnectionString => ConnectionString("launchstack", "the TimescaleDB database is", "launchstack");

    /// <summary>Whether there is an original database to move from.</summary>
    public bool HasOriginal => !string.IsNullOrWhiteSpace(_configuration.GetConnectionString("original"));

    /// <exception cref="UsageException">It is not set, or cannot be read.</exception>
    public string OriginalConnectionString => ConnectionString("original", "the original database is", "reader");

    /// <summary>The databases that are named, with what to call them.</summary>
    public IEnumerable<(string Name, string ConnectionString)> Databases =>
        new[] { ("original", _configuration.GetConnectionString("original")), ("target", _configuration.GetConnectionString("launchstack")) }
            .Where(d => !string.IsNullOrWhiteSpace(d.Item2)).Select(d => (d.Item1, d.Item2!));

    public LifecycleOptions Lifecycle => LifecycleOptions.Read(_configuration);

    /// <summary>Both sides, for a verb that moves or compares; dispose it.</summary>
    /// <param name="workers">Connections to each side that work at once; null for as many as there are cores.</param>
    public MigrationEnvironment Environment(int? workers = null) =>
        new(OriginalConnectionString, TargetConnectionString, Lifecycle, Logger, TimeProvider.System, CopyProgress.OnConsole())
        {
            Workers = workers ?? System.Environment.ProcessorCount,
        };

    /// <summary>The target alone.</summary>
    public Task<NpgsqlConnection> OpenTargetAsync(CancellationToken cancellationToken) =>
        DatabaseConnection.OpenAsync(DatabaseConnection.PrepareToWrite(TargetConnectionString), Logger, TimeProvider.System, cancellationToken);

    /// <summary>Brings the schema of a target up to date that a move goes on in; in any other nothing is made.</summary>
    /// <param name="policies">Its policies too; otherwise they are looked at only where the schema is an older one.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task UpdateSchemaAsync(bool policies, CancellationToken cancellationToken)
    {
        await using (var target = await OpenTargetAsync(cancellationToken))
        {
            if (await new MigrationLedger(target).FindRunAsync(cancellationToken) is not { CutoverAt: null }
                || (!policies && await SchemaMigration.IsCurrentAsync(target, cancellationToken)))
                return;
        }

        await SchemaMigration.ApplyAsync(TargetConnectionString, Lifecycle, Logger, cancellationToken);
    }

    private string ConnectionString(string name, string says, string user)
    {
        var given = _configuration.GetConnectionString(name);
        return ConnectionText.Problem(given) is { } problem
            ? throw new UsageException(
                $"ConnectionStrings__{name} {problem}: it says where {says}, for example "
                + $"\"Host=127.0.0.1;Port=5432;Database=launchstack;Username={user};Password=...\".")
            : given!;
    }

    public static MigratorSession Create()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "LaunchStack.Migrator" });
        builder.Configuration.AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables();
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        });

        // What a verb prints is its answer; lines about the work go beside it.
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.AddTelemetry();
        if (TelemetryExtensions.IsExported(builder.Configuration))
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddNpgsql()).WithMetrics(metrics => metrics.AddNpgsqlInstrumentation());
        return new MigratorSession(builder.Build());
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        else
            _host.Dispose();
    }
}
