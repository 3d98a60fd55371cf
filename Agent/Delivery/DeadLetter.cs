using LaunchStack.Agent.Spooling;

namespace LaunchStack.Agent.Delivery;

/// <summary>A sample that will never be taken.</summary>
/// <param name="Sample">It.</param>
/// <param name="Code">Why, for programs: the code of its rejection, or <c>http_</c> and a status.</param>
/// <param name="Reason">Why, for people.</param>
internal sealed record DeadLetter(SpooledSample Sample, string Code, string Reason);
