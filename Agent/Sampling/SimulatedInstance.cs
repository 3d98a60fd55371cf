using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Agent.Sampling;

/// <summary>
/// A made-up container. Everything it reports is a function of seed, number and time: the same after a restart of the agent,
/// on every machine, and for times long gone. It works by day, rests at night and at weekends, leaks a little memory, and
/// restarts every few hours to days, which sets its network counters back to zero.
/// </summary>
internal sealed class SimulatedInstance : IUsageSource
{
    private const double Day = 86_400;
    private const long MiB = 1 << 20;
    private static readonly DateTimeOffset Origin = new(2020, 1, 6, 0, 0, 0, TimeSpan.Zero); // a Monday

    private readonly ulong _key;
    private readonly double _idle, _peak, _phase, _sharpness, _uptime, _uptimeOffset, _leak;
    private readonly long _limit, _diskBase;
    private readonly double _diskPerDay;
    private readonly TrafficCurve _in, _out;

    public SimulatedInstance(int seed, int number)
    {
        InstanceId = Identity(seed, number);
        Name = string.Create(CultureInfo.InvariantCulture, $"simulated-{number:0000}");
        _key = Noise.Mix(Noise.Mix((uint)seed) ^ (uint)number);

        _idle = 0.5 + (4 * Noise.Unit(_key, 1));
        _peak = 15 + (135 * Math.Pow(Noise.Unit(_key, 2), 2));
        _phase = Day * (0.5 + (0.2 * (Noise.Unit(_key, 3) - 0.5)));
        _sharpness = 1 + (3 * Noise.Unit(_key, 4));
        _limit = (256 << (int)(4 * Noise.Unit(_key, 5))) * MiB;
        _leak = 0.25 * Noise.Unit(_key, 6);
        _uptime = 3600 * (6 + (66 * Noise.Unit(_key, 7)));
        _uptimeOffset = _uptime * Noise.Unit(_key, 8);
        _diskBase = (long)(1024 * MiB * (0.5 + (4 * Noise.Unit(_key, 9))));
        _diskPerDay = 40 * MiB * Noise.Unit(_key, 10);
        _in = new(200 + (50_000 * Noise.Unit(_key, 11)), _phase, 300 + (600 * Noise.Unit(_key, 12)));
        _out = new(100 + (20_000 * Noise.Unit(_key, 13)), _phase, 300 + (600 * Noise.Unit(_key, 14)));
    }

    public Guid InstanceId { get; }

    public string Name { get; }

    public bool IsSimulated => true;

    public UsageSample Take(SampleTime now) => At(now.At);

    /// <summary>What it uses at any time.</summary>
    public UsageSample At(DateTimeOffset now)
    {
        var t = (now - Origin).TotalSeconds;
        var started = StartedAt(t);
        var load = Load(t);

        var slot = (ulong)(long)Math.Floor(t / 10);
        var jitter = 0.8 + (0.4 * Noise.Unit(_key, slot, 20));
        var minute = slot / 6;
        var burst = Noise.Unit(_key, minute, 21) < 0.02 ? 60 * Noise.Unit(_key, minute, 22) : 0;

        var warm = Math.Min(1, (t - started) / 300);
        var memory = _limit * ((0.1 + (0.15 * warm) + (0.35 * load) + (_leak * ((t - started) / _uptime))) * (0.97 + (0.03 * jitter)));
        return new(InstanceId, now, new()
        {
            CpuUsage = Math.Round(((_idle + (_peak * load)) * jitter) + burst, 2),
            MemoryUsage = (long)Math.Min(memory, _limit),
            MemoryLimit = _limit,
            // Old files are cleared away every 30 days.
            DiskUsage = _diskBase + (long)(_diskPerDay * (Math.Abs(t) / Day % 30)),
            NetworkIn = _in.Between(started, t),
            NetworkOut = _out.Between(started, t),
        });
    }

    /// <summary>When the container last started, in seconds since the simulation's origin.</summary>
    internal double StartedAt(double t) => (Math.Floor((t - _uptimeOffset) / _uptime) * _uptime) + _uptimeOffset;

    internal static Guid Identity(int seed, int number)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"launchstack/simulated/{seed}/{number}")));
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80); // version 8: made by a rule of our own (RFC 9562)
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }

    /// <summary>0 at night to 1 at the busiest hour; a third of it at weekends.</summary>
    private double Load(double t)
    {
        var day = Math.Pow(0.5 + (0.5 * Math.Cos(2 * Math.PI * (t - _phase) / Day)), _sharpness);
        var weekday = (((long)Math.Floor(t / Day) % 7) + 7) % 7;
        return weekday >= 5 ? day / 3 : day;
    }
}
