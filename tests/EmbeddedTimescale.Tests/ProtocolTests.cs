using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>What a PostgreSQL client may expect of a server.</summary>
public sealed class ProtocolTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("postgres", "wrong", "launchstack", "28P01")]
    [InlineData("somebody", "test-password", "launchstack", "28P01")]
    [InlineData("postgres", "test-password", "another", "3D000")]
    public async Task A_wrong_name_or_password_is_refused(string user, string password, string database, string state)
    {
        await using var source = fixture.Source(c => (c.Username, c.Password, c.Database) = (user, password, database));
        await Statement.FailsAsync(() => source.RunAsync("SELECT 1"), state);
    }

    [Fact]
    public async Task Encryption_is_declined_and_a_client_that_prefers_it_goes_on_without()
    {
        await using var prefers = fixture.Source(c => c.SslMode = SslMode.Prefer);
        Assert.Equal(1, await prefers.ScalarAsync<int>("SELECT 1"));
        await using var requires = fixture.Source(c => c.SslMode = SslMode.Require);
        await Assert.ThrowsAsync<NpgsqlException>(() => requires.RunAsync("SELECT 1"));
    }

    [Fact]
    public async Task An_error_in_a_batch_undoes_the_batch_and_leaves_the_connection_usable()
    {
        await using var source = fixture.Source();
        var table = await fixture.TableAsync(source);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new($"INSERT INTO {table} VALUES (1)"), new("SELECT 1 / 0"), new($"INSERT INTO {table} VALUES (2)") },
        };

        await Statement.FailsAsync(() => batch.ExecuteNonQueryAsync(Cancellation), "22012");

        Assert.Equal(0L, await connection.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
    }

    [Fact]
    public async Task Big_questions_and_big_answers_pass_whole()
    {
        await using var source = fixture.Source();
        var numbers = Enumerable.Range(0, 2_000_000).Select(n => (long)n).ToArray();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        Assert.Equal(numbers.Sum(), (long)await connection.ScalarAsync<decimal>("SELECT sum(n) FROM unnest($1) n", numbers));

        await using var command = new NpgsqlCommand("SELECT n, repeat('x', 100) FROM generate_series(1, 300000) n", connection);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var expected = 0;
        while (await reader.ReadAsync(Cancellation))
            Assert.Equal(++expected, reader.GetInt32(0));
        Assert.Equal(300_000, expected);
    }

    [Theory]
    [InlineData(8192)]
    [InlineData(16384)]
    public async Task A_message_that_ends_where_the_input_buffer_does_is_answered(int buffer)
    {
        // Parse, Bind, Describe, Execute and Sync: over this range the end of each stands once exactly at the buffer's end.
        await using var source = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        for (var length = buffer - 110; length <= buffer; length++)
        {
            Assert.Equal(length, await connection.ScalarAsync<int>("SELECT length($1)", new string('x', length)));
            await Statement.FailsAsync(() => connection.ScalarAsync<int>("SELECT length($1) / 0", new string('x', length)), "22012");
        }
    }

    [Fact]
    public async Task An_answer_cut_anywhere_by_the_output_buffer_is_whole()
    {
        // 256 KiB is what the gateway sends on at once, and this answer's size: its end is cut at each of its bytes in turn.
        await using var source = fixture.Source();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var other = await source.OpenConnectionAsync(Cancellation);
        for (var first = 1150; first <= 1300; first++)
        {
            const string Rows = "SELECT repeat('x', CASE n WHEN 1 THEN $1 ELSE 1000 END) FROM generate_series(1, 259) n";
            await using var command = new NpgsqlCommand(Rows, connection) { Parameters = { new() { Value = first } } };
            await using var reader = await command.ExecuteReaderAsync(Cancellation);
            var length = 0;
            while (await reader.ReadAsync(Cancellation))
                length += reader.GetString(0).Length;
            Assert.Equal(first + 258_000, length);
            Assert.Equal(1, await other.ScalarAsync<int>("SELECT 1"));
        }
    }

    [Fact]
    public async Task Psql_works()
    {
        var script = "SELECT 6 * 7 AS answer \\gset\n\\echo answer :answer\n\\d\nSELECT 1 / 0;\nSELECT 'after ' || 'the error';\n";
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script, Cancellation);
        await using var psql = ChildProcess.Start(
            "psql (install it with: apt-get install postgresql-client)",
            "psql",
            ["-X", "-A", "-t", "-h", "127.0.0.1", "-p", $"{fixture.Gateway.Port}", "-U", "postgres", "-d", "launchstack", "-f", file],
            new Dictionary<string, string> { ["PGPASSWORD"] = "test-password" });

        await psql.WaitForLineAsync("after the error");

        Assert.Contains("answer 42", psql.Output, StringComparison.Ordinal);
        Assert.Contains("division by zero", psql.Output, StringComparison.Ordinal);
        File.Delete(file);
    }
}
