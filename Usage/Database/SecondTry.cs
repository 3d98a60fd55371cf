using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// A second run, over new connections, of work that is silent although the server answers: its connection may have died without a word,
/// as when a firewall has forgotten it or its backend is stopped. The first of the two to end counts.
/// </summary>
internal sealed class SecondTry(SecondTry.Shared shared, long startedAt) : IDisposable
{
    private bool _isAlone;

    /// <summary>True when the work should run once more now.</summary>
    public bool TryBegin()
    {
        if (Volatile.Read(ref shared.ProvedAt) >= startedAt)
            return true;
        // One at a time: slow statements must not all run twice.
        if (Interlocked.CompareExchange(ref shared.IsTrying, 1, 0) != 0)
            return false;
        _isAlone = true;
        shared.DataSource.Clear();
        return true;
    }

    /// <summary>The second run was faster: the work of others that began before this is run once more, too.</summary>
    public void HasWon() => Volatile.Write(ref shared.ProvedAt, shared.Time.GetTimestamp());

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isAlone)
            Volatile.Write(ref shared.IsTrying, 0);
    }

    /// <summary>What all work on a data source knows.</summary>
    internal sealed class Shared(NpgsqlDataSource dataSource, TimeProvider time)
    {
        public long ProvedAt = long.MinValue;
        public int IsTrying;

        public NpgsqlDataSource DataSource => dataSource;

        public TimeProvider Time => time;
    }
}
