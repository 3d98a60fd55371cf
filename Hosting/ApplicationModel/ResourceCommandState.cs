namespace Aspire.Hosting.ApplicationModel;

/// <summary>Whether a command can be run now.</summary>
public enum ResourceCommandState
{
    /// <summary>Shown, and can be run.</summary>
    Enabled,

    /// <summary>Shown, but cannot be run.</summary>
    Disabled,

    /// <summary>Not shown.</summary>
    Hidden,
}
