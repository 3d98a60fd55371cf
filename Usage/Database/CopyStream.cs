using System.Buffers;
using LaunchStack.Usage.Writing;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>Sends a commit's rows through <c>COPY … FROM STDIN (FORMAT binary)</c> in pieces, so that the server works while we encode.</summary>
internal static class CopyStream
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>Copies all rows into <paramref name="table"/>.</summary>
    /// <param name="connection">An open connection within a transaction.</param>
    /// <param name="table">Table with the columns of <see cref="CopyEncoder.Columns"/>.</param>
    /// <param name="set">The rows.</param>
    /// <param name="withPosition">Whether each row carries its position as a last column <c>position</c>.</param>
    /// <param name="cancellationToken">Cancels the copy on the server too.</param>
    public static async Task WriteAsync(
        NpgsqlConnection connection, string table, CommitSet set, bool withPosition, CancellationToken cancellationToken)
    {
        var columns = withPosition ? CopyEncoder.Columns + ", position" : CopyEncoder.Columns;
        await using var stream = await connection.BeginRawBinaryCopyAsync(
            $"COPY {table} ({columns}) FROM STDIN (FORMAT binary)", cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            CopyEncoder.Header.CopyTo(buffer);
            var used = CopyEncoder.Header.Length;
            for (var position = 0; position < set.Count; position++)
            {
                if (used + CopyEncoder.MaxRowBytes + CopyEncoder.Trailer.Length > PieceBytes)
                {
                    await stream.WriteAsync(buffer.AsMemory(0, used), cancellationToken);
                    used = 0;
                }
                used += CopyEncoder.WriteRow(buffer.AsSpan(used), set, position, withPosition);
            }
            CopyEncoder.Trailer.CopyTo(buffer.AsSpan(used));
            await stream.WriteAsync(buffer.AsMemory(0, used + CopyEncoder.Trailer.Length), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Disposing of a raw copy completes it; a cancelled one must not.
            await stream.CancelAsync();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
