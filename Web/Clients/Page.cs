namespace LaunchStack.Web.Clients;

/// <summary>Part of a list.</summary>
/// <param name="Items">Its rows.</param>
/// <param name="Next">Where the next page begins (<c>after</c>); null: there is none.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
