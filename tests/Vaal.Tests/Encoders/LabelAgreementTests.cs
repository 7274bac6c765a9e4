using System.Globalization;
using System.Text;
using Vaal.Data.Features;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Tests.Encoders;

/// <summary>Whether images that are alike have one class: the line of <c>vaal status</c>.</summary>
public sealed class LabelAgreementTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private const int Width = 24;

    // twelve pairs: 40 degrees between the two of a pair, 90 to all others
    private static float[] Pairs(int count = 24) => [.. Enumerable.Range(0, count).SelectMany(Row)];

    private static float[] Row(int i)
    {
        var (row, turn) = (new float[Width], i % 2 * 40 * Math.PI / 180);
        (row[i / 2 * 2], row[i / 2 * 2 + 1]) = ((float)Math.Cos(turn), (float)Math.Sin(turn));
        return row;
    }

    private static float[] OnCircle(double degrees)
    {
        var (y, x) = Math.SinCos(degrees * Math.PI / 180);
        return [(float)x, (float)y];
    }

    // nine pairs of one class, five of them a and four b; three pairs of both
    private static string ClassOf(int i) => i / 2 < 9 ? i / 2 % 2 == 0 ? "a" : "b" : i % 2 == 0 ? "a" : "b";

    /// <summary>18 of 24 agree; by chance (13 · 12 + 11 · 10) / (24 · 23). Wilson's interval by a script in another
    /// language.</summary>
    [Fact]
    public void Of_TwelvePairs_IsKappaByHand()
    {
        var above = LabelAgreement.Of(Pairs(), Width, [.. Enumerable.Range(0, 24).Select(ClassOf)])!.Value;
        Assert.Equal(0.5174825174825175, above.Estimate, 1e-12);
        Assert.Equal(0.13340933248793682, above.Low, 1e-12);
        Assert.Equal(0.7684038406229214, above.High, 1e-12);
    }

    [Fact]
    public void Of_ClassesThatAlternate_IsBelowChance()
    {
        string[] classes = [.. Enumerable.Range(0, 24).Select(i => i % 2 == 0 ? "a" : "b")];
        Assert.True(LabelAgreement.Of(Pairs(), Width, classes)!.Value.High < 0);
    }

    [Fact]
    public void Of_FewLabelsOrOneClass_IsNothing()
    {
        Assert.Null(LabelAgreement.Of(Pairs(19), Width, [.. Enumerable.Range(0, 19).Select(ClassOf)]));
        Assert.NotNull(LabelAgreement.Of(Pairs(20), Width, [.. Enumerable.Range(0, 20).Select(ClassOf)]));
        Assert.Null(LabelAgreement.Of(Pairs(), Width, [.. Enumerable.Repeat("a", 24)]));
    }

    /// <summary>Of more than 1,000 labels some are asked, and all can answer.</summary>
    [Fact]
    public void Of_ManyLabels_AsksSomeOfThem()
    {
        const int count = 3_000;
        float[] rows =
            [.. Enumerable.Range(0, count).SelectMany(i => OnCircle(i / 2 * (720.0 / count) + i % 2 * 0.05))];
        var above = LabelAgreement.Of(rows, 2, [.. Enumerable.Range(0, count).Select(i => $"{i / 2}")])!.Value;
        Assert.Equal(1, above.Estimate, 1e-9);
        // Wilson's lower end of 1,000 of 1,000
        Assert.Equal(0.99617, above.Low, 1e-4);
    }

    /// <summary>Images that are nearly the same count as one, and the test set does not count.</summary>
    [Theory, Trait("Category", "Slow")]
    [InlineData(24)]
    [InlineData(30)]                                                                   // and copies of six of them
    public void Status_OfTwelvePairs_SaysHowOftenTheyAgree(int images)
    {
        List<float> features = [.. Pairs(), .. Pairs(images - 24)];
        for (var i = 0; i < images; i++) _folder.Write($"photos/{i:00}.png", Pictures.Random(i));
        for (var i = images; i < images + 4; i++)
        {
            _folder.Write($"photos/{i:00}.png", Pictures.Random(i));
            features.AddRange(Row(i - images));
        }
        _folder.Write("test.txt", string.Join('\n', Enumerable.Range(images, 4).Select(i => $"{i:00}.png")));
        var path = Npy(features);
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = path, NearDuplicates = 0, TestList = _folder["test.txt"] });
        workspace.MakeFeatures(new FeatureMaker());
        Assert.Null(workspace.Status(coverage: true).Agreement);
        _folder.Write("labels.csv", "path,label\n" + string.Join('\n', Enumerable.Range(0, images + 4)
            .Select(i => $"{i:00}.png,{(i < images ? ClassOf(i % 24) : "c")}")));
        workspace.Import(_folder["labels.csv"], new ImportOptions());
        Assert.Null(workspace.Status().Agreement);
        var above = workspace.Status(coverage: true).Agreement!.Value;
        Assert.Equal(0.5174825174825175, above.Estimate, 1e-12);
        var printed = CommandLine.Run("status", "--workspace", _folder["photos"]).Out;
        Assert.Contains(
            "features: labelled images that are most alike have one class 52% above chance (95% CI 13 to 77%)", printed,
            StringComparison.Ordinal);
        Assert.DoesNotContain("another encoder", printed, StringComparison.Ordinal);
    }

    /// <summary>Of seven of twelve pairs the estimate is 20%, and the interval ends at 53%.</summary>
    [Theory, Trait("Category", "Slow")]
    [InlineData(0, true)]
    [InlineData(7, false)]
    public void Status_OfPairsThatAgree_WarnsIfTheWholeIntervalIsLow(int pairs, bool warns)
    {
        for (var i = 0; i < 24; i++) _folder.Write($"photos/{i:00}.png", Pictures.Random(i));
        using (var workspace = Workspace.Create(_folder["photos"]))
        {
            workspace.Index(new IndexOptions { Encoder = Npy([.. Pairs()]), NearDuplicates = 0 });
            workspace.MakeFeatures(new FeatureMaker());
        }
        _folder.Write("labels.csv", "path,label\n" + string.Join('\n', Enumerable.Range(0, 24)
            .Select(i => $"{i:00}.png,{((i / 2 < pairs ? i / 2 : i) % 2 == 0 ? "a" : "b")}")));
        Assert.Equal(0, CommandLine.Run("import", _folder["labels.csv"], "--workspace", _folder["photos"]).ExitCode);
        var printed = CommandLine.Run("status", "--workspace", _folder["photos"]).Out;
        Assert.Contains("have one class", printed, StringComparison.Ordinal);
        Assert.Equal(warns, printed.Contains(
            "below 35% the default choice saved no labels on any data set that was measured; another encoder may help "
            + "('vaal encoder list')", StringComparison.Ordinal));
    }

    private string Npy(List<float> values)
    {
        var rows = values.Count / Width;
        var header = string.Create(CultureInfo.InvariantCulture,
            $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {Width}), }}\n");
        _folder.Write("f.txt", string.Join('\n', Enumerable.Range(0, rows).Select(i => $"{i:00}.png")));
        return _folder.Write("f.npy",
            [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header),
            .. values.SelectMany(BitConverter.GetBytes)]);
    }
}
