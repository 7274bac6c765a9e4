using static TorchSharp.torch;

namespace Vaal.Tests;

/// <summary>The values of named tensors, to be compared bit by bit.</summary>
internal static class TensorsOf
{
    /// <summary>A copy of every value as bytes.</summary>
    public static SortedDictionary<string, byte[]> Copy(IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using var scope = NewDisposeScope();
        return new SortedDictionary<string, byte[]>(
            tensors.ToDictionary(t => t.Name, t => t.Value.detach().contiguous().bytes.ToArray()),
                StringComparer.Ordinal);
    }

    public static SortedDictionary<string, byte[]> Copy(nn.Module module) =>
        Copy(module.state_dict().Select(p => (p.Key, p.Value)));

    /// <summary>Names of the values that differ.</summary>
    public static IReadOnlyList<string> Changed(
        SortedDictionary<string, byte[]> before, SortedDictionary<string, byte[]> after)
    {
        Assert.Equal(before.Keys, after.Keys);
        return [.. before.Keys.Where(name => !before[name].AsSpan().SequenceEqual(after[name]))];
    }
}
