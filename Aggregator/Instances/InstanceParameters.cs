using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Instances;

/// <summary>The query parameters of the list of instances.</summary>
internal static class InstanceParameters
{
    // As long as any name or state that people write.
    private const int MaxTextLength = 256;

    /// <summary>What they ask for.</summary>
    /// <exception cref="ParameterException">One of them cannot be read.</exception>
    public static InstanceQuery Parse(string? search, string? state, string? liveness, string? user, string? sort, string? limit, string? after)
    {
        var order = new InstanceOrder(InstanceSort.Id);
        if (sort is not null && !InstanceOrder.TryParse(sort, out order))
            throw new ParameterException("sort", $"Give one of {string.Join(", ", InstanceOrder.Names)}, with a minus before it for the greatest first.");
        InstanceCursor? cursor = null;
        if (after is not null && !InstanceCursor.TryParse(after, out cursor))
            throw new ParameterException("after", "Take it from next of the page before.");
        if (cursor is not null && cursor.Order != order)
            throw new ParameterException("after", $"It goes on in the order {cursor.Order}: give the same sort as for the page before.");
        return new()
        {
            Search = Text(search, 0, "search", $"Give a part of the name, of at most {MaxTextLength} characters."),
            State = Text(state, 1, "state", "Give a state that instances are registered with, such as running."),
            Liveness = Text(liveness, 1, "liveness", "Give running, silent, new, or a state that instances are registered with, such as stopped."),
            User = Parameters.IdOrNull(user, "the user's id", "user_id"),
            Order = order,
            Limit = Paging.Limit(limit),
            After = cursor,
        };
    }

    private static string? Text(string? text, int minLength, string name, string form) =>
        text is null || (text.Length >= minLength && text.Length <= MaxTextLength && !text.Any(char.IsControl)) ? text : throw new ParameterException(name, form);
}
