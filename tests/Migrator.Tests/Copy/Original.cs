using LaunchStack.Migrator.Copy;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Copy;

/// <summary>An original database of one generation with a few samples in it.</summary>
internal static class Original
{
    public static async Task<TestPostgres> CreateAsync(int generation, string? fill = null)
    {
        var database = await TestPostgres.CreateAsync();
        await FillAsync(database.DataSource, generation, fill);
        return database;
    }

    public static async Task FillAsync(NpgsqlDataSource database, int generation, string? fill)
    {
        using var schema = new StreamReader(typeof(Original).Assembly.GetManifestResourceStream($"schema-{generation}.sql")!);
        await database.RunAsync(await schema.ReadToEndAsync());
        if (fill is not null)
            await database.RunAsync(fill);
    }

    /// <summary>Generation 2: 4 instances, 2,000 clean samples over the last days and some weeks ago, and dirt of every kind.</summary>
    public const string Dirty =
        """
        INSERT INTO users (id, email) VALUES ('00000000-0000-0000-0000-00000000000a', 'ü@example.com');
        INSERT INTO instances (id, user_id, name, status)
        SELECT md5('i' || n)::uuid, '00000000-0000-0000-0000-00000000000a', 'n8n-' || n, 'running' FROM generate_series(1, 4) n;
        INSERT INTO payments (user_id, amount, metadata) VALUES ('00000000-0000-0000-0000-00000000000a', 500, '{"a":[1]}');
        INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage, network_in, created_at)
        SELECT md5('i' || 1 + n % 4)::uuid, date_trunc('minute', now()) - n * interval '3 minutes' - CASE WHEN n % 2 = 0 THEN interval '20 days' ELSE interval '0' END,
               n * 0.1, n * 1000, n, now() FROM generate_series(0, 1999) n;
        INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at)
        SELECT instance_id, "timestamp", 99, created_at + interval '1 second' FROM resource_usages LIMIT 7;
        INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage) VALUES
          (NULL, now(), 1, 1), (md5('i1')::uuid, NULL, 1, 1), (gen_random_uuid(), now(), 1, 1),
          (md5('i1')::uuid, now() - interval '1 second', 'NaN', 1), (md5('i1')::uuid, now() - interval '2 seconds', 'Infinity', 1),
          (md5('i1')::uuid, now() - interval '3 seconds', 1, -1), (md5('i1')::uuid, 'infinity', 1, 1), (md5('i1')::uuid, '1950-01-01', 1, 1),
          (md5('i1')::uuid, '2150-01-01', 1, 1), (md5('i1')::uuid, now() - interval '4 seconds', NULL, NULL);
        UPDATE resource_usages SET deleted_at = now() WHERE cpu_usage = 0.9;
        UPDATE resource_usages SET created_at = '0001-01-01' WHERE cpu_usage = 0.7;
        """;

    /// <summary>2,001 clean ones and 16 others, see <see cref="Dirty"/>.</summary>
    public const long DirtyMoved = 2001;

    public const long DirtyQuarantined = 16;

    public static Task<CopyResult> CopyAsync(TestPostgres original, TestTimescale target, CopyOptions? options = null) =>
        Verbs.CopyAsync(original.ConnectionString, target.ConnectionString, options);
}
