using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;

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

    [Theory]
    [InlineData(PostgresErrorCodes.InsufficientPrivilege, true)]
    [InlineData(PostgresErrorCodes.UndefinedColumn, true)]
    [InlineData(PostgresErrorCodes.SyntaxError, true)]
    [InlineData(PostgresErrorCodes.TooManyConnections, false)]
    [InlineData(PostgresErrorCodes.SerializationFailure, false)]
    public async Task A_statement_that_is_refused_for_good_is_answered_as_an_outage_and_logged(string state, bool isLogged)
    {
        await using var services = new ServiceCollection().AddLogging(logging => logging.AddFakeLogging()).BuildServiceProvider();
        var http = new DefaultHttpContext { RequestServices = services };
        var refused = new DatabaseUnavailableException("away", TimeSpan.FromSeconds(1), new PostgresException("no", "ERROR", "ERROR", state));
        Assert.True(await new ProblemHandler().TryHandleAsync(http, refused, CancellationToken.None));

        Assert.Equal((StatusCodes.Status503ServiceUnavailable, "1"), (http.Response.StatusCode, http.Response.Headers.RetryAfter.ToString()));
        var log = services.GetFakeLogCollector().GetSnapshot().Where(line => line.Level == LogLevel.Error);
        Assert.Equal(isLogged ? [refused] : [], log.Select(line => line.Exception));
    }

    [Fact]
    public async Task What_nobody_foresaw_stays_one() =>
        Assert.False(await new ProblemHandler().TryHandleAsync(new DefaultHttpContext(), new IOException("The disk is broken."), CancellationToken.None));
}
