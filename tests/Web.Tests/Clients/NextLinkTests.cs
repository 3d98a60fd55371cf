using LaunchStack.Web.Clients;

namespace LaunchStack.Web.Tests.Clients;

public sealed class NextLinkTests
{
    [Theory]
    [InlineData("</v1/instances?limit=25&after=5b0c>; rel=\"next\"", "5b0c")]
    [InlineData("</a?after=1>; rel=\"prev\", </a?after=a%2Bb>; rel=\"next\"", "a+b")]
    [InlineData("</a?after=1>; rel=\"prev\"", null)]
    [InlineData("nonsense rel=\"next\"", null)]
    [InlineData(null, null)]
    public void The_next_page_is_found(string? link, string? after)
    {
        using var answer = new HttpResponseMessage();
        if (link is not null)
            answer.Headers.TryAddWithoutValidation("Link", link);

        Assert.Equal(after, NextLink.Of(answer.Headers));
    }
}
