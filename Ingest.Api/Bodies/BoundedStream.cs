using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>Ends in a 413 after so many bytes, each of which is work.</summary>
internal sealed class BoundedStream(Stream inner, long limit, string setting, RequestWork work) : ForwardStream
{
    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    public static RequestException TooLarge(long limit, string setting) => new(
        StatusCodes.Status413PayloadTooLarge, $"The body is larger than {limit} bytes ({setting}). Send smaller batches.");

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        try
        {
            count = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException e) when (e.InnerException is OverflowException)
        {
            // Kestrel, of a chunk whose length no number holds.
            throw new RequestException(StatusCodes.Status400BadRequest, $"The length of a chunk is broken after {Count} bytes.", e);
        }
        Count += count;
        work.Add(count);
        return Count <= limit ? count : throw TooLarge(limit, setting);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
