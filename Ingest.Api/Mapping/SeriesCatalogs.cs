using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// One catalog an owner: two users may call their containers the same, and one who sends ever new series only makes
/// his own be forgotten.
/// </summary>
internal sealed class SeriesCatalogs(MappingTable table, IOptions<MappingOptions> options)
{
    private readonly ConcurrentDictionary<SeriesOwner, SeriesCatalog> _catalogs = [];

    /// <summary>The catalog of an owner.</summary>
    public SeriesCatalog Of(SeriesOwner owner) =>
        _catalogs.GetOrAdd(owner, _ => new SeriesCatalog(table, options.Value));
}
