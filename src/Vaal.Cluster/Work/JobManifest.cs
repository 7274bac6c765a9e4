using System.Text.Json;

namespace Vaal.Cluster.Work;

/// <summary>What a job is. It never changes: another one is another job, in another folder.</summary>
internal sealed record JobManifest
{
    /// <summary>Strategy of a job that makes features and chooses nothing.</summary>
    public const string FeaturesOnly = "features";

    /// <summary>Strategy of a job whose shards are the runs of a bench.</summary>
    public const string BenchRuns = "bench";

    public const int ShardsInBook = 1_024, DefaultShardSize = 8_000;

    private static readonly JsonSerializerOptions Indented = new(Json.Options) { WriteIndented = true };

    /// <summary>By which people and grains name it.</summary>
    public required string Name { get; init; }

    /// <summary>A name of <see cref="JobStrategies"/>, or <see cref="FeaturesOnly"/>.</summary>
    public required string Strategy { get; init; }

    /// <summary>How many images are chosen (b).</summary>
    public int Budget { get; init; }

    public long Seed { get; init; } = 1;

    /// <summary>A name of the table of encoders, or the path of an <c>.onnx</c> file on every worker.</summary>
    public required string Encoder { get; init; }

    /// <summary>Of the encoder: weights, preparation, arithmetic. Another worker's result could differ.</summary>
    public required string ModelDigest { get; init; }

    /// <summary>F.</summary>
    public required int FeatureDim { get; init; }

    /// <summary>Folder that paths are relative to; null: all are absolute, or addresses.</summary>
    public string? Root { get; init; }

    public required int Images { get; init; }

    public int ShardSize { get; init; } = DefaultShardSize;

    /// <summary>Of all entries, in their order.</summary>
    public required string PoolDigest { get; init; }

    /// <summary>Names of the classes that the pool's labels have.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Images with a label.</summary>
    public int Labelled { get; init; }

    /// <summary>Entries of the pool that cannot be used; <c>left-out.csv</c> has them.</summary>
    public int LeftOut { get; init; }

    public bool IsBench => Strategy == BenchRuns;

    public int Shards => (Images + ShardSize - 1) / ShardSize;

    public IReadOnlyList<Stage> Stages =>
        IsBench ? [Stage.Bench]
        : Strategy == FeaturesOnly ? [Stage.Embed]
        : [Stage.Embed, Stage.Fit, Stage.Score, Stage.Choose];

    /// <summary>Shards of a stage.</summary>
    public int Count(Stage stage) => stage is Stage.Fit or Stage.Choose ? 1 : Shards;

    /// <summary>Grains that share the shards of a stage.</summary>
    public int Books(Stage stage) => (Count(stage) + ShardsInBook - 1) / ShardsInBook;

    /// <summary>Images of a shard.</summary>
    public int ImagesIn(int shard) => Math.Min(ShardSize, Images - shard * ShardSize);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Indented);

    /// <exception cref="InputException">it is something else</exception>
    public static JobManifest Parse(byte[] json, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<JobManifest>(json, Json.Options)
                ?? throw new InputException($"expected a job in {name}, found null");
        }
        catch (JsonException e)
        {
            throw new InputException($"expected a job in {name}, found other JSON: {e.Message}", e);
        }
    }

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        if (Name.Length is 0 or > 64 || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            yield return $"expected a name of 1 to 64 letters, digits, '-', '_' or '.', found '{Name}'";
        if (Strategy != FeaturesOnly && JobStrategies.Problem(Strategy) is { } unknown) yield return unknown;
        if (Strategy != FeaturesOnly && Budget < 1) yield return $"expected a budget of at least 1, found {Budget}";
        if (ShardSize is < 1 or > 1_000_000) yield return $"expected 1..1000000 images a shard, found {ShardSize}";
        if (Images < 1) yield return "expected images in the pool, found none";
        if (Strategy != FeaturesOnly && JobStrategies.NeedsClasses(Strategy) && Classes.Count < 2)
            yield return $"expected labels of at least two classes for {Strategy}, found {Classes.Count}; "
                + "add a column 'label' to the manifest, or choose with coverage";
    }
}
