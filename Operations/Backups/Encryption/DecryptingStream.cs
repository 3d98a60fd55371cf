using System.Security.Cryptography;

namespace LaunchStack.Operations.Backups.Encryption;

/// <summary>Reads what <see cref="EncryptingStream"/> wrote. Throws <see cref="BackupException"/> where it was changed or the key is another.</summary>
internal sealed class DecryptingStream : Stream
{
    private readonly Stream _source;
    private readonly byte[] _sealed = new byte[BackupCipher.PieceSize + BackupCipher.TagSize];
    private readonly byte[] _piece = new byte[BackupCipher.PieceSize];
    private readonly byte[] _next = new byte[1];
    private AesGcm? _cipher;
    private int _carried;
    private int _filled;
    private int _read;
    private long _number;
    private bool _ended;

    private DecryptingStream(Stream source) => _source = source;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Over a stream that it closes, also where it throws: an open file could not be removed on Windows.</summary>
    public static async Task<DecryptingStream> CreateAsync(Stream source, string key, CancellationToken cancellationToken)
    {
        var stream = new DecryptingStream(source);
        try
        {
            await stream.BeginAsync(key, cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_read == _filled)
        {
            if (_ended)
                return 0;
            await OpenAsync(cancellationToken);
        }
        var count = Math.Min(buffer.Length, _filled - _read);
        _piece.AsMemory(_read, count).CopyTo(buffer);
        _read += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cipher?.Dispose();
            _source.Dispose();
        }
        base.Dispose(disposing);
    }

    private async Task BeginAsync(string key, CancellationToken cancellationToken)
    {
        var header = new byte[BackupCipher.Magic.Length + BackupCipher.SaltSize];
        if (await _source.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken) < header.Length
            || !header.AsSpan().StartsWith(BackupCipher.Magic))
            throw new BackupException("The file does not begin as an encrypted backup does.");
        _cipher = BackupCipher.Create(key, header[BackupCipher.Magic.Length..]);
        // A wrong key is known here, before anything is done with what comes.
        await OpenAsync(cancellationToken);
    }

    // A piece is the last when nothing follows it: one byte is read ahead.
    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        _next.AsSpan(0, _carried).CopyTo(_sealed);
        var length = _carried + await _source.ReadAtLeastAsync(_sealed.AsMemory(_carried), _sealed.Length - _carried, throwOnEndOfStream: false, cancellationToken);
        _carried = length == _sealed.Length ? await _source.ReadAsync(_next, cancellationToken) : 0;
        _ended = _carried == 0;
        try
        {
            if (length < BackupCipher.TagSize)
                throw new AuthenticationTagMismatchException();
            _filled = length - BackupCipher.TagSize;
            _read = 0;
            _cipher!.Decrypt(
                BackupCipher.Nonce(_number++, _ended), _sealed.AsSpan(0, _filled), _sealed.AsSpan(_filled, BackupCipher.TagSize), _piece.AsSpan(0, _filled));
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new BackupException(
                _number <= 1
                    ? "The file does not decrypt: Backups:Key is another one, or its first 64 KiB were changed."
                    : $"The file was changed or cut off within the 64 KiB from byte {(_number - 1) * BackupCipher.PieceSize} of its content on.", e);
        }
    }
}
