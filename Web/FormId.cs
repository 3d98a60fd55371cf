namespace LaunchStack.Web;

/// <summary>An id that somebody has typed into a form.</summary>
internal static class FormId
{
    /// <summary>Null: the field is empty.</summary>
    /// <exception cref="FormatException">It is no UUID.</exception>
    public static Guid? Parse(string? text) => string.IsNullOrWhiteSpace(text) ? null : Guid.Parse(text.Trim());
}
