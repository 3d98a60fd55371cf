using System.Security.Cryptography;
using System.Text;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>UUID version 5 (RFC 9562, 5.5): the same name always gives the same id.</summary>
internal static class NameBasedGuid
{
    /// <summary>The version that tells such an id from others.</summary>
    public const int Version = 5;

    /// <summary>Namespace of instances that belong to no user.</summary>
    public static readonly Guid Instances = new("6f1b0c52-7a0e-5d4c-9a7e-2d0f3b6c8e41");

    /// <summary>The id of <paramref name="name"/> within <paramref name="space"/>.</summary>
    public static Guid Create(Guid space, string name)
    {
        var input = new byte[16 + Encoding.UTF8.GetByteCount(name)];
        space.TryWriteBytes(input, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(name, input.AsSpan(16));

        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // SHA-1 is what version 5 is made of; nothing here rests on its strength.
        SHA1.HashData(input, hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | (Version << 4));
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
