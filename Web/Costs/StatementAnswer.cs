namespace LaunchStack.Web.Costs;

/// <summary>A statement with everything in it.</summary>
internal sealed record StatementAnswer(StatementHead Statement, IReadOnlyList<ChargeRow> Lines, IReadOnlyList<ChargeRow> Adjustments);
