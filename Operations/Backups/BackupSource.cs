using LaunchStack.Operations.Backups.Figures;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Backups;

/// <summary>A database that is backed up or was restored: how to get there for work that takes its time.</summary>
internal sealed class BackupSource(string connectionString)
{
    /// <summary>How it is reached.</summary>
    public NpgsqlConnectionStringBuilder ConnectionString { get; } = new(connectionString);

    /// <summary>A connection of its own with the settings of <see cref="FiguresReader"/>, outside any pool.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString.ConnectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(FiguresReader.SessionSettings, cancellationToken);
        return connection;
    }

    /// <summary>WebAssembly on Node.js, behind its gateway.</summary>
    public static Task<bool> IsEmbeddedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.ScalarAsync<bool>("SELECT version() LIKE '%Emscripten%'", cancellationToken);
}
