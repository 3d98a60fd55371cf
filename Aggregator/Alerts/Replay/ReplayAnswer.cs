using LaunchStack.Aggregator.Alerts.Listing;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>A replay as it is answered.</summary>
/// <param name="RuleId">The stored rule.</param>
/// <param name="Version">Its version.</param>
/// <param name="FirstTick">First tick replayed.</param>
/// <param name="LastTick">Last tick replayed.</param>
/// <param name="Fired">How often an alert was raised.</param>
/// <param name="TotalSeconds">How long alerts stood.</param>
/// <param name="Complete">False when time ran out: narrow it to an instance or a shorter span.</param>
/// <param name="MatchesHistory">Whether the stored history holds just these transitions; null without one, or when not complete.</param>
/// <param name="Missing">Of the transitions replayed, how many are not stored.</param>
/// <param name="Surplus">Of the transitions stored, how many were not replayed.</param>
/// <param name="Count">How many transitions there are.</param>
/// <param name="Transitions">The first 10,000 of them.</param>
internal sealed record ReplayAnswer(
    Guid? RuleId, int? Version, DateTimeOffset FirstTick, DateTimeOffset LastTick, int Fired, double TotalSeconds, bool Complete,
    bool? MatchesHistory, int? Missing, int? Surplus, int Count, IReadOnlyList<TransitionView> Transitions);
