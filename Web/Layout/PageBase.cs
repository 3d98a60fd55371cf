using LaunchStack.Web.SignIn;
using Microsoft.AspNetCore.Components;

namespace LaunchStack.Web.Layout;

/// <summary>What every component knows: the request that it is rendered for, and who is signed in.</summary>
public abstract class PageBase : ComponentBase
{
    /// <summary>The request.</summary>
    [CascadingParameter]
    public HttpContext Http { get; set; } = null!;

    internal SignedIn Me => SignedIn.Of(Http.User);

    internal CancellationToken Aborted => Http.RequestAborted;

    /// <summary>Reads before it renders: a page is sent once, so there is nothing to show before.</summary>
    public override async Task SetParametersAsync(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        await LoadAsync();
        await base.SetParametersAsync(ParameterView.Empty);
    }

    /// <summary>Reads what the page shows; its parameters are set.</summary>
    protected virtual Task LoadAsync() => Task.CompletedTask;
}
