using System.Buffers;
using LaunchStack.Storage.Writing;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// Memory for what requests hold while they are read: bodies that a protocol needs whole, values, sample columns. What all of them
/// hold together is bounded: a hundred senders of large bodies are told to come again, instead of being the end of the process.
/// </summary>
public sealed class BodyMemory(IOptions<BodyOptions> options) : ArrayPool<byte>, IMemoryBudget
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private long _held;

    /// <summary>The limits of each body.</summary>
    public BodyOptions Limits => options.Value;

    /// <summary>Bytes held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <inheritdoc/>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= Limits.MaxBytesHeld)
            return;
        Give(bytes);
        throw new WriterBusyException(
            $"Other requests hold the {Limits.MaxBytesHeld} bytes that there are for all of them (Ingest:Bodies:MaxBytesHeld).", RetryAfter);
    }

    /// <inheritdoc/>
    public void Give(long bytes) => Interlocked.Add(ref _held, -bytes);

    /// <inheritdoc/>
    /// <exception cref="WriterBusyException">Other requests hold too much.</exception>
    public override byte[] Rent(int minimumLength)
    {
        var array = Shared.Rent(minimumLength);
        try
        {
            Take(array.Length);
            return array;
        }
        catch (WriterBusyException)
        {
            Shared.Return(array);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Return(byte[] array, bool clearArray = false)
    {
        ArgumentNullException.ThrowIfNull(array);
        Give(array.Length);
        Shared.Return(array, clearArray);
    }
}
