using System.Security.Cryptography;
using LaunchStack.Operations.Backups;
using LaunchStack.Operations.Backups.Encryption;

namespace LaunchStack.Operations.Tests.Backups;

public sealed class BackupCipherTests
{
    private const string Key = "sixteen characters, and some";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BackupCipher.PieceSize)]
    [InlineData(BackupCipher.PieceSize * 3)]
    [InlineData((BackupCipher.PieceSize * 2) + 17)]
    public async Task What_was_encrypted_is_decrypted(int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        Assert.Equal(content, await DecryptAsync(await EncryptAsync(content), Key));
    }

    [Fact]
    public async Task Every_change_is_noticed_and_its_place_named()
    {
        var whole = await EncryptAsync(RandomNumberGenerator.GetBytes(BackupCipher.PieceSize * 3));
        const int Sealed = BackupCipher.PieceSize + BackupCipher.TagSize;
        var header = whole.Length - (3 * Sealed);

        foreach (var (what, changed) in new (string, byte[])[]
        {
            ("one byte", [.. whole[..(header + Sealed + 9)], (byte)~whole[header + Sealed + 9], .. whole[(header + Sealed + 10)..]]),
            ("a piece is missing", [.. whole[..header], .. whole[(header + Sealed)..]]),
            ("two are exchanged", [.. whole[..header], .. whole[(header + Sealed)..(header + (2 * Sealed))], .. whole[header..(header + Sealed)], .. whole[(header + (2 * Sealed))..]]),
            ("cut off at a piece's end", whole[..^Sealed]),
            ("cut off within", whole[..^1]),
            ("something follows", [.. whole, .. whole[^Sealed..]]),
        })
        {
            var error = await Assert.ThrowsAsync<BackupException>(() => DecryptAsync(changed, Key));
            Assert.True(error.Message.Length > 0, what);
        }
        Assert.Contains("Backups:Key is another one", (await Assert.ThrowsAsync<BackupException>(() => DecryptAsync(whole, "another key, also long"))).Message, StringComparison.Ordinal);
        Assert.Contains("from byte 65536", (await Assert.ThrowsAsync<BackupException>(() => DecryptAsync(
            [.. whole[..(header + Sealed + 9)], (byte)~whole[header + Sealed + 9], .. whole[(header + Sealed + 10)..]], Key))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("another key, also long", 0)]
    [InlineData(Key, 1)]
    public async Task A_file_that_does_not_decrypt_is_closed(string key, int from)
    {
        var file = new MemoryStream((await EncryptAsync([1, 2, 3]))[from..]);
        await Assert.ThrowsAsync<BackupException>(() => DecryptingStream.CreateAsync(file, key, Token));
        Assert.False(file.CanRead);
    }

    private static async Task<byte[]> EncryptAsync(byte[] content)
    {
        using var target = new MemoryStream();
        await using var encrypting = await EncryptingStream.CreateAsync(target, Key, Token);
        // In odd portions: pieces are not what is written at once.
        foreach (var portion in content.Chunk(10_007))
            await encrypting.WriteAsync(portion, Token);
        await encrypting.CompleteAsync(Token);
        return target.ToArray();
    }

    private static async Task<byte[]> DecryptAsync(byte[] content, string key)
    {
        await using var decrypting = await DecryptingStream.CreateAsync(new MemoryStream(content), key, Token);
        using var target = new MemoryStream();
        await decrypting.CopyToAsync(target, 4_099, Token);
        return target.ToArray();
    }
}
