using System.Text.Json;

namespace LaunchStack.Agent.Tests.Chaos;

/// <summary>What a stand-in for Ingest.Api has, and what it was ever sent.</summary>
internal sealed class ChaosBooks
{
    private readonly Lock _gate = new();
    private readonly HashSet<Guid> _registered = [];
    private readonly HashSet<(Guid Instance, DateTimeOffset At)> _stored = [];
    private readonly HashSet<(Guid Instance, DateTimeOffset At)> _sent = [];

    public HashSet<(Guid Instance, DateTimeOffset At)> Stored
    {
        get
        {
            lock (_gate)
                return [.. _stored];
        }
    }

    public HashSet<(Guid Instance, DateTimeOffset At)> Sent
    {
        get
        {
            lock (_gate)
                return [.. _sent];
        }
    }

    public static (Guid Instance, DateTimeOffset At) Key(JsonElement sample) =>
        (sample.GetProperty("instance_id").GetGuid(), sample.GetProperty("timestamp").GetDateTimeOffset());

    public void Register(Guid instance)
    {
        lock (_gate)
            _registered.Add(instance);
    }

    public void ForgetInstances()
    {
        lock (_gate)
            _registered.Clear();
    }

    public void Saw(JsonElement[] samples)
    {
        lock (_gate)
            _sent.UnionWith(samples.Select(Key));
    }

    /// <summary>Takes samples as Ingest.Api does.</summary>
    /// <returns>Status and body of its answer.</returns>
    public (int Status, string Body) Take(JsonElement[] samples)
    {
        int accepted = 0, duplicates = 0;
        var rejected = new List<object>();
        lock (_gate)
        {
            for (var index = 0; index < samples.Length; index++)
            {
                var key = Key(samples[index]);
                if (!_registered.Contains(key.Instance))
                    rejected.Add(new { index, code = "unknown_instance", detail = "not registered" });
                else if (IsPoison(key))
                    rejected.Add(new { index, code = "out_of_range", detail = "poison" });
                else if (_stored.Add(key))
                    accepted++;
                else
                    duplicates++;
            }
        }

        return accepted + duplicates > 0
            ? (200, JsonSerializer.Serialize(new { accepted, duplicates, rejected }))
            : (400, JsonSerializer.Serialize(new { title = "No sample was kept", status = 400, accepted, duplicates, rejected }));
    }

    private static bool IsPoison((Guid Instance, DateTimeOffset At) key) => (key.At.ToUnixTimeMilliseconds() + key.Instance.ToByteArray()[0]) % 97 == 0;
}
