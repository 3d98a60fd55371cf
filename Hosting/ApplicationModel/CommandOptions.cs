namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a command is offered.</summary>
public class CommandOptions
{
    /// <summary>What it does, in a sentence.</summary>
    public string? Description { get; set; }

    /// <summary>Asked before it runs; null does not ask.</summary>
    public string? ConfirmationMessage { get; set; }

    /// <summary>Whether it stands out among the others.</summary>
    public bool IsHighlighted { get; set; }

    /// <summary>Says from the resource's state whether the command is offered; null: always.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}
