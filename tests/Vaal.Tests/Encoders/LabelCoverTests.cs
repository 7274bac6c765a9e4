using Vaal.Data.Features;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Tests.Encoders;

/// <summary>What share of the pool the labels cover: the line of <c>vaal status</c>.</summary>
[Collection(RunsAlone.Name)]
public sealed class LabelCoverTests : IDisposable
{
    private const string Encoder = "sixteenths-of-tests";
    private readonly TemporaryFolder _folder = new();

    public LabelCoverTests() => PretrainedEncoders.Register(Encoder, "mean of each sixteenth", () => new Sixteenths());

    public void Dispose()
    {
        PretrainedEncoders.Unregister(Encoder);
        _folder.Dispose();
    }

    private sealed class Sixteenths : IImageEncoder
    {
        public int Size => 32;
        public int FeatureDim => 16;
        public string Version => "1";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            for (var i = 0; i < count; i++)
                for (var part = 0; part < 16; part++)
                {
                    var sum = 0f;
                    foreach (var value in images.Slice(i * 3 * 1_024 + part * 64, 64)) sum += value;
                    features[i * 16 + part] = sum / 64;
                }
        }
    }

    // by the words of the definition, in float64
    private static double Plainly(FeatureRows rows, int[] labelled)
    {
        var x = Enumerable.Range(0, rows.Count).Select(i => rows.Rows([i]).Select(v => (double)v).ToArray()).ToList();
        double[] mean = [.. Enumerable.Range(0, rows.Dim).Select(f => x.Average(row => row[f]))];
        foreach (var row in x)
        {
            for (var f = 0; f < row.Length; f++) row[f] -= mean[f];
            var length = Math.Sqrt(row.Sum(v => v * v));
            for (var f = 0; f < row.Length; f++) row[f] /= length;
        }
        double Cosine(int i, int j) => x[i].Zip(x[j], (a, b) => a * b).Sum();
        int[] others = [.. Enumerable.Range(0, rows.Count).Except(labelled)];
        var near = (int)Math.Round(0.01 * rows.Count);
        return others.Count(i => Enumerable.Range(0, rows.Count).Where(j => j != i)
            .OrderByDescending(j => Cosine(i, j)).Take(near).Intersect(labelled).Any()) / (double)others.Length;
    }

    [Fact]
    public void Share_OfAPool_IsThatOfThePlainDefinition()
    {
        using var images = TinyImages.Set(320, channels: 3);
        using var encoder = PretrainedEncoders.Open(Encoder, new EncoderContext());
        using var rows = FeatureStore.Open(_folder["features"], encoder).Of(images);
        int[] ten = [.. Enumerable.Range(0, 10)], most = [.. Enumerable.Range(0, 250)];
        foreach (var labelled in new[] { ten, most })
        {
            var share = LabelCover.Share(rows, labelled, Enumerable.Range(0, 320).Except(labelled));
            Assert.Equal(Plainly(rows, labelled), share!.Value, 1e-9);
        }
        Assert.True(LabelCover.Share(rows, ten, Enumerable.Range(10, 310))
            < LabelCover.Share(rows, most, Enumerable.Range(250, 70)));
        Assert.Equal(0, LabelCover.Share(rows, [], Enumerable.Range(0, 320)));
        Assert.Null(LabelCover.Share(rows, ten, Enumerable.Range(10, 89)));           // 99 have no hundredth
        Assert.Null(LabelCover.Share(rows, Enumerable.Range(0, 320), []));
    }

    [Fact, Trait("Category", "Slow")]
    public void Status_OfAWorkspaceWithFeatures_SaysHowMuchTheLabelsCover()
    {
        for (var i = 0; i < 120; i++) _folder.Write($"photos/{i:000}.png", Pictures.Random(i));
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = Encoder, NearDuplicates = 0 });
        _folder.Write("labels.csv",
            "path,label\n" + string.Join('\n', Enumerable.Range(0, 12).Select(i => $"{i:000}.png,a")));
        workspace.MakeFeatures(new FeatureMaker());
        Assert.Null(workspace.Status(coverage: true).Coverage);
        workspace.Import(_folder["labels.csv"], new ImportOptions());
        Assert.Null(workspace.Status().Coverage);
        using var rows = SourceFeatures.Of(workspace.Sources())!;
        int[] labelled = [.. workspace.Sources().Files.Index().Where(f => int.Parse(f.Item.Path[..3], null) < 12)
            .Select(f => f.Index)];
        Assert.Equal(Plainly(rows, labelled), workspace.Status(coverage: true).Coverage!.Value, 1e-9);
        var printed = VaalProgram.Run("status", "--workspace", _folder["photos"]);
        Assert.Matches("coverage: about \\d+% of the unlabelled images have a labelled one among the 1% of the pool",
            printed.Out);
    }
}
