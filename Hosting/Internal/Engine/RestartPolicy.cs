namespace Aspire.Hosting.Internal.Engine;

/// <summary>When a resource that died is started again: after 1, 2, 4, 8, 16 s; a minute of health forgives what was before.</summary>
internal sealed class RestartPolicy
{
    private const int Limit = 5;
    private static readonly TimeSpan Forgiven = TimeSpan.FromMinutes(1);
    private int _tries;

    /// <summary>The pause before the next start; null when there is to be none.</summary>
    public TimeSpan? Next(TimeSpan healthyFor)
    {
        if (healthyFor >= Forgiven)
            _tries = 0;
        return _tries++ < Limit ? TimeSpan.FromSeconds(1 << (_tries - 1)) : null;
    }
}
