namespace Aspire.Hosting.Internal.Processes;

/// <summary>A command to run.</summary>
internal sealed record ProcessSpec(
    string FileName, IReadOnlyList<string> Arguments, string WorkingDirectory, IReadOnlyDictionary<string, string> Environment);
