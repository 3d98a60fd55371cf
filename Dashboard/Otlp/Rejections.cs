namespace LaunchStack.Dashboard.Otlp;

/// <summary>What of an export could not be taken, for its partial success.</summary>
internal sealed class Rejections
{
    public long Count { get; private set; }

    public string Message { get; private set; } = "";

    public void Add(string reason, long count = 1)
    {
        Count += count;
        if (Message.Length == 0) Message = reason;
        else if (Message.Length < 500 && !Message.Contains(reason, StringComparison.Ordinal)) Message += "; " + reason;
    }
}
