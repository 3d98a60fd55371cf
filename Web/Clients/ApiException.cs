namespace LaunchStack.Web.Clients;

/// <summary>A service did not answer, or refused.</summary>
/// <param name="service">The service.</param>
/// <param name="status">Its answer's status; null: it did not answer.</param>
/// <param name="detail">The reason that it gave.</param>
/// <param name="inner">Why it did not answer.</param>
internal sealed class ApiException(string service, int? status, string? detail, Exception? inner = null)
    : Exception(detail ?? $"{service} answered {status}.", inner)
{
    public string Service => service;

    public int? Status => status;

    public string? Detail => detail;
}
