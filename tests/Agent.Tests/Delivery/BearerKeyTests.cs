using LaunchStack.Agent.Delivery;
using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Tests.Delivery;

public sealed class BearerKeyTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void The_agents_own_key_comes_before_the_admin_key()
    {
        Assert.Equal("own", Key([new("Auth:Key", "own"), new("Auth:AdminKey", "admin")]));
        Assert.Equal("admin", Key([new("Auth:Key", ""), new("Auth:AdminKey", "admin")]));
    }

    [Fact]
    public void A_file_is_read_anew_for_every_request()
    {
        var file = _directory.File("key");
        File.WriteAllText(file, "first\n");
        var key = Of([], file);
        Assert.Equal("first", key.TryRead(out _)!.Parameter);
        File.WriteAllText(file, "second\r\n");
        Assert.Equal("second", key.TryRead(out _)!.Parameter);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("kéy")]
    [InlineData("line\nbreak: header")]
    public void What_is_no_key_is_never_sent_nor_shown(string text)
    {
        var file = _directory.File("key");
        File.WriteAllText(file, text);
        Assert.Null(Of([], file).TryRead(out var problem));
        Assert.Contains(file, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("header", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_too_large_to_be_a_key_or_a_directory_is_named()
    {
        File.WriteAllText(_directory.File("large"), new string('k', 100_000));
        Assert.Null(Of([], _directory.File("large")).TryRead(out var tooLarge));
        Assert.Contains("holds no key", tooLarge, StringComparison.Ordinal);
        Assert.Null(Of([], _directory.Path).TryRead(out var directory));
        Assert.Contains("cannot be read", directory, StringComparison.Ordinal);
        Assert.Null(Of([], _directory.File("none")).TryRead(out var missing));
        Assert.Contains("cannot be read", missing, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private static string? Key(KeyValuePair<string, string?>[] settings) => Of(settings, null).TryRead(out _)?.Parameter;

    private static BearerKey Of(KeyValuePair<string, string?>[] settings, string? file) => new(
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), Options.Create(new AgentOptions { KeyFile = file }));
}
