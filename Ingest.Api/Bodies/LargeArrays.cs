using System.Buffers;
using System.Numerics;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// Keeps one large array of each size for all threads, until the garbage collector looks for memory. The shared pool keeps one for every
/// thread, and the collector takes its time: a few bodies of 64 MiB, one after another, left 900 and 600 MB behind.
/// </summary>
internal sealed class LargeArrays : ArrayPool<byte>
{
    private readonly WeakReference<byte[]>?[] _kept = new WeakReference<byte[]>?[32];

    /// <summary>An array of just this length.</summary>
    public override byte[] Rent(int minimumLength) =>
        Interlocked.Exchange(ref _kept[BitOperations.Log2((uint)minimumLength)], null) is { } kept
        && kept.TryGetTarget(out var array) && array.Length == minimumLength
            ? array : GC.AllocateUninitializedArray<byte>(minimumLength);

    public override void Return(byte[] array, bool clearArray = false) =>
        Volatile.Write(ref _kept[BitOperations.Log2((uint)array.Length)], new(array));
}
