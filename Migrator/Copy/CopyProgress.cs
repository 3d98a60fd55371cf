using System.Globalization;

namespace LaunchStack.Migrator.Copy;

/// <summary>Says how far the move is: one changing line on a terminal, plain lines elsewhere.</summary>
internal sealed class CopyProgress(TextWriter output, bool terminal, TimeProvider time) : IDisposable
{
    private readonly Lock gate = new();
    private ITimer? timer;
    private long total;
    private long before;
    private long done;
    private long started;

    /// <summary>Beside the answer, on standard error.</summary>
    public static CopyProgress OnConsole() => new(Console.Error, !Console.IsErrorRedirected, TimeProvider.System);

    public void Step(string what)
    {
        lock (gate)
            output.WriteLine(what);
    }

    /// <summary>Begins to count towards <paramref name="rows"/>, of which <paramref name="alreadyDone"/> came in earlier.</summary>
    public void Start(long rows, long alreadyDone)
    {
        (total, before, done) = (rows, alreadyDone, 0);
        started = time.GetTimestamp();
        var every = TimeSpan.FromSeconds(terminal ? 1 : 5);
        timer = time.CreateTimer(_ => Print(), null, every, every);
    }

    public void Add(long rows) => Interlocked.Add(ref done, rows);

    public void Stop()
    {
        timer?.Dispose();
        timer = null;
        Print();
        if (terminal)
            output.WriteLine();
    }

    /// <summary>Hours, minutes, seconds; a day is 24 hours.</summary>
    public static string Hours(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours:00}:{time:mm\\:ss}");

    public void Dispose() => timer?.Dispose();

    private void Print()
    {
        var rows = Interlocked.Read(ref done);
        var rate = rows / Math.Max(0.001, time.GetElapsedTime(started).TotalSeconds);
        var percent = total == 0 ? 100 : 100.0 * (before + rows) / total;
        var left = rate > 0 ? Hours(TimeSpan.FromSeconds((total - before - rows) / rate)) : "?";
        var line = string.Create(CultureInfo.InvariantCulture, $"{before + rows} of {total} rows, {rate:0} rows/s, {percent:0.0} %, {left} left");
        lock (gate)
            output.Write(terminal ? $"\r{line}   " : $"{line}{Environment.NewLine}");
    }
}
