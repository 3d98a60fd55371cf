using System.Buffers.Text;
using System.Security.Cryptography;

namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>
/// The samples of a day as text, one line each in order of time: <c>time,cpu,memory,disk,network_in,network_out</c> and a line feed;
/// decimal integers, nothing for what is absent.
/// </summary>
internal static class CanonicalRows
{
    // Six integers of at most 20 characters, five commas, a line feed.
    private const int MaxRowBytes = 6 * 20 + 6;

    /// <summary>SHA-256 over the text, lower-case hexadecimal.</summary>
    public static string Digest(ReadOnlySpan<MeterSample> day)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Write(day, hash.AppendData);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Hands the text on in blocks.</summary>
    public static void Write(ReadOnlySpan<MeterSample> day, Action<ReadOnlySpan<byte>> take)
    {
        Span<byte> buffer = stackalloc byte[MaxRowBytes * 64];
        var filled = 0;
        foreach (ref readonly var sample in day)
        {
            if (buffer.Length - filled < MaxRowBytes)
            {
                take(buffer[..filled]);
                filled = 0;
            }
            Utf8Formatter.TryFormat(sample.Time, buffer[filled..], out var written);
            filled += written;
            filled += Next(buffer[filled..], sample.Cpu);
            filled += Next(buffer[filled..], sample.Memory);
            filled += Next(buffer[filled..], sample.Disk);
            filled += Next(buffer[filled..], sample.NetworkIn);
            filled += Next(buffer[filled..], sample.NetworkOut);
            buffer[filled++] = (byte)'\n';
        }
        take(buffer[..filled]);
    }

    private static int Next(Span<byte> to, long value)
    {
        to[0] = (byte)',';
        return value != MeterSample.Absent && Utf8Formatter.TryFormat(value, to[1..], out var written) ? written + 1 : 1;
    }
}
