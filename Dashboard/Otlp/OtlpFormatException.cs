namespace LaunchStack.Dashboard.Otlp;

/// <summary>The export cannot be read; the message names the place. Answered with 400 or INVALID_ARGUMENT.</summary>
internal sealed class OtlpFormatException(string message, Exception? inner = null) : Exception(message, inner);
