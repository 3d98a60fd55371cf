using System.Text;
using System.Text.RegularExpressions;

namespace LaunchStack.Deployment.Compose;

/// <summary>The settings of compose.yaml, each with its explanation.</summary>
internal sealed partial class EnvFile
{
    private const string Header =
        """
        # Settings of compose.yaml. A line that is commented out shows the default. Publishing again keeps what is set here and adds what is new.
        # Once filled in, this file holds secrets: keep it readable by its owner only, and out of version control.

        """;

    private readonly List<EnvSetting> _settings = [];

    /// <summary>Adds a setting; returns how compose.yaml refers to it.</summary>
    public string Add(EnvSetting setting)
    {
        if (!_settings.Contains(setting))
            _settings.Add(setting);
        return setting.IsActive ? $"${{{setting.Name}:?set it in .env}}" : $"${{{setting.Name}:-{setting.Default}}}";
    }

    /// <param name="existing">The file of an earlier publish; null without one.</param>
    public string Write(string? existing)
    {
        var kept = Assignment().Matches(existing ?? "").ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);
        var text = new StringBuilder(Header);
        // What must be set first; a setting that refers to another stands behind it.
        foreach (var setting in _settings.OrderByDescending(s => s.IsActive).ThenBy(s => s.Default.Contains("${", StringComparison.Ordinal)))
        {
            text.Append("\n# ").Append(setting.Explanation).Append('\n');
            text.Append(kept.Remove(setting.Name, out var value) || setting.IsActive ? "" : "#")
                .Append(setting.Name).Append('=').Append(value ?? setting.Default).Append('\n');
        }
        if (kept.Count > 0)
            text.Append("\n# Not of this version.\n");
        foreach (var (name, value) in kept)
            text.Append(name).Append('=').Append(value).Append('\n');
        return text.ToString();
    }

    [GeneratedRegex(@"^(?<name>[A-Za-z_][A-Za-z0-9_]*)=(?<value>.*?)\r?$", RegexOptions.Multiline)]
    private static partial Regex Assignment();
}
