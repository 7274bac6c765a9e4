using System.CommandLine;
using Vaal.Cluster;

namespace Vaal.Cli.Commands;

/// <summary>What a job of the cluster is.</summary>
internal sealed class JobArguments
{
    private readonly Option<string> _encoder = new Option<string>("--encoder")
    {
        Description = "pretrained encoder, or the path of an .onnx file that every worker has",
        DefaultValueFactory = _ => "resnet18",
    }.WithNames(Encoders.PretrainedEncoders.Names);

    private readonly Option<string?> _root = new("--root")
    {
        Description = "folder that the paths of a table are relative to; default: the table's",
    };

    private readonly Option<int> _shardSize = ClusterCommand.Number("--shard-size", "images a shard", 8_000);
    private readonly Option<long> _seed = CommonOptions.Seed();
    private readonly Option<string?> _s3 = ClusterCommand.S3Endpoint();

    public Argument<string> Pool { get; } = new("pool")
    {
        Description = "folder, CSV or Parquet table of paths or addresses, tar archive, or s3://bucket/prefix",
    };

    public Option<string> Output { get; } = new("--out")
    {
        Description = "folder or s3://bucket/prefix for the results, which every machine reaches",
        Required = true,
    };

    public Option<int> Budget { get; } = new("--budget", "-n")
    {
        Description = "images to choose",
        DefaultValueFactory = _ => 200,
    };

    public Option<string> Strategy { get; } = new Option<string>("--strategy")
    {
        Description = $"how to choose: {string.Join(", ", ClusterJobs.Strategies)}; or 'features' to embed only",
        DefaultValueFactory = _ => "coverage",
    }.WithNames([.. ClusterJobs.Strategies, "features"]);

    public Option<string?> Name { get; } = new("--name") { Description = "of the job; default: the folder's" };

    public Option[] Advanced => [_encoder, _root, _shardSize, _seed, _s3];

    public JobRequest Of(ParseResult parsed) => new(
        parsed.GetValue(Name) ?? parsed.GetValue(Output)!.TrimEnd('/').Split('/', '\\')[^1],
        parsed.GetValue(Pool)!,
        parsed.GetValue(Output)!,
        parsed.GetValue(_encoder)!,
        parsed.GetValue(Strategy)!,
        parsed.GetValue(Budget),
        parsed.GetValue(_seed),
        parsed.GetValue(_shardSize),
        parsed.GetValue(_root),
        S3EndpointOf(parsed));

    public string? S3EndpointOf(ParseResult parsed) => parsed.GetValue(_s3);
}
