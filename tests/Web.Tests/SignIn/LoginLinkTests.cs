using LaunchStack.TestSupport;
using LaunchStack.Web.SignIn;
using Microsoft.Extensions.Options;

namespace LaunchStack.Web.Tests.SignIn;

public sealed class LoginLinkTests
{
    [Fact]
    public void It_signs_in_once_also_after_the_service_was_started_again()
    {
        using var state = new TemporaryDirectory("web");
        var first = Link("token-of-a-start", state.Path);

        Assert.Null(first.Use("another"));
        Assert.Equal("the-admin-key", first.Use("token-of-a-start"));
        Assert.Null(first.Use("token-of-a-start"));
        Assert.Null(Link("token-of-a-start", state.Path).Use("token-of-a-start"));
        Assert.Equal("the-admin-key", Link("token-of-the-next", state.Path).Use("token-of-the-next"));
        Assert.Single(Directory.GetFiles(state.Path, "login-*"));
    }

    [Fact]
    public void Without_a_token_or_a_key_there_is_no_link()
    {
        Assert.Null(Link("", "").Use(""));
        Assert.Null(new LoginLink(Options.Create(new WebOptions { LoginToken = "t" })).Use("t"));
    }

    [Theory]
    [InlineData("/instances/1?range=1h", "/instances/1?range=1h")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/a\nb", "/")]
    [InlineData(null, "/")]
    public void After_signing_in_nobody_is_sent_to_another_host(string? asked, string address) => Assert.Equal(address, LocalAddress.Of(asked));

    private static LoginLink Link(string token, string state) =>
        new(Options.Create(new WebOptions { LoginToken = token, AdminKey = "the-admin-key", StateDirectory = state }));
}
