using System.Buffers;
using System.Collections.Concurrent;
using System.Numerics;
using LaunchStack.Auth;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// Memory for what requests hold while they are read: bodies that a protocol needs whole, values, rows of samples. What all of them
/// hold together is bounded: a hundred senders of large bodies are told to come again, instead of being the end of the process. One user
/// holds at most three times what he leaves to the others: however slowly he sends, they go on.
/// </summary>
public sealed class BodyMemory : ArrayPool<byte>, IMemoryBudget
{
    private const int MaxTimesFree = 3;

    private const int MaxSharedLength = 1 << 20;
    private const int MaxPooledLength = 64 << 20;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly LargeArrays _large;
    private readonly BodyMemory? _all;
    private readonly ConcurrentDictionary<Guid, BodyMemory> _shares = [];
    private long _held;

    /// <summary>The memory of all requests.</summary>
    public BodyMemory(IOptions<BodyOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (Limits, _large) = (options.Value, new());
    }

    private BodyMemory(BodyMemory all) => (Limits, _large, _all) = (all.Limits, all._large, all);

    /// <summary>The limits of each body.</summary>
    public BodyOptions Limits { get; }

    /// <summary>Bytes held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>The share of a key's user; of a key of no user, its own.</summary>
    /// <param name="caller">The key; null for the admin key.</param>
    public BodyMemory Of(ApiKey? caller) => _shares.GetOrAdd(caller?.UserId ?? caller?.Id ?? Guid.Empty, _ => new(this));

    /// <inheritdoc/>
    public void Take(long bytes)
    {
        var held = Add(bytes);
        if (held <= Limits.MaxBytesHeld && (_all is null || Held <= MaxTimesFree * (Limits.MaxBytesHeld - held + bytes)))
            return;
        Give(bytes);
        throw new TooManyRequestsException(
            $"Other requests hold the {Limits.MaxBytesHeld} bytes that there are for all of them, or yours {MaxTimesFree} times what is left (Ingest:Bodies:MaxBytesHeld).",
            RetryAfter);
    }

    /// <inheritdoc/>
    public void Give(long bytes) => Add(-bytes);

    /// <inheritdoc/>
    /// <exception cref="TooManyRequestsException">Other requests hold too much.</exception>
    public override byte[] Rent(int minimumLength)
    {
        // As long as the pool will make it, to be counted before memory is taken.
        var length = minimumLength <= MaxPooledLength ? (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, minimumLength)) : minimumLength;
        Take(length);
        return (length <= MaxSharedLength ? Shared : _large).Rent(length);
    }

    /// <inheritdoc/>
    public override void Return(byte[] array, bool clearArray = false)
    {
        ArgumentNullException.ThrowIfNull(array);
        Give(array.Length);
        (array.Length <= MaxSharedLength ? Shared : _large).Return(array, clearArray);
    }

    // What all hold after it.
    private long Add(long bytes)
    {
        var held = Interlocked.Add(ref _held, bytes);
        return _all?.Add(bytes) ?? held;
    }
}
