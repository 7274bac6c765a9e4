namespace Vaal.Workspaces;

/// <summary>What belongs together by some pairs (union-find).</summary>
/// <param name="count">of things, numbered from 0</param>
internal sealed class Forest(int count)
{
    private readonly int[] _parent = [.. Enumerable.Range(0, count)];

    /// <summary>Equal for two that belong together.</summary>
    public int Root(int i)
    {
        while (_parent[i] != i) i = _parent[i] = _parent[_parent[i]];
        return i;
    }

    public void Join(int a, int b)
    {
        (a, b) = (Root(a), Root(b));
        if (a != b) _parent[Math.Max(a, b)] = Math.Min(a, b);
    }
}
