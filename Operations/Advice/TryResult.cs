namespace LaunchStack.Operations.Advice;

/// <summary>Settings measured side by side on a copy of one chunk's rows.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Rows">Rows copied of it.</param>
/// <param name="Today">With today's settings.</param>
/// <param name="Proposed">With those that were asked for.</param>
public sealed record TryResult(string Chunk, long Rows, TryFigures Today, TryFigures Proposed);
