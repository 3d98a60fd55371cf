using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The value of a parameter that the configuration does not give.</summary>
public abstract class ParameterDefault
{
    /// <summary>Makes the value.</summary>
    public abstract string GetDefaultValue();
}

/// <summary>A random value.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    private const string Letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ";
    private const string Digits = "0123456789";
    private const string Specials = "-_.{}~()*+!";

    /// <summary>Length of the value.</summary>
    public int MinLength { get; set; } = 22;

    /// <summary>Whether special characters are among it.</summary>
    public bool Special { get; set; } = true;

    /// <inheritdoc />
    public override string GetDefaultValue() =>
        RandomNumberGenerator.GetString(Special ? Letters + Digits + Specials : Letters + Digits, MinLength);
}
