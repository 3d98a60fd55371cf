using System.Security.Cryptography;
using System.Text;

namespace LaunchStack.Operations.Backups.Encryption;

/// <summary>
/// Encrypts a stream in pieces of 64 KiB with AES-256-GCM, so that each is checked before it is used. The nonce is the piece's number and
/// whether it is the last: pieces that were exchanged, repeated or cut off do not decrypt (the STREAM construction,
/// https://eprint.iacr.org/2015/189). The key is derived from <c>Backups:Key</c> and a salt of the file's own, so no nonce is used twice.
/// </summary>
internal static class BackupCipher
{
    public const int PieceSize = 64 * 1024;
    public const int TagSize = 16;
    public const int SaltSize = 16;
    public static readonly byte[] Magic = "LSBACKUP1\n"u8.ToArray();

    // OWASP's figure for PBKDF2-HMAC-SHA256; half a second a file.
    private const int Iterations = 600_000;

    public static AesGcm Create(string key, byte[] salt) =>
        new(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(key), salt, Iterations, HashAlgorithmName.SHA256, 32), TagSize);

    public static byte[] Nonce(long piece, bool last)
    {
        var nonce = new byte[12];
        BitConverter.TryWriteBytes(nonce.AsSpan(0, 8), piece);
        nonce[11] = last ? (byte)1 : (byte)0;
        return nonce;
    }
}
