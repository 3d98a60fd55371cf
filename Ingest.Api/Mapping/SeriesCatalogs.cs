using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// One catalog an owner: two users may call their containers the same, and one who sends ever new series only makes
/// his own be forgotten: that which takes most memory shrinks where all together take too much. That of an owner who is silent for long
/// makes room for those that come. As after a restart, his counters then go on from what is stored; so it is never dropped under a request,
/// which would count them on beside that.
/// </summary>
internal sealed class SeriesCatalogs(MappingTable table, IOptions<MappingOptions> options, TimeProvider time)
{
    // A counter that begins again meanwhile is known for that only by who remembers it: not one of an agent that is away for a night.
    private static readonly TimeSpan Silence = TimeSpan.FromDays(1);

    private readonly Dictionary<SeriesOwner, Lent> _catalogs = [];
    private readonly Lock _gate = new();
    private readonly long _most = options.Value.MaxMemory ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;
    private long _size;

    /// <summary>The catalog of an owner, for a request to hold until <see cref="GiveBack"/>.</summary>
    public SeriesCatalog Take(SeriesOwner owner)
    {
        lock (_gate)
        {
            if (!_catalogs.TryGetValue(owner, out var lent))
            {
                foreach (var (silent, dropped) in _catalogs.Where(pair => pair.Value.Holders == 0 && time.GetElapsedTime(pair.Value.UsedAt) >= Silence).ToList())
                {
                    _catalogs.Remove(silent);
                    _size -= dropped.Size;
                }

                _catalogs[owner] = lent = new(new(table, options.Value));
            }
            lent.Holders++;
            return lent.Catalog;
        }
    }

    /// <summary>Ends a request of the owner.</summary>
    public void GiveBack(SeriesOwner owner)
    {
        lock (_gate)
        {
            var lent = _catalogs[owner];
            lent.Holders--;
            lent.UsedAt = time.GetTimestamp();
            Measure(lent);
            while (_size > _most && _catalogs.Values.MaxBy(one => one.Size) is { } largest)
            {
                var before = largest.Size;
                largest.Catalog.Shrink();
                Measure(largest);
                // What requests hold stays until they end.
                if (largest.Size >= before)
                    break;
            }
        }
    }

    private void Measure(Lent lent)
    {
        _size -= lent.Size;
        lent.Size = lent.Catalog.Size;
        _size += lent.Size;
    }

    private sealed class Lent(SeriesCatalog catalog)
    {
        public SeriesCatalog Catalog => catalog;

        public int Holders { get; set; }

        public long UsedAt { get; set; }

        /// <summary>Its memory in bytes, when that was last looked at.</summary>
        public long Size { get; set; }
    }
}
