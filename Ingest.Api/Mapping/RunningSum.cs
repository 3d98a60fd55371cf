using System.Numerics;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// The sum of values that change one at a time, each change in logarithmic time. It only adds: what a subtraction would leave of a
/// large value is not in it.
/// </summary>
internal sealed class RunningSum(int count)
{
    // A binary tree: each node is the sum of the two at twice its place, the values are the leaves.
    private readonly double[] _nodes = new double[2 * BitOperations.RoundUpToPowerOf2((uint)count)];

    /// <summary>The sum; 0 at first.</summary>
    public double Total => _nodes[1];

    /// <summary>Sets one of the values.</summary>
    public void Set(int index, double value)
    {
        var node = (_nodes.Length / 2) + index;
        _nodes[node] = value;
        while ((node /= 2) > 0)
            _nodes[node] = _nodes[2 * node] + _nodes[(2 * node) + 1];
    }
}
