using System.Buffers.Binary;
using System.Security.Cryptography;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>A change of state at a tick.</summary>
/// <param name="Rule">The version.</param>
/// <param name="InstanceId">The instance; the nil UUID is the platform.</param>
/// <param name="UserId">Its owner at the tick.</param>
/// <param name="Tick">When.</param>
/// <param name="From">The state left.</param>
/// <param name="To">The state entered, with its figures.</param>
/// <param name="Reason">One of <see cref="TransitionReasons"/>.</param>
internal sealed record AlertTransition(
    AlertRule Rule, Guid InstanceId, Guid? UserId, DateTimeOffset Tick, AlertStatus From, AlertState To, string Reason)
{
    /// <summary>The change from one state to the next; null when only figures changed.</summary>
    public static AlertTransition? Of(
        AlertRule rule, Guid instance, Guid? user, DateTimeOffset tick, AlertState? before, AlertState? after, string? reason)
    {
        var from = before?.Status ?? AlertStatus.Inactive;
        return after is null || after.Status == from
            ? null
            : new(rule, instance, user, tick, from, after, reason!) { Since = before is { IsRaised: true } ? before.Since : after.Since };
    }

    public bool Raises => To.Status == AlertStatus.Firing && From != AlertStatus.Recovering;

    public bool Resolves => From is AlertStatus.Firing or AlertStatus.Recovering && To.Status == AlertStatus.Inactive;

    /// <summary>When the alert's trouble began: the state entered knows it, except the one after it is over.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>
    /// Identity of the alert, from its raising to its resolution: a function of rule, version, instance and since, so that a replay
    /// names the same. A UUID of version 8, made from SHA-256.
    /// </summary>
    public Guid AlertId => IdOf(Rule, InstanceId, Since);

    private static Guid IdOf(AlertRule rule, Guid instance, DateTimeOffset since)
    {
        Span<byte> key = stackalloc byte[44];
        rule.Id.TryWriteBytes(key, bigEndian: true, out _);
        instance.TryWriteBytes(key[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(key[32..], rule.Version);
        BinaryPrimitives.WriteInt64BigEndian(key[36..], since.UtcTicks);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        hash[6] = (byte)(hash[6] & 0x0F | 0x80);
        hash[8] = (byte)(hash[8] & 0x3F | 0x80);
        return new(hash[..16], bigEndian: true);
    }
}
