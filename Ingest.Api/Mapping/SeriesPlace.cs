using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>A value or element of a request in words by which its sender finds it.</summary>
/// <param name="Series">What it is of, or what its protocol has instead.</param>
/// <param name="Time">When it was measured, nanoseconds since 1970; 0 where that is not known or said elsewhere.</param>
/// <param name="Index">Its line or element; null where that is not known.</param>
internal readonly record struct SeriesPlace(Series Series, long Time = 0, int? Index = null)
{
    private const int MaxLength = 120;

    public override string ToString()
    {
        var number = Series.Description.Source switch
        {
            WireProtocol.Influx when Index is { } line => $"line {line}",
            WireProtocol.Collectd when Index is { } element => $"element {element}",
            _ => "",
        };
        var name = Printable.Of(Series.Description.Name, MaxLength);
        if (Series.Group is { } group)
            name += $" of instance '{Printable.Of(group.Instance.Name)}'";
        if (Time != 0)
            name += $" at {SampleRules.Show(SeriesAggregator.ToMicroseconds(Time))}";
        return number.Length > 0 && name.Length > 0 ? $"{number}, {name}" : number + name;
    }
}
