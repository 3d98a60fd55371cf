using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Migrator.CommandLine;

/// <summary>What every verb needs: where the databases are, the windows, and somewhere to write lines.</summary>
internal sealed class MigratorSession : IAsyncDisposable
{
    private readonly IConfiguration configuration;
    private readonly ILoggerFactory loggers;

    private MigratorSession(IConfiguration configuration, ILoggerFactory loggers)
    {
        this.configuration = configuration;
        this.loggers = loggers;
        Logger = loggers.CreateLogger("LaunchStack.Migrator");
    }

    public ILogger Logger { get; }

    public string TargetConnectionString => configuration.GetConnectionString("launchstack")
        ?? throw new SchemaException("ConnectionStrings__launchstack is not set: it says where the TimescaleDB database is, for example "
            + "\"Host=127.0.0.1;Port=5432;Database=launchstack;Username=postgres;Password=...\".");

    public LifecycleOptions Lifecycle
    {
        get
        {
            try
            {
                return configuration.GetSection(LifecycleOptions.Section).Get<LifecycleOptions>() ?? new LifecycleOptions();
            }
            catch (InvalidOperationException error)
            {
                // The binder's message names the key; its inner one says what is wrong with the value.
                throw new SchemaException($"{error.Message} A time span is written d.hh:mm:ss, for example 90.00:00:00.", error);
            }
        }
    }

    public static MigratorSession Create() => new(
        new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().Build(),
        LoggerFactory.Create(logging => logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        })));

    public ValueTask DisposeAsync()
    {
        loggers.Dispose();
        return ValueTask.CompletedTask;
    }
}
