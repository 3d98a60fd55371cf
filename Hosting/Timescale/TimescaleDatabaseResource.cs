using System.Data.Common;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A database on a <see cref="TimescaleServerResource"/>.</summary>
/// <param name="name">Name of the resource, and of its connection string.</param>
/// <param name="databaseName">Name of the database.</param>
/// <param name="server">Where it lies.</param>
public class TimescaleDatabaseResource(string name, string databaseName, TimescaleServerResource server)
    : Resource(name), IResourceWithParent<TimescaleServerResource>, IResourceWithConnectionString
{
    /// <summary>The server.</summary>
    public TimescaleServerResource Parent { get; } = server ?? throw new ArgumentNullException(nameof(server));

    /// <summary>Name of the database.</summary>
    public string DatabaseName { get; } = databaseName;

    /// <summary>The server's connection string with <c>Database=…</c></summary>
    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            // Quotes what needs quoting.
            var database = new DbConnectionStringBuilder { ["Database"] = DatabaseName }.ConnectionString;
            return ReferenceExpression.Create($"{Parent};{database}");
        }
    }

    /// <summary><c>postgresql://{user}:{password}@{host}:{port}/{database}</c></summary>
    public ReferenceExpression UriExpression => Parent.BuildUri(DatabaseName);

    // Whoever waits for the database waits for what really runs.
    IResource IResourceWithParent.Parent => Parent.Embedded ?? (IResource)Parent;

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
        Parent.CombineProperties([
            new("DatabaseName", ReferenceExpression.Create($"{DatabaseName}")),
            new("Uri", UriExpression),
            new("JdbcConnectionString", Parent.BuildJdbc(DatabaseName)),
        ]);
}
