using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Which alarms hold: what was found in every reading for as long as its rule says. Thread-safe to read.</summary>
internal sealed class AlarmBoard(TimeProvider time)
{
    private readonly Dictionary<(string Rule, string Subject), DateTimeOffset> _seen = [];
    private volatile IReadOnlyList<Alarm> _active = [];

    /// <summary>Those that hold, oldest first.</summary>
    public IReadOnlyList<Alarm> Active => _active;

    /// <summary>Judges a reading; what is no longer found is over.</summary>
    /// <param name="snapshot">The last reading that succeeded.</param>
    /// <param name="failure">Why the newest one failed: then the others stand as they were.</param>
    public (IReadOnlyList<Alarm> Raised, IReadOnlyList<Alarm> Cleared) Judge(DatabaseSnapshot? snapshot, string? failure)
    {
        var now = time.GetUtcNow();
        var found = failure is not null
            ? [(AlarmRules.Blind, new("", $"The database cannot be read: {failure}"))]
            : AlarmRules.All.SelectMany(rule => rule.Find(snapshot!).Select(finding => (Rule: rule, Finding: finding))).ToList();
        if (failure is null)
        {
            var keys = found.Select(f => (f.Rule.Name, f.Finding.Subject)).ToHashSet();
            foreach (var gone in _seen.Keys.Where(key => !keys.Contains(key)).ToList())
                _seen.Remove(gone);
        }

        var before = _active;
        var after = failure is null ? [] : before.Where(alarm => alarm.Name != AlarmRules.Blind.Name).ToList();
        foreach (var (rule, finding) in found)
        {
            _seen.TryAdd((rule.Name, finding.Subject), now);
            var since = _seen[(rule.Name, finding.Subject)];
            if (now - since >= (finding.Hold ?? rule.Hold))
                after.Add(new(rule.Name, finding.Subject, finding.Reason, since, rule.Runbook));
        }
        _active = after.OrderBy(alarm => alarm.Since).ThenBy(alarm => alarm.Name, StringComparer.Ordinal).ToList();
        return (Without(_active, before), Without(before, _active));
    }

    private static List<Alarm> Without(IReadOnlyList<Alarm> some, IReadOnlyList<Alarm> others)
    {
        var keys = others.Select(alarm => (alarm.Name, alarm.Subject)).ToHashSet();
        return some.Where(alarm => !keys.Contains((alarm.Name, alarm.Subject))).ToList();
    }
}
