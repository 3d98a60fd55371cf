using System.Buffers;
using LaunchStack.Storage.Writing;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// Memory for bodies that a protocol needs whole. What all requests hold together is bounded: a hundred senders of large bodies
/// are told to come again, instead of being the end of the process.
/// </summary>
public sealed class BodyMemory(IOptions<BodyOptions> options) : ArrayPool<byte>
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private long _held;

    /// <summary>The limits of each body.</summary>
    public BodyOptions Limits => options.Value;

    /// <inheritdoc/>
    /// <exception cref="WriterBusyException">The bodies of other requests fill it.</exception>
    public override byte[] Rent(int minimumLength)
    {
        var array = Shared.Rent(minimumLength);
        if (Interlocked.Add(ref _held, array.Length) <= Limits.MaxBytesHeld)
            return array;
        Return(array);
        throw new WriterBusyException(
            $"The bodies of other requests fill the {Limits.MaxBytesHeld} bytes that there are for them (Ingest:Bodies:MaxBytesHeld).", RetryAfter);
    }

    /// <inheritdoc/>
    public override void Return(byte[] array, bool clearArray = false)
    {
        ArgumentNullException.ThrowIfNull(array);
        Interlocked.Add(ref _held, -array.Length);
        Shared.Return(array, clearArray);
    }
}
