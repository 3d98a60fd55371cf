using System.Text;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>Makes what a client sent fit for a message that is shown and logged.</summary>
public static class Printable
{
    /// <summary>At most so many characters, without control characters.</summary>
    public static string Of(string? value, int maxLength = 64)
    {
        var text = new StringBuilder();
        foreach (var c in value ?? "")
        {
            if (text.Length == maxLength)
                return text.Append('…').ToString();
            text.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }
        return text.ToString();
    }
}
