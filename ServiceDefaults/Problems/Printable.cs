using System.Text;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>Makes what a client sent fit for a message that is shown and logged.</summary>
public static class Printable
{
    /// <summary>At most 64 characters, without control characters.</summary>
    public static string Of(string? value)
    {
        var text = new StringBuilder();
        foreach (var c in value ?? "")
        {
            if (text.Length == 64)
                return text.Append('…').ToString();
            text.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }
        return text.ToString();
    }
}
