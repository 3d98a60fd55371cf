namespace LaunchStack.Migrator.Copy;

/// <summary>How to move.</summary>
/// <param name="QuarantineDeleted">Soft-deleted samples go to quarantine instead of being moved with their mark.</param>
/// <param name="DirectCompress">Old windows go straight into compressed chunks, where the target can.</param>
internal sealed record CopyOptions(bool QuarantineDeleted = false, bool DirectCompress = true);
