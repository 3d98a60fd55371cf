using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Registers the mapping of series.</summary>
public static class MappingSetup
{
    /// <summary>Binds the table and adds the way from series to rows.</summary>
    public static void AddMapping(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<MappingOptions>().BindConfiguration(MappingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MappingOptions>, MappingOptionsValidator>();
        services.AddSingleton<MappingTable>();
        services.AddSingleton<SeriesCatalogs>();
        services.AddSingleton<InstanceNames>();
        services.AddSingleton<StoredCounters>();
        services.AddSingleton<UnmappedSeries>();
        services.AddSingleton<SeriesIngest>();
    }
}
