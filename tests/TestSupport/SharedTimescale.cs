using Npgsql;
using Xunit;

namespace LaunchStack.TestSupport;

/// <summary>
/// A database of the newest schema that tests take one after another: the embedded one needs seconds of processor time to start, and
/// a fraction of one to be emptied. For tests that change rows; one that changes the schema makes a database of its own.
/// </summary>
public sealed class SharedTimescale : IAsyncLifetime
{
    /// <summary>The database.</summary>
    public TestTimescale Database { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Database = await TestTimescale.CreateAsync();
        await Database.DataSource.RunAsync($"""
            CREATE SCHEMA as_migrated;
            DO $$
            DECLARE name text; filled boolean;
            BEGIN
              FOR name IN {Tables} LOOP
                EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
                IF filled THEN EXECUTE format('CREATE TABLE as_migrated.%1$I AS TABLE public.%1$I', name); END IF;
              END LOOP;
            END $$
            """);
    }

    /// <summary>The rows are those that the migration leaves.</summary>
    /// <returns>The database.</returns>
    public async Task<TestTimescale> ResetAsync()
    {
        while (true)
        {
            try
            {
                await EmptyAsync();
                return Database;
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                // A server has jobs of its own, which hold some of the tables in another order.
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Database.DisposeAsync();

    // Without triggers: they would note what is put back as changes.
    private Task EmptyAsync() => Database.DataSource.RunAsync($"""
        DO $$
        DECLARE name text; filled boolean;
        BEGIN
          FOR name IN {Tables} UNION ALL SELECT view_name FROM timescaledb_information.continuous_aggregates LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
            IF filled THEN EXECUTE format('TRUNCATE public.%I CASCADE', name); END IF;
          END LOOP;
          SET LOCAL session_replication_role = replica;
          FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'as_migrated' LOOP
            EXECUTE format('INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE TABLE as_migrated.%1$I', name);
          END LOOP;
        END $$
        """);

    private const string Tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
}
