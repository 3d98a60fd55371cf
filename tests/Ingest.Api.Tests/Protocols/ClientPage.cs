namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>The configuration on a client's page in docs/clients, as a reader would copy it.</summary>
internal static class ClientPage
{
    /// <summary>The first block of a language, with address and key replaced.</summary>
    public static string Block(string page, string language, ProtocolHost host)
    {
        var text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "clients", page));
        var fence = $"```{language}\n";
        var start = text.IndexOf(fence, StringComparison.Ordinal) + fence.Length;
        Assert.True(start >= fence.Length, $"{page} has no block of {language}");
        return text[start..text.IndexOf("```", start, StringComparison.Ordinal)]
            .Replace("http://localhost:5080", host.Url, StringComparison.Ordinal)
            .Replace("YOUR_KEY", ProtocolHost.Key, StringComparison.Ordinal);
    }
}
