using System.CommandLine;
using Vaal.Data;

namespace Vaal.Cli.Commands;

/// <summary>What makes a pool harder than its source: a long tail, copies, parts of images.</summary>
internal sealed class HarderPoolArguments
{
    private readonly Option<double> _imbalance = new("--imbalance")
    {
        Description = "long tail: images of the most frequent class per image of the rarest",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _copies = new("--copies")
    {
        Description = "redundant pool: every image this many times, slightly changed",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _regions = new("--regions")
    {
        Description = "images with masks: cut each into columns and rows, such as 4x3, and choose parts one by one",
    };

    public IReadOnlyList<Option> All => [_imbalance, _copies, _regions];

    /// <summary>Whether the pool becomes another than the source's, so that a file cannot number its images.</summary>
    public bool Changes(ParseResult parsed) =>
        parsed.GetValue(_imbalance) != 1 || parsed.GetValue(_copies) != 1 || parsed.GetValue(_regions) is not null;

    public DataSet Of(ParseResult parsed, DataSet data, long seed) => data.WithHarderPool(
        seed, parsed.GetValue(_imbalance), parsed.GetValue(_copies), parsed.GetValue(_regions));
}
