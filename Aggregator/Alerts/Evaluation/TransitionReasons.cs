namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>Why a state changed, as it is stored and told.</summary>
internal static class TransitionReasons
{
    public const string Above = "above_limit";
    public const string NotAbove = "not_above_limit";
    public const string Held = "above_limit_for_long_enough";
    public const string Below = "below_clear_limit";
    public const string NotBelow = "not_below_clear_limit";
    public const string Cleared = "below_clear_limit_for_long_enough";
    public const string NoData = "no_data";
    public const string DataAgain = "data_again";
    public const string Stopped = "instance_stopped";
    public const string Scope = "instance_left_scope";
    public const string Rule = "rule_changed";
}
