using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.History;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Instances;

/// <summary>The query parameters of the list of instances.</summary>
internal static class InstanceParameters
{
    public const string Search = "search", State = "state", Liveness = "liveness", User = "user_id", Sort = "sort", Limit = "limit", After = "after";

    // As long as any name or state that people write.
    private const int MaxTextLength = 256;

    /// <summary>The query, or what is wrong with it.</summary>
    public static (InstanceQuery Query, ProblemHttpResult? Problem) Parse(IQueryCollection parameters)
    {
        var query = new InstanceQuery();
        foreach (var (name, values) in parameters)
        {
            var text = values.ToString();
            switch (name)
            {
                case Search when IsText(text):
                    query = query with { Search = text };
                    break;
                case State when IsText(text) && text.Length > 0:
                    query = query with { State = text };
                    break;
                case Liveness when IsText(text) && text.Length > 0:
                    query = query with { Liveness = text };
                    break;
                case User when Guid.TryParse(text, out var user):
                    query = query with { User = user };
                    break;
                case Sort when InstanceOrder.TryParse(text, out var order):
                    query = query with { Order = order };
                    break;
                case Limit when Paging.TryLimit(text, out var limit):
                    query = query with { Limit = limit };
                    break;
                case After when InstanceCursor.TryParse(text, out var after):
                    query = query with { After = after };
                    break;
                default:
                    return (query, ParameterProblem.Of(name, Expected(name)));
            }
        }
        return query.After is { } cursor && cursor.Order != query.Order
            ? (query, ParameterProblem.Of(After, $"It goes on in the order {cursor.Order}: give the same sort as for the page before."))
            : (query, null);
    }

    private static bool IsText(string text) => text.Length <= MaxTextLength && !text.Any(char.IsControl);

    private static string Expected(string name) => name switch
    {
        Search => $"Give a part of the name, of at most {MaxTextLength} characters.",
        State => "Give a state that instances are registered with, such as running.",
        Liveness => "Give running, silent, new, or a state that instances are registered with, such as stopped.",
        User => "Give the user's id, a UUID.",
        Sort => $"Give one of {string.Join(", ", InstanceOrder.Names)}, with a minus before it for the greatest first.",
        Limit => Paging.LimitForm,
        _ => "Take it from next of the page before.",
    };
}
