using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Ingest.Bench;

/// <summary>The baseline: the same rows straight with Npgsql, each connection its share.</summary>
internal sealed class StraightWriter(NpgsqlDataSource dataSource, BenchData data, bool copy, int connections, int batch)
{
    private const string Columns = "instance_id, \"timestamp\", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out";

    public Task WriteAsync() => Task.WhenAll(Enumerable.Range(0, connections).Select(share =>
    {
        var from = (int)((long)data.Samples * share / connections);
        var to = (int)((long)data.Samples * (share + 1) / connections);
        return Task.Run(() => copy ? CopyAsync(from, to) : InsertAsync(from, to));
    }));

    // One COPY for the whole share: the fastest that Npgsql can do.
    private async Task CopyAsync(int from, int to)
    {
        await using var connection = await dataSource.OpenConnectionAsync();
        await using var writer = await connection.BeginBinaryImportAsync($"COPY resource_usage ({Columns}) FROM STDIN (FORMAT binary)");
        for (var n = from; n < to; n++)
        {
            var row = data[n];
            await writer.StartRowAsync();
            await writer.WriteAsync(row.Instance, NpgsqlDbType.Uuid);
            await writer.WriteAsync(row.At, NpgsqlDbType.TimestampTz);
            await writer.WriteAsync(row.Cpu, NpgsqlDbType.Double);
            await writer.WriteAsync(row.Memory, NpgsqlDbType.Bigint);
            await writer.WriteAsync(row.MemoryLimit, NpgsqlDbType.Bigint);
            await writer.WriteAsync(row.Disk, NpgsqlDbType.Bigint);
            await writer.WriteAsync(row.NetworkIn, NpgsqlDbType.Bigint);
            await writer.WriteAsync(row.NetworkOut, NpgsqlDbType.Bigint);
        }
        await writer.CompleteAsync();
    }

    private async Task InsertAsync(int from, int to)
    {
        await using var connection = await dataSource.OpenConnectionAsync();
        for (var start = from; start < to; start += batch)
        {
            var rows = Enumerable.Range(start, Math.Min(batch, to - start)).Select(n => data[n]).ToList();
            await using var command = new NpgsqlCommand(
                $"INSERT INTO resource_usage ({Columns}) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING", connection);
            Add(command, rows.Select(r => r.Instance), NpgsqlDbType.Uuid);
            Add(command, rows.Select(r => r.At), NpgsqlDbType.TimestampTz);
            Add(command, rows.Select(r => r.Cpu), NpgsqlDbType.Double);
            Add(command, rows.Select(r => r.Memory), NpgsqlDbType.Bigint);
            Add(command, rows.Select(r => r.MemoryLimit), NpgsqlDbType.Bigint);
            Add(command, rows.Select(r => r.Disk), NpgsqlDbType.Bigint);
            Add(command, rows.Select(r => r.NetworkIn), NpgsqlDbType.Bigint);
            Add(command, rows.Select(r => r.NetworkOut), NpgsqlDbType.Bigint);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static void Add<T>(NpgsqlCommand command, IEnumerable<T> values, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | type });
}
