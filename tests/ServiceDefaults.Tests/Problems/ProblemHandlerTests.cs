using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace LaunchStack.ServiceDefaults.Tests.Problems;

public sealed class ProblemHandlerTests
{
    public static TheoryData<Exception> Breaks => [new ConnectionResetException("The client reset the connection."), new ConnectionAbortedException()];

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task A_client_that_breaks_off_while_its_body_is_read_is_no_error_of_ours(Exception exception)
    {
        var http = new DefaultHttpContext();
        Assert.True(await new ProblemHandler().TryHandleAsync(http, exception, CancellationToken.None));
        Assert.Equal(StatusCodes.Status499ClientClosedRequest, http.Response.StatusCode);
    }

    [Fact]
    public async Task What_nobody_foresaw_stays_one() =>
        Assert.False(await new ProblemHandler().TryHandleAsync(new DefaultHttpContext(), new IOException("The disk is broken."), CancellationToken.None));
}
