using DbUp;
using DbUp.Engine.Output;
using DbUp.Postgresql;
using LaunchStack.Migrator.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>Runs the scripts that the journal lacks.</summary>
internal sealed class SchemaRunner(string connectionString, ILogger logger)
{
    public const string Journal = "schema_versions";

    /// <summary>One engine a script: its transaction covers reading the journal, the script and its line in the journal.</summary>
    /// <exception cref="SchemaException">A script failed; earlier ones stay applied.</exception>
    public IReadOnlyList<string> Run(IEnumerable<SchemaScript> scripts, CancellationToken cancellationToken)
    {
        var run = new List<string>();
        using var database = DataSource();
        foreach (var script in scripts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var builder = DeployChanges.To.PostgresqlDatabase(new PostgresqlConnectionManager(database))
                .WithScript(script.Name, script.Text)
                .JournalToPostgresqlTable("public", Journal)
                .WithVariablesDisabled()
                .WithExecutionTimeout(TimeSpan.FromMinutes(30))
                .LogTo(new DbUpLog(logger));
            var result = (script.InTransaction ? builder.WithTransaction() : builder.WithoutTransaction()).Build().PerformUpgrade();
            if (!result.Successful)
                throw Failure(script, result.Error);
            if (result.Scripts.Any())
            {
                SchemaLog.ScriptApplied(logger, script.Name);
                run.Add(script.Name);
            }
        }

        return run;
    }

    private NpgsqlDataSource DataSource()
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var settings = new NpgsqlCommand(DatabaseConnection.SessionSettings, connection);
                settings.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var settings = new NpgsqlCommand(DatabaseConnection.SessionSettings, connection);
                await settings.ExecuteNonQueryAsync();
            });
        return builder.Build();
    }

    private static SchemaException Failure(SchemaScript script, Exception error)
    {
        var line = error is PostgresException { Position: > 0 } at
            ? $", near line {1 + script.Text.Take(at.Position - 1).Count(c => c == '\n')} of its statement"
            : "";
        var kept = script.InTransaction
            ? "Nothing of this file was kept"
            : "This file runs outside a transaction, so part of it may stand; it may be repeated";
        return new SchemaException(
            $"Schema script {script.Name}.sql failed{line}. {kept}; earlier ones stay. Remove the cause and run the migrator again."
            + $"{Environment.NewLine}Cause: {ErrorText.Describe(error)}", error);
    }

    /// <summary>DbUp's lines, at debug: what matters is logged by event.</summary>
    private sealed class DbUpLog(ILogger logger) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) => Write(format, args);

        public void LogDebug(string format, params object[] args) => Write(format, args);

        public void LogInformation(string format, params object[] args) => Write(format, args);

        public void LogWarning(string format, params object[] args) => Write(format, args);

        public void LogError(string format, params object[] args) => Write(format, args);

        public void LogError(Exception ex, string format, params object[] args) => Write(format, args);

        private void Write(string format, object[] args) =>
            SchemaLog.Detail(logger, args.Length == 0 ? format : string.Format(null, format, args));
    }
}
