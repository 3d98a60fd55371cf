using System.Data;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Tests.Database;

public sealed class BinaryCopyWriterTests(SharedPostgres database) : IClassFixture<SharedPostgres>, IAsyncLifetime
{
    private const string Columns = "id, at, cpu, size";

    private NpgsqlConnection _connection = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _connection = await database.DataSource.OpenConnectionAsync(Token);
        await _connection.RunAsync("DROP TABLE IF EXISTS copied; CREATE TABLE copied (id uuid, at timestamptz, cpu float8, size int8)");
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    [Fact]
    public async Task Any_eight_bytes_come_back_bit_for_bit_as_a_double_and_as_a_bigint()
    {
        long[] values =
        [
            0, 1, -1, long.MinValue, long.MaxValue, -1L << 40, .. Array.ConvertAll(
                [-0.0, double.Epsilon, double.MaxValue, double.NegativeInfinity, double.NaN], BitConverter.DoubleToInt64Bits),
            0x7FF0_0000_0000_0001, 0x7FF8_DEAD_BEEF_0001,
        ];
        await CopyAsync([.. values.Select(bits => (Action<BinaryCopyWriter>)(writer =>
        {
            writer.StartRow(4);
            writer.WriteNull();
            writer.WriteNull();
            writer.Write(bits);
            writer.Write(bits);
        }))]);
        Assert.Equal(
            values.Select(bits => $"{bits:x16} {bits:x16}"),
            await ReadAsync("concat(encode(float8send(cpu), 'hex'), ' ', encode(int8send(size), 'hex'))"));
    }

    [Fact]
    public async Task A_time_is_microseconds_since_2000_also_before_it()
    {
        (long Time, string Text)[] times =
        [
            (0, "2000-01-01 00:00:00"),
            (-1, "1999-12-31 23:59:59.999999"),
            (-946_684_800_000_000, "1970-01-01 00:00:00"),
            (252_455_615_999_999_999, "9999-12-31 23:59:59.999999"),
            (long.MinValue, "-infinity"),
            (long.MaxValue, "infinity"),
        ];
        await CopyAsync([.. times.Select(time => (Action<BinaryCopyWriter>)(writer =>
        {
            writer.StartRow(4);
            writer.WriteNull();
            writer.Write(time.Time);
            writer.WriteNull();
            writer.WriteNull();
        }))]);
        Assert.Equal(times.Select(time => time.Text), await ReadAsync("(at AT TIME ZONE 'UTC')::text"));
    }

    [Fact]
    public async Task A_uuid_is_its_halves_in_the_order_in_which_it_is_written()
    {
        await CopyAsync(writer =>
        {
            writer.StartRow(4);
            writer.Write(0x00112233_44556677, 0x8899aabb_ccddeeff);
            writer.WriteNull();
            writer.WriteNull();
            writer.WriteNull();
        });
        Assert.Equal(["00112233-4455-6677-8899-aabbccddeeff"], await ReadAsync("id::text"));
    }

    [Fact]
    public async Task Nulls_stand_where_they_were_written()
    {
        await CopyAsync([.. Enumerable.Range(0, 16).Select(nulls => (Action<BinaryCopyWriter>)(writer =>
        {
            writer.StartRow(4);
            if ((nulls & 1) != 0)
                writer.WriteNull();
            else
                writer.Write(0, 0);
            for (var column = 1; column < 4; column++)
            {
                if ((nulls & (1 << column)) != 0)
                    writer.WriteNull();
                else
                    writer.Write(column);
            }
        }))]);
        Assert.Equal(
            Enumerable.Range(0, 16).Select(nulls => $"{nulls}"),
            await ReadAsync("((id IS NULL)::int + (at IS NULL)::int * 2 + (cpu IS NULL)::int * 4 + (size IS NULL)::int * 8)::text"));
    }

    [Fact]
    public async Task No_rows_are_no_error()
    {
        await CopyAsync();
        Assert.Empty(await ReadAsync("id::text"));
    }

