using System.Runtime.CompilerServices;

namespace LaunchStack.Usage.Samples;

/// <summary>A sample in a <see cref="SampleList"/>.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Time">When it was measured, in <see cref="PostgresTime"/>.</param>
/// <param name="Index">Its place in the request.</param>
/// <param name="Values">What was measured.</param>
public readonly record struct SampleRow(Guid Instance, long Time, int Index, SampleValues Values)
{
    /// <summary>Bytes of memory that one takes.</summary>
    public static int Size { get; } = Unsafe.SizeOf<SampleRow>();
}
