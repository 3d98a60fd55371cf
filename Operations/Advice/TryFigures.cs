namespace LaunchStack.Operations.Advice;

/// <summary>What was measured.</summary>
/// <param name="Bytes">In rows, with indexes.</param>
/// <param name="CompressedBytes">In columns.</param>
/// <param name="Chunks">Chunks that they came to lie in.</param>
/// <param name="InsertRowsPerSecond">Insert.</param>
/// <param name="HistoryMilliseconds">An instance's history over all of it, from columns: the median of five.</param>
public sealed record TryFigures(long Bytes, long CompressedBytes, long Chunks, double InsertRowsPerSecond, double HistoryMilliseconds);
