namespace LaunchStack.Agent.CommandLine;

/// <summary>What the command line asks for.</summary>
/// <param name="Settings">Configuration that overrides files and environment.</param>
/// <param name="ShowHelp">Print the help and leave.</param>
/// <param name="Error">Why the line cannot be understood; null if it can.</param>
internal sealed record AgentCommand(IReadOnlyDictionary<string, string?> Settings, bool ShowHelp = false, string? Error = null);
