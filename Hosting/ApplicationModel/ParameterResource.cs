namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value given from outside: <c>Parameters:{name}</c>, or generated and kept.</summary>
public sealed class ParameterResource : Resource
{
    private readonly Func<ParameterDefault?, string> _value;

    internal ParameterResource(string name, Func<ParameterDefault?, string> value, bool secret)
        : base(name)
    {
        _value = value;
        Secret = secret;
    }

    /// <summary>Shown masked.</summary>
    public bool Secret { get; }

    /// <summary>What the value is where the configuration has none.</summary>
    public ParameterDefault? Default { get; set; }

    /// <summary>The value.</summary>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(_value(Default));
}
