using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// A digest of what identifies a series: 32 bytes in place of a kilobyte of labels. SHA-256, since labels come from strangers, who must
/// not be able to make two series one.
/// </summary>
internal readonly record struct SeriesKey(UInt128 High, UInt128 Low)
{
    /// <summary>The key of a whole series.</summary>
    public static SeriesKey Of(SeriesDescription series) => Of(series, except: null);

    /// <summary>The key of a series' scope and labels, without its name and those in <paramref name="except"/>: what it has in common with its siblings.</summary>
    public static SeriesKey OfLabels(SeriesDescription series, IReadOnlySet<string> except) => Of(series, except);

    private static SeriesKey Of(SeriesDescription series, IReadOnlySet<string>? except)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        if (except is null)
        {
            bytes.Write([(byte)series.Source, series.IsDelta ? (byte)1 : (byte)0]);
            Append(bytes, series.Name);
        }
        Append(bytes, series.Scope);
        foreach (var (name, value) in series.Labels)
        {
            if (except?.Contains(name) == true)
                continue;
            Append(bytes, name);
            Append(bytes, value);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes.WrittenSpan, hash);
        return new(BinaryPrimitives.ReadUInt128LittleEndian(hash), BinaryPrimitives.ReadUInt128LittleEndian(hash[16..]));
    }

    // With its length in front: otherwise two different sets of labels could make the same bytes.
    private static void Append(ArrayBufferWriter<byte> bytes, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(4), length);
        bytes.Advance(4);
        Encoding.UTF8.GetBytes(text, bytes.GetSpan(length));
        bytes.Advance(length);
    }
}
