using System.Runtime.CompilerServices;

namespace Aspire.Hosting.Internal.State;

/// <summary>What one resource prints: the newest lines in memory, all lines of this run in <c>logs/{resource}.log</c>.</summary>
internal sealed class ResourceLog : IDisposable
{
    private const int Kept = 10_000;
    private readonly Queue<LogLine> _lines = new();
    private readonly StreamWriter _file;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _count;

    public ResourceLog(string directory, string resource, TimeProvider time)
    {
        _time = time;
        var path = Path.Combine(directory, $"{resource}.log");
        if (File.Exists(path))
            File.Move(path, Path.Combine(directory, $"{resource}.previous.log"), overwrite: true);
        _file = new StreamWriter(path) { AutoFlush = true };
    }

    public void Add(string text, bool isError)
    {
        lock (_lock)
        {
            _lines.Enqueue(new(++_count, text, isError, _time.GetUtcNow()));
            if (_lines.Count > Kept)
                _lines.Dequeue();
            _file.WriteLine(text);
            _more.TrySetResult();
            _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The line that most likely says why a process ended: the last on standard error that is no stack frame, else the last.</summary>
    public string? LastWords()
    {
        lock (_lock)
        {
            var told = _lines.Where(line => !string.IsNullOrWhiteSpace(line.Text) && !line.Text.StartsWith("   at ", StringComparison.Ordinal));
            return (told.LastOrDefault(line => line.IsError) ?? told.LastOrDefault())?.Text.Trim();
        }
    }

    /// <summary>The last <paramref name="tail"/> lines; with <paramref name="follow"/>, then each new one.</summary>
    public async IAsyncEnumerable<LogLine> ReadAsync(
        int tail, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var (seen, first) = (0L, true); ; first = false)
        {
            LogLine[] lines;
            Task more;
            lock (_lock)
            {
                lines = [.. first ? _lines.TakeLast(tail) : _lines.Where(line => line.Number > seen)];
                seen = _count;
                more = _more.Task;
            }
            foreach (var line in lines)
                yield return line;
            if (!follow)
                yield break;
            await more.WaitAsync(cancellationToken);
        }
    }

    public IReadOnlyList<LogLine> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _file.Dispose();
    }
}

/// <summary>One line of a resource's output.</summary>
internal sealed record LogLine(long Number, string Text, bool IsError, DateTimeOffset At);
