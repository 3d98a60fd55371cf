namespace LaunchStack.Deployment.Compose;

/// <summary>A line of <c>.env</c>.</summary>
/// <param name="Name">Of the variable.</param>
/// <param name="Explanation">What it does, in a sentence or two.</param>
/// <param name="Default">Its value unless set.</param>
/// <param name="IsActive">Stands there as a setting; otherwise as a comment, and compose.yaml has the default.</param>
internal sealed record EnvSetting(string Name, string Explanation, string Default, bool IsActive = false)
{
    /// <summary>The name of a variable made from names of the app model.</summary>
    public static string NameOf(params string[] parts) => string.Join('_', parts).Replace('-', '_').ToUpperInvariant();
}
