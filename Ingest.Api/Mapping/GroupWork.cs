namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What a request made of one <see cref="SumGroup"/>, to be published once its rows are stored.</summary>
/// <param name="Group">The group.</param>
/// <param name="Seen">What the request started from.</param>
/// <param name="Base">The step with which the counters begin, as the request sees it.</param>
/// <param name="Stored">What is left of <see cref="SumSnapshot.Stored"/>.</param>
/// <param name="Held">What <see cref="SumSnapshot.Held"/> has become.</param>
/// <param name="Pace">What <see cref="SumSnapshot.Pace"/> has become.</param>
/// <param name="Apart">What <see cref="SumSnapshot.Apart"/> has become.</param>
/// <param name="SilentFrom">The time from which on a sample comes after an unusual silence.</param>
/// <param name="Points">Where its values stand in the request.</param>
/// <param name="States">Where the states of its series stand in <see cref="RequestStates.All"/>.</param>
internal readonly record struct GroupWork(
    SumGroup Group, SumSnapshot Seen, long Base, StoredSum? Stored, double Held, SumPace Pace, (Series, Series)? Apart, long SilentFrom, Range Points, Range States);
