namespace LaunchStack.Migrator.Legacy;

/// <summary>What some rows of the original add to one grain of <see cref="SourceScan"/>.</summary>
/// <param name="Time">Start of the grain; <see cref="SourceWindow.Outside"/> for the rows whose time is missing or out of range.</param>
/// <param name="Rows">How many they are.</param>
/// <param name="Version">Sum of their hashes.</param>
/// <param name="Bytes">What the columns that the target lacks take, about.</param>
internal readonly record struct ScannedPart(DateTime Time, long Rows, decimal Version, long Bytes);
