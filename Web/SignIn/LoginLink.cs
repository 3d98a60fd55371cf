using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace LaunchStack.Web.SignIn;

/// <summary>The link on the console. It signs in once.</summary>
internal sealed class LoginLink(IOptions<WebOptions> options)
{
    private int _used;

    /// <summary>Uses the token up: the key that it stands for, null when it is unknown or was used before.</summary>
    public string? Use(string token)
    {
        var (expected, key) = (options.Value.LoginToken, options.Value.AdminKey);
        if (expected.Length == 0 || key.Length == 0 || !CryptographicOperations.FixedTimeEquals(Hash(token), Hash(expected)))
            return null;
        return Interlocked.Exchange(ref _used, 1) == 0 && MarkUsed(Convert.ToHexStringLower(Hash(expected))) ? key : null;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    // The file outlives this process: a link that was used stays used when the service is started again.
    private bool MarkUsed(string hash)
    {
        if (options.Value.StateDirectory is not { Length: > 0 } directory)
            return true;
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, $"login-{hash[..16]}.used");
        foreach (var older in Directory.EnumerateFiles(directory, "login-*.used").Where(path => path != file))
            File.Delete(older);
        try
        {
            new FileStream(file, FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            return false;
        }
    }
}
