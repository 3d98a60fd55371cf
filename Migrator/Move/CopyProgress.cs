using System.Globalization;

namespace LaunchStack.Migrator.Move;

/// <summary>Says how far the move is: one changing line on a terminal, plain lines elsewhere.</summary>
internal sealed class CopyProgress(TextWriter output, bool terminal, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _total;
    private long _before;
    private long _done;
    private long _started;

    /// <summary>Beside the answer, on standard error.</summary>
    public static CopyProgress OnConsole() => new(Console.Error, !Console.IsErrorRedirected, TimeProvider.System);

    public void Step(string what)
    {
        lock (_gate)
            output.WriteLine(what);
    }

    /// <summary>Begins to count towards <paramref name="rows"/>, of which <paramref name="alreadyDone"/> came in earlier.</summary>
    public void Start(long rows, long alreadyDone)
    {
        (_total, _before, _done) = (rows, alreadyDone, 0);
        _started = time.GetTimestamp();
        var every = TimeSpan.FromSeconds(terminal ? 1 : 5);
        _timer?.Dispose();
        _timer = time.CreateTimer(_ => Print(), null, every, every);
    }

    public void Add(long rows) => Interlocked.Add(ref _done, rows);

    public void Stop()
    {
        _timer?.Dispose();
        _timer = null;
        Print();
        if (terminal)
            output.WriteLine();
    }

    /// <summary>Hours, minutes, seconds; a day is 24 hours.</summary>
    public static string Hours(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours:00}:{time:mm\\:ss}");

    public void Dispose() => _timer?.Dispose();

    private void Print()
    {
        var rows = Interlocked.Read(ref _done);
        var rate = rows / Math.Max(0.001, time.GetElapsedTime(_started).TotalSeconds);
        var percent = _total == 0 ? 100 : 100.0 * (_before + rows) / _total;
        var left = rate > 0 ? Hours(TimeSpan.FromSeconds((_total - _before - rows) / rate)) : "?";
        var line = string.Create(CultureInfo.InvariantCulture, $"{_before + rows} of {_total} rows, {rate:0} rows/s, {percent:0.0} %, {left} left");
        lock (_gate)
            output.Write(terminal ? $"\r{line}   " : $"{line}{Environment.NewLine}");
    }
}
