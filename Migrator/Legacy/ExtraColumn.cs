namespace LaunchStack.Migrator.Legacy;

/// <summary>A column of the original's samples that the new schema lacks: it is added to the hypertable and moved as it is.</summary>
/// <param name="Column">In the original.</param>
/// <param name="Target">The column in the target.</param>
internal sealed record ExtraColumn(OriginalColumn Column, TargetColumn Target)
{
    /// <summary>Whether it travels as text: what the target's server cannot hold otherwise is text there, though a newer one, or the way back, could.</summary>
    public bool IsText => Target.Type == "text";

    /// <summary>How the target's value is read, in the same form as the original's.</summary>
    public string There(bool binary) => binary ? Target.Quoted : $"{Target.Quoted}::text";

    /// <summary>Bytes as they came, where both sides send the same ones for the type; else its text.</summary>
    public string Here(bool binary) => binary && !IsText ? $"s.{Column.Quoted}" : $"s.{Column.Quoted}::text";
}
