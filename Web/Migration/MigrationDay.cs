namespace LaunchStack.Web.Migration;

/// <summary>The windows that start on a day.</summary>
public sealed record MigrationDay(
    DateOnly? Day, long Windows, long Done, long Differing, long ToRollUp, long SourceRows, long MovedRows, long QuarantinedRows, string State);