    // A piece has 64 KiB, a row here 58 or 50 bytes.
    [Theory]
    [InlineData(1_000)]
    [InlineData(1_112)]
    [InlineData(20_000)]
    public async Task More_rows_than_a_piece_holds_come_in_their_order_and_none_twice(int rows)
    {
        await CopyAsync([.. Enumerable.Range(0, rows).Select(row => (Action<BinaryCopyWriter>)(writer =>
        {
            writer.StartRow(4);
            writer.Write(0, (ulong)row);
            writer.Write(row);
            if (row % 7 == 0)
                writer.WriteNull();
            else
                writer.Write(BitConverter.DoubleToInt64Bits(row));
            writer.Write(-row);
        }))]);
        Assert.Equal(
            Enumerable.Range(0, rows).Select(row => $"{row:x32} {(row % 7 == 0 ? "" : $"{row}")} {-row}"),
            await ReadAsync("concat(encode(uuid_send(id), 'hex'), ' ', cpu, ' ', size)"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20_000)]
    public async Task A_copy_that_is_not_completed_leaves_nothing_and_its_connection_is_of_use(int rows)
    {
        await using (var writer = await BinaryCopyWriter.BeginAsync(_connection, "copied", Columns, Token))
            await WriteAsync(writer, rows, Token);
        await CopyAsync(writer => Write(writer, size: 7));
        Assert.Equal(["7"], await ReadAsync("size::text"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    public async Task Why_a_copy_is_given_up_is_told_even_if_the_server_has_refused_a_row_before(int rows)
    {
        await _connection.RunAsync("ALTER TABLE copied ADD CHECK (size <> 0)");
        await Assert.ThrowsAsync<InvalidTimeZoneException>(async () =>
        {
            await using var writer = await BinaryCopyWriter.BeginAsync(_connection, "copied", Columns, Token);
            await WriteAsync(writer, rows, Token);
            throw new InvalidTimeZoneException();
        });
        Assert.Empty(await ReadAsync("id::text"));
    }

    [Fact]
    public async Task A_copy_cancelled_between_two_pieces_leaves_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await using (await _connection.BeginTransactionAsync(Token))
        {
            await using var writer = await BinaryCopyWriter.BeginAsync(_connection, "copied", Columns, Token);
            await WriteAsync(writer, 5_000, cancelled.Token);
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.CompleteAsync(cancelled.Token));
        }
        Assert.Empty(await ReadAsync("id::text"));
    }

    [Fact]
    public async Task A_copy_cancelled_while_the_server_takes_no_more_breaks_its_connection_and_leaves_nothing()
    {
        await _connection.RunAsync(
            """
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
            CREATE TRIGGER wait BEFORE INSERT ON copied FOR EACH ROW EXECUTE FUNCTION wait()
            """);
        await using var other = await database.DataSource.OpenConnectionAsync(Token);
        await using var holding = await other.BeginTransactionAsync(Token);
        await using (var hold = new NpgsqlCommand("SELECT pg_advisory_xact_lock(1)", other))
            await hold.ExecuteNonQueryAsync(Token);

        using var cancelled = new CancellationTokenSource();
        var told = await Assert.ThrowsAsync<NpgsqlException>(async () =>
        {
            await using var writer = await BinaryCopyWriter.BeginAsync(_connection, "copied", Columns, Token);
            // Nobody reads: what the sockets hold fills up, until a piece goes no further.
            while (true)
            {
                var room = writer.MakeRoomAsync(cancelled.Token).AsTask();
                // The sockets may fill up before the server has come to its first row; and once it waits, they may still make room once.
                for (var waited = 0; !room.IsCompleted && waited < 5;)
                {
                    await Task.WhenAny(room, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Token));
                    if (!room.IsCompleted && await IsWaitingAsync(other) && ++waited == 5)
                        await cancelled.CancelAsync();
                }

                await room;
                Write(writer);
            }
        });
        Assert.IsAssignableFrom<OperationCanceledException>(told.InnerException);
        Assert.Equal(ConnectionState.Closed, _connection.State);

        await holding.RollbackAsync(Token);
        Assert.Empty(await ReadAsync("id::text"));
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_and_the_transaction_can_be_rolled_back()
    {
        await _connection.RunAsync("ALTER TABLE copied ADD CHECK (size < 3)");
        await using (await _connection.BeginTransactionAsync(Token))
        {
            await using var writer = await BinaryCopyWriter.BeginAsync(_connection, "copied", Columns, Token);
            for (var row = 0; row < 4; row++)
                Write(writer, row);
            var refused = await Assert.ThrowsAsync<PostgresException>(() => writer.CompleteAsync(Token));
            Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
        }
        Assert.Empty(await ReadAsync("id::text"));
    }

    private async Task CopyAsync(params Action<BinaryCopyWriter>[] rows)
    {
        await using var transaction = await _connection.BeginTransactionAsync(Token);
        await using (var writer = await BinaryCopyWriter.BeginAsync(_connection, "copied", Columns, Token))
        {
            foreach (var row in rows)
            {
                await writer.MakeRoomAsync(Token);
                row(writer);
            }
            await writer.CompleteAsync(Token);
        }
        await transaction.CommitAsync(Token);
    }

    private static async Task WriteAsync(BinaryCopyWriter writer, int rows, CancellationToken cancellationToken)
    {
        for (var row = 0; row < rows; row++)
        {
            await writer.MakeRoomAsync(cancellationToken);
            Write(writer);
        }
    }

    private static void Write(BinaryCopyWriter writer, long size = 0)
    {
        writer.StartRow(4);
        writer.Write(1, 2);
        writer.Write(3);
        writer.WriteNull();
        writer.Write(size);
    }

    private async Task<bool> IsWaitingAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = $1)", connection)
        {
            Parameters = { new() { Value = _connection.ProcessID } },
        };
        return (bool)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>An expression over what is in the table, in the order in which it came.</summary>
    private async Task<List<string>> ReadAsync(string expression)
    {
        var values = new List<string>();
        await using var command = database.DataSource.CreateCommand($"SELECT {expression} FROM copied ORDER BY ctid");
        await using var reader = await command.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token))
            values.Add(reader.GetString(0));
        return values;
    }
}
