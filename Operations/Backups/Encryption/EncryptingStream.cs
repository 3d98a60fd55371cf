using System.Security.Cryptography;

namespace LaunchStack.Operations.Backups.Encryption;

/// <summary>Writes what is written to it encrypted: see <see cref="BackupCipher"/>. It is whole only after <see cref="CompleteAsync"/>.</summary>
internal sealed class EncryptingStream : WriteOnlyStream
{
    private readonly Stream _target;
    private readonly AesGcm _cipher;
    private readonly byte[] _piece = new byte[BackupCipher.PieceSize];
    private readonly byte[] _encrypted = new byte[BackupCipher.PieceSize + BackupCipher.TagSize];
    private int _filled;
    private long _number;

    private EncryptingStream(Stream target, AesGcm cipher) => (_target, _cipher) = (target, cipher);

    public static async Task<EncryptingStream> CreateAsync(Stream target, string key, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(BackupCipher.SaltSize);
        await target.WriteAsync(BackupCipher.Magic, cancellationToken);
        await target.WriteAsync(salt, cancellationToken);
        return new(target, BackupCipher.Create(key, salt));
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            // Full, and more comes: so it is not the last.
            if (_filled == _piece.Length)
                await SealAsync(last: false, cancellationToken);
            var count = Math.Min(buffer.Length, _piece.Length - _filled);
            buffer[..count].CopyTo(_piece.AsMemory(_filled));
            _filled += count;
            buffer = buffer[count..];
        }
    }

    /// <summary>Writes the last piece.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken) => await SealAsync(last: true, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _cipher.Dispose();
        base.Dispose(disposing);
    }

    private async Task SealAsync(bool last, CancellationToken cancellationToken)
    {
        _cipher.Encrypt(
            BackupCipher.Nonce(_number++, last), _piece.AsSpan(0, _filled), _encrypted.AsSpan(0, _filled), _encrypted.AsSpan(_filled, BackupCipher.TagSize));
        await _target.WriteAsync(_encrypted.AsMemory(0, _filled + BackupCipher.TagSize), cancellationToken);
        _filled = 0;
    }
}
