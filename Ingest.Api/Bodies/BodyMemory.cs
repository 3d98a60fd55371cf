using System.Buffers;
using System.Numerics;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// Memory for what requests hold while they are read: bodies that a protocol needs whole, values, rows of samples. What all of them
/// hold together is bounded: a hundred senders of large bodies are told to come again, instead of being the end of the process.
/// </summary>
public sealed class BodyMemory(IOptions<BodyOptions> options) : ArrayPool<byte>, IMemoryBudget
{
    private const int LongestShared = 1 << 20;
    private const int LongestPooled = 64 << 20;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // The shared pool keeps an array of each size for every thread, and the garbage collector takes its time: a few bodies of 64 MiB,
    // one after another, left 900 and 600 MB behind. This one keeps one large array of each size for all threads.
    private readonly ArrayPool<byte> _large = Create(LongestPooled, maxArraysPerBucket: 1);

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
        throw new TooManyRequestsException(
            $"Other requests hold the {Limits.MaxBytesHeld} bytes that there are for all of them (Ingest:Bodies:MaxBytesHeld).", RetryAfter);
    }

    /// <inheritdoc/>
    public void Give(long bytes) => Interlocked.Add(ref _held, -bytes);

    /// <inheritdoc/>
    /// <exception cref="TooManyRequestsException">Other requests hold too much.</exception>
    public override byte[] Rent(int minimumLength)
    {
        // As long as the pool will make it, to be counted before memory is taken.
        var length = minimumLength <= LongestPooled ? (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, minimumLength)) : minimumLength;
        Take(length);
        var array = (length <= LongestShared ? Shared : _large).Rent(length);
        // It may give one that is larger; what Return gives back must have been taken.
        Interlocked.Add(ref _held, array.Length - length);
        return array;
    }

    /// <inheritdoc/>
    public override void Return(byte[] array, bool clearArray = false)
    {
        ArgumentNullException.ThrowIfNull(array);
        Give(array.Length);
        (array.Length <= LongestShared ? Shared : _large).Return(array, clearArray);
    }
}
