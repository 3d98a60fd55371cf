using System.Buffers;
using System.Buffers.Binary;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// Writes rows by <c>COPY … FROM STDIN (FORMAT binary)</c> (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format") in
/// pieces, so that the server works while we encode. Npgsql's importer costs a call per value. A copy that is not completed leaves
/// nothing, but the transaction around it has failed.
/// </summary>
public sealed class BinaryCopyWriter : IAsyncDisposable
{
    // Holds a thousand samples: each send wakes the server.
    private const int PieceBytes = 128 * 1024;

    // More than any row of ours, so that a row needs one look at the room that is left.
    private const int RowBytes = 1024;

    private readonly NpgsqlRawCopyStream _stream;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
    private int _used;
    private bool _hasEnded;

    private BinaryCopyWriter(NpgsqlRawCopyStream stream)
    {
        _stream = stream;
        // Signature, flags, length of the (empty) extension.
        ReadOnlySpan<byte> header = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xff, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];
        header.CopyTo(_buffer);
        _used = header.Length;
    }

    /// <summary>Starts to copy into columns of a table.</summary>
    public static async Task<BinaryCopyWriter> BeginAsync(NpgsqlConnection connection, string table, string columns, CancellationToken cancellationToken) =>
        new(await connection.BeginRawBinaryCopyAsync($"COPY {table} ({columns}) FROM STDIN (FORMAT binary)", cancellationToken));

    /// <summary>To be called before each row.</summary>
    public ValueTask MakeRoomAsync(CancellationToken cancellationToken) =>
        _used > PieceBytes - RowBytes ? FlushAsync(cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Begins a row of so many columns.</summary>
    public void StartRow(short fields)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_used), fields);
        _used += 2;
    }

    /// <summary>A uuid, by its halves in network order.</summary>
    public void Write(ulong high, ulong low)
    {
        var target = _buffer.AsSpan(_used, 20);
        BinaryPrimitives.WriteInt32BigEndian(target, 16);
        BinaryPrimitives.WriteUInt64BigEndian(target[4..], high);
        BinaryPrimitives.WriteUInt64BigEndian(target[12..], low);
        _used += 20;
    }

    /// <summary>A uuid.</summary>
    public void Write(Guid value)
    {
        var target = _buffer.AsSpan(_used, 20);
        BinaryPrimitives.WriteInt32BigEndian(target, 16);
        value.TryWriteBytes(target[4..], bigEndian: true, out _);
        _used += 20;
    }

    /// <summary>A bigint, a time in <see cref="Samples.PostgresTime"/>, or the bits of a double.</summary>
    public void Write(long value)
    {
        var target = _buffer.AsSpan(_used, 12);
        BinaryPrimitives.WriteInt32BigEndian(target, 8);
        BinaryPrimitives.WriteInt64BigEndian(target[4..], value);
        _used += 12;
    }

    /// <summary>NULL.</summary>
    public void WriteNull()
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_used), -1);
        _used += 4;
    }

    /// <summary>Fields of the row as COPY has them, a length and the bytes for each, however long they are.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> fields, CancellationToken cancellationToken)
    {
        for (; fields.Length > PieceBytes - _used; await FlushAsync(cancellationToken))
        {
            fields[..(PieceBytes - _used)].CopyTo(_buffer.AsMemory(_used));
            fields = fields[(PieceBytes - _used)..];
            _used = PieceBytes;
        }
        fields.CopyTo(_buffer.AsMemory(_used));
        _used += fields.Length;
    }

    /// <summary>Sends the rest and waits until the server has taken all rows.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await MakeRoomAsync(cancellationToken);
        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_used), -1);
        _used += 2;
        await FlushAsync(cancellationToken);
        _hasEnded = true;
        await _stream.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        if (_hasEnded)
            return;
        try
        {
            // Disposing of a raw copy completes it.
            await _stream.CancelAsync();
        }
        catch (PostgresException)
        {
            // It has refused a row before; why this one is given up is the news.
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(_buffer.AsMemory(0, _used), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The copy went with its connection.
            _hasEnded = true;
            throw;
        }
        _used = 0;
    }
}
