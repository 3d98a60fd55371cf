using System.Net;
using System.Text;
using LaunchStack.Auth;
using LaunchStack.Operations.Tests.Support;
using LaunchStack.TestSupport;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Operations.Tests;

/// <summary>The database is the platform's: no tenant's key hears anything of it, by any endpoint.</summary>
[Collection(nameof(BackedUpDatabase))]
public sealed class TenantTests(BackedUpDatabase fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_endpoint_tells_a_bound_key_anything(bool ofUser)
    {
        var (user, instance) = (Guid.NewGuid(), Guid.NewGuid());
        await using (var fill = fixture.App.Database.DataSource.CreateCommand(
            $"INSERT INTO users (id) VALUES ('{user}'); INSERT INTO instances (id, name, user_id) VALUES ('{instance}', 'own', '{user}')"))
            await fill.ExecuteNonQueryAsync(Token);
        using var bound = await fixture.App.Stranger().WithBoundKeyAsync(
            fixture.App.Services.GetRequiredService<KeyStore>(), ofUser ? user : null, ofUser ? null : instance, Token);
        using var stranger = fixture.App.Stranger();

        var backup = fixture.Backup.GetProperty("id").GetString()!;
        foreach (var (method, endpoint) in Endpoints())
        {
            // Whether there is such a backup shows in nothing.
            var nothing = await SendAsync(bound, method, endpoint, $"{Guid.NewGuid()}");
            Assert.Equal(nothing, await SendAsync(bound, method, endpoint, backup));
            Assert.Equal(HttpStatusCode.Forbidden, nothing.Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(stranger, method, endpoint, backup)).Status);
        }
    }

    [Fact]
    public void Every_endpoint_is_an_administrators() =>
        // One that is not needs a test of what it tells whom.
        Assert.All(Endpoints(), e => Assert.Contains(e.Endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>(), data => data.Policy == Scopes.Admin));

    private List<(HttpMethod Method, RouteEndpoint Endpoint)> Endpoints()
    {
        var all = (from endpoint in fixture.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                   where endpoint.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal)
                   from method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
                   select (new HttpMethod(method), endpoint)).ToList();
        Assert.True(all.Count >= 8, $"{all.Count} endpoints");
        return all;
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpClient client, HttpMethod method, RouteEndpoint endpoint, string id)
    {
        using var request = new HttpRequestMessage(method, TenantRequests.Fill(endpoint.RoutePattern.RawText!, id))
        {
            Content = method == HttpMethod.Get ? null : new StringContent("{}", Encoding.UTF8, "application/json"),
        };
        using var answer = await client.SendAsync(request, Token);
        return (answer.StatusCode, TenantRequests.WithoutTrace((await answer.Content.ReadAsStringAsync(Token)).Replace(id, "<asked>", StringComparison.Ordinal)));
    }
}
