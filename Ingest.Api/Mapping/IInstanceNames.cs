namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Looks instances up by the names that clients have for them.</summary>
internal interface IInstanceNames
{
    /// <summary>
    /// Gives every reference its id, or the reason why there is none. A name that nobody has registered gets the id that it is to have,
    /// where the request may register it.
    /// </summary>
    /// <param name="owner">Whose instances they may be.</param>
    /// <param name="references">The references of one request, each once.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>The names still to be registered, by id.</returns>
    ValueTask<IReadOnlyDictionary<Guid, string>> ResolveAsync(SeriesOwner owner, IReadOnlyCollection<InstanceReference> references, CancellationToken cancellationToken);
}
