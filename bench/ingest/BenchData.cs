using System.Globalization;
using System.Text;

namespace LaunchStack.Ingest.Bench;

/// <summary>The rows of a round: every instance once a tick, as agents send them; the same for every strategy.</summary>
internal sealed class BenchData
{
    private readonly int _instances;
    private readonly DateTime _from;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    /// <param name="samples">How many.</param>
    /// <param name="instances">Of how many instances.</param>
    /// <param name="isLate">From yesterday's noon on, not up to now.</param>
    public BenchData(int samples, int instances, bool isLate)
    {
        Samples = samples;
        _instances = instances;
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        _from = isLate ? now.Date.AddHours(-12) : new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc) - (Step * (samples / instances));
        Ids = new Guid[instances];
        var random = new Random(7);
        Span<byte> bytes = stackalloc byte[16];
        for (var i = 0; i < instances; i++)
        {
            random.NextBytes(bytes);
            Ids[i] = new Guid(bytes);
        }
    }

    private BenchData(BenchData of, TimeSpan shift) =>
        (Samples, Ids, _instances, _from) = (of.Samples, of.Ids, of._instances, of._from + shift);

    public int Samples { get; }

    public Guid[] Ids { get; }

    /// <summary>The same some milliseconds later: the API takes the samples of an earlier round for ones sent again, emptied table or not.</summary>
    public BenchData Round(int round) => new(this, TimeSpan.FromMilliseconds(round));

    public BenchRow this[int n]
    {
        get
        {
            var (tick, i) = Math.DivRem(n, _instances);
            return new(
                Ids[i], _from + (Step * tick), 20 + (15 * Math.Sin(n / 997.0)), 150_000_000 + (i * 5000) + tick,
                536_870_912, 200_000_000 + (tick * 100L), (tick * 3000L) + i, (tick * 2000L) + i);
        }
    }

    /// <summary>Bodies of <paramref name="batch"/> samples; <paramref name="duplicates"/> percent of each after the first repeat the first's.</summary>
    public List<byte[]> Bodies(int batch, int duplicates)
    {
        var bodies = new List<byte[]>();
        var text = new StringBuilder();
        var repeated = batch * duplicates / 100;
        for (var from = 0; from < Samples; from += batch)
        {
            var to = Math.Min(Samples, from + batch);
            text.Clear().Append('[');
            for (var n = from; n < to; n++)
                Append(text, this[n - from < repeated ? n - from : n]).Append(n == to - 1 ? ']' : ',');
            bodies.Add(Encoding.UTF8.GetBytes(text.ToString()));
        }
        return bodies;
    }

    /// <summary>The same points as line protocol, so many lines a body.</summary>
    public List<byte[]> Lines(int batch)
    {
        var bodies = new List<byte[]>();
        var text = new StringBuilder();
        for (var from = 0; from < Samples; from += batch)
        {
            text.Clear();
            for (var n = from; n < Math.Min(Samples, from + batch); n++)
            {
                var row = this[n];
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"usage,instance_id={row.Instance} cpu_usage={row.Cpu},memory_usage={row.Memory}i,memory_limit={row.MemoryLimit}i,disk_usage={row.Disk}i,network_in={row.NetworkIn}i,network_out={row.NetworkOut}i {new DateTimeOffset(row.At).ToUnixTimeSeconds()}\n");
            }
            bodies.Add(Encoding.UTF8.GetBytes(text.ToString()));
        }
        return bodies;
    }

    private static StringBuilder Append(StringBuilder text, in BenchRow row) => text.Append(
        CultureInfo.InvariantCulture,
        $$"""{"instance_id":"{{row.Instance}}","timestamp":"{{row.At:yyyy-MM-ddTHH:mm:ss.fff}}Z","cpu_usage":{{row.Cpu}},"memory_usage":{{row.Memory}},"memory_limit":{{row.MemoryLimit}},"disk_usage":{{row.Disk}},"network_in":{{row.NetworkIn}},"network_out":{{row.NetworkOut}}}""");
}
