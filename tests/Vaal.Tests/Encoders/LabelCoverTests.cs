using Vaal.Data;
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
            Assert.Equal(Plainly(rows, labelled), Share(labelled, 320)!.Value, 1e-9);
        Assert.True(Share(ten, 320) < Share(most, 320));
        Assert.Equal(0, Share([], 320));
        Assert.Null(Share(ten, 99));                                                 // 99 have no hundredth
        Assert.Null(Share([.. Enumerable.Range(0, 320)], 320));

        double? Share(int[] labelled, int count) => LabelCover.Share(rows,
            LabelCover.Draw(labelled, [.. Enumerable.Range(0, count).Except(labelled)]));
    }

    // a sheet of clusters in 16 dimensions, as halves
    private static (FeatureKey, Half[])[] Clusters(int count)
    {
        var random = new Random(2);
        double[][] centres = [.. Enumerable.Range(0, 40).Select(_ =>
            Enumerable.Range(0, 16).Select(_ => random.NextDouble()).ToArray())];
        return [.. Enumerable.Range(0, count).Select(i => (
            new FeatureKey((UInt128)i, FeatureKey.StampOf(FileOf(i))),
            centres[random.Next(40)].Select(c => (Half)(c + 0.2 * random.NextDouble())).ToArray()))];
    }

    private static SourceFile FileOf(int i) => new($"{i}.png", 1, 1);

    private string Write((FeatureKey Key, Half[] Row)[] images)
    {
        var digest = new string('a', 64);
        using var file = FeatureFile.Open(_folder[$"features/some-{digest[..12]}.features"], digest, 16);
        file.BeginWriting(TimeSpan.FromSeconds(5), default);
        foreach (var block in images.Chunk(7))
            file.Append([.. block.Select(b => b.Key)], [.. block.SelectMany(b => b.Row)], []);
        // the first image again, by another name
        file.Append([], [], [images[0].Key with { Stamp = FeatureKey.StampOf(FileOf(-1)) }]);
        return digest;
    }

    [Fact]
    public void Read_SomeFiles_GivesTheirRowsAlone()
    {
        var images = Clusters(60);
        var digest = Write(images);
        int[] asked = [59, 3, 60, -1, 20];
        using (var rows = FeatureFile.Read(_folder["features"], digest, [.. asked.Select(FileOf)])!)
        {
            Assert.Equal([true, true, false, true, true], Enumerable.Range(0, 5).Select(rows.Has));
            foreach (var (at, row) in new[] { (0, 59), (1, 3), (3, 0), (4, 20) })
                Assert.Equal(images[row].Item2, rows[at].ToArray());
        }
        Assert.Null(FeatureFile.Read(_folder["features"], new string('b', 64), [FileOf(1)]));
        // a block that is damaged says nothing; the others do
        var path = Directory.GetFiles(_folder["features"], "*.features").Single();
        var bytes = File.ReadAllBytes(path);
        bytes[4_096 + 48 + 7 * 32 + 3 * 32 + 5] ^= 1;                                 // in the row of image 3
        File.WriteAllBytes(path, bytes);
        using var left = FeatureFile.Read(_folder["features"], digest, [.. asked.Select(FileOf)])!;
        Assert.Equal([true, false, false, false, true], Enumerable.Range(0, 5).Select(left.Has));
        File.WriteAllBytes(path, bytes[..^100]);                                      // a kill
        using var torn = FeatureFile.Read(_folder["features"], digest, [.. asked.Select(FileOf)])!;
        Assert.Equal([true, false, false, false, true], Enumerable.Range(0, 5).Select(torn.Has));
    }

    /// <summary>A block that does not say that it is one, or says a wrong number of rows, takes no other
    /// along.</summary>
    [Theory, InlineData(0), InlineData(4)]
    public void Read_BlockWithADamagedBeginning_LosesItsRowsAlone(int at)
    {
        var digest = Write(Clusters(60));
        var path = Directory.GetFiles(_folder["features"], "*.features").Single();
        var bytes = File.ReadAllBytes(path);
        bytes[4_096 + at] ^= 1;                                                       // of images 0 to 6
        File.WriteAllBytes(path, bytes);
        int[] asked = [3, 7, 20, 59];
        using (var rows = FeatureFile.Read(_folder["features"], digest, [.. asked.Select(FileOf)])!)
            Assert.Equal([false, true, true, true], Enumerable.Range(0, 4).Select(rows.Has));
        using var file = FeatureFile.Open(path, digest, 16);
        Assert.Equal((53, true), (file.Count, file.Note is not null));
    }

    [Fact]
    public void Read_RowsOfATable_AreFoundByTheirPaths()
    {
        var (path, row) = (FeatureKey.OfPath("3.png"), Enumerable.Repeat((Half)3, 16).ToArray());
        Write([(new FeatureKey(path, path), row)]);
        using var rows = FeatureFile.Read(_folder["features"], new string('a', 64), [FileOf(2), FileOf(3)])!;
        Assert.Equal((false, true), (rows.Has(0), rows.Has(1)));
        Assert.Equal(row, rows[1].ToArray());
    }

    /// <summary>Of 1,000 images, a share has a standard error of at most 1.6 points: √(p (1 − p) / 1,000).</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Share_OfASample_IsNearThatOfThePool()
    {
        const int count = 8_000;
        var digest = Write(Clusters(count));
        int[] labelled = [.. Enumerable.Range(0, 150)], others = [.. Enumerable.Range(150, count - 150)];
        using var all = FeatureFile.Read(_folder["features"], digest, [.. Enumerable.Range(0, count).Select(FileOf)])!;
        var whole = LabelCover.Share(all, new(Numbers(count), Numbers(count)[150..], labelled))!.Value;
        Assert.InRange(whole, 0.3, 0.9);                                              // a share that can be off
        var sample = LabelCover.Draw(labelled, others);
        Assert.Equal((4_000, 1_000, 150), (sample.Pool.Length, sample.Asked.Length, sample.Labels.Length));
        using var some = FeatureFile.Read(_folder["features"], digest, [.. sample.Images.Select(FileOf)])!;
        var share = LabelCover.Share(some, sample.ByPlace())!.Value;
        Assert.Equal(whole, share, 0.06);
        Assert.Equal(LabelCover.Share(all, sample)!.Value, share, 1e-12);

        static int[] Numbers(int n) => [.. Enumerable.Range(0, n)];
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
        var printed = CommandLine.Run("status", "--workspace", _folder["photos"]);
        Assert.Matches("coverage: about \\d+% of the unlabelled images have a labelled one among the 1% of the pool",
            printed.Out);
    }
}
