using System.IO.Compression;
using Vaal.Data;
using Vaal.Data.Formats;
using Vaal.Encoders;
using Vaal.Experiments;

namespace Vaal.Tests.Experiments;

/// <summary>The demo: the photographs that come along, and words that follow the numbers.</summary>
public sealed class DemoTests
{
    [Fact]
    public void EmbeddedPhotos_Loaded_HaveEachClassAlikeOften()
    {
        using var data = DataFormats.Load("embedded-photos", new LoadOptions { Size = 32 });
        Assert.Equal((600, 300, 15), (data.Pool.Count, data.Test!.Count, data.ClassNames.Count));
        Assert.All(data.Pool.Classes.CountBy(c => c), c => Assert.Equal(40, c.Value));
        Assert.All(data.Test.Classes.CountBy(c => c), c => Assert.Equal(20, c.Value));
        Assert.Equal("Apple", data.ClassNames[0]);
        Assert.StartsWith("train/Apple/", data.Pool.Paths[0], StringComparison.Ordinal);
        // real pictures: no two alike, and none of one colour
        Assert.All(Enumerable.Range(0, 600), id => Assert.True(data.Pool[id].ToArray().Distinct().Count() > 20));
    }

    [Fact]
    public void EmbeddedPhotos_Terms_ComeAlong()
    {
        using var notice = typeof(DataFormats).Assembly.GetManifestResourceStream("photos.NOTICE")!;
        using var reader = new StreamReader(notice);
        var text = reader.ReadToEnd();
        Assert.Contains("Copyright (c) 2019 Marcus Klasson", text);
        Assert.Contains("Permission is hereby granted, free of charge", text);
    }

    [Fact]
    public void EmbeddedPhotos_Features_AreThoseOfResNet18()
    {
        using var folder = new TemporaryFolder();
        using var pack = new ZipArchive(
            typeof(DataFormats).Assembly.GetManifestResourceStream("photos-1.zip")!);
        string[] paths = [.. pack.Entries.Take(3).Select((entry, i) =>
        {
            entry.ExtractToFile(Path.Combine(folder.Path, $"{i}.jpg"));
            return $"{i}.jpg";
        })];
        using var encoder = ResNet18Encoder.OpenRuntime();
        using var made = FeatureStore.Open(Path.Combine(folder.Path, "made"), encoder)
            .Of(ImageRoot.OfDataSet(folder.Path), [.. paths.Select(p => new SourceFile(p, 1, 1))]);
        var shipped = EmbeddedPhotos.Features().Features;
        Assert.All(made.Rows([0, 1, 2]).Zip(shipped), p => Assert.Equal(p.First, p.Second, 0.02f));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Demo_OfTwoSeeds_SaysWhatItsNumbersSay()
    {
        // the largest first seed of two
        var result = Demo.Run("photos", new Demo.Size(Seeds: 2, Rounds: 2, VaalIterations: 3), long.MaxValue - 1);
        Assert.Equal(3 * 2 * 2, result.Rows.Count);
        Assert.Equal([15, 30], result.Rows.Select(r => r.Labelled).Distinct());
        // a strategy that needs labels begins with the random batch
        Assert.Equal(result.Rows.Where(r => r is { Strategy: "random", Round: 0 }).Select(r => r.Accuracy),
            result.Rows.Where(r => r is { Strategy: "vaal-features", Round: 0 }).Select(r => r.Accuracy));
        Assert.Equal(ComparisonSummary.InWords(result.Rows, "default"), result.Words[0]);
        Assert.Equal(ComparisonSummary.InWords(result.Rows, "vaal-features"), result.Words[1]);
        Assert.Contains("3 iterations", result.Words[^1]);
    }

    [Theory]
    [InlineData("better than random: +10.0", "6 seeds, exact p 0.031", 0.60, 0.61, 0.62, 0.63, 0.64, 0.65)]
    [InlineData("worse than random: −10.0", "6 seeds, exact p 0.031", 0.40, 0.41, 0.42, 0.43, 0.44, 0.45)]
    [InlineData("not better than random: +10.0", "5 seeds, exact p 0.063", 0.60, 0.61, 0.62, 0.63, 0.64)]
    [InlineData("not better than random: −10.0", "5 seeds, exact p 0.063", 0.40, 0.41, 0.42, 0.43, 0.44)]
    [InlineData("not better than random: +2.0", "3 seeds, exact p 1.000", 0.66, 0.41, 0.52)]
    public void InWords_OfADifference_FollowsTheExactTest(string words, string test, params double[] accuracies)
    {
        List<ResultRow> rows = [];
        foreach (var (seed, accuracy) in accuracies.Index())
            rows.AddRange([Row("a", seed, 10, accuracy), Row("a", seed, 20, accuracy),
                Row("random", seed, 10, 0.5 + 0.01 * seed), Row("random", seed, 20, 0.5 + 0.01 * seed)]);
        var said = ComparisonSummary.InWords(rows, "a");
        Assert.StartsWith($"a was {words} points of accuracy averaged over the curve, 95% confidence interval ",
            said, StringComparison.Ordinal);
        Assert.EndsWith($"; {test} after Holm's correction.", said, StringComparison.Ordinal);
    }

    /// <summary>Three differences of one sign have p 2/2³, which two strategies double.</summary>
    [Fact]
    public void InWords_OfTwoStrategies_CorrectsTheirP()
    {
        ResultRow[] rows = [.. from seed in new[] { 1, 2, 3 }
                            from name in new[] { ("a", 0.7), ("b", 0.6), ("random", 0.5) }
                            select Row(name.Item1, seed, 10, name.Item2 + 0.001 * seed * seed)];
        Assert.Contains("exact p 0.500 after Holm's", ComparisonSummary.InWords(rows, "b"), StringComparison.Ordinal);
    }

    [Fact]
    public void Saved_OfACurveAboveTheOther_CountsItsLabels()
    {
        ResultRow[] rows = [Row("a", 1, 10, 0.4), Row("a", 1, 20, 0.6), Row("random", 1, 10, 0.3),
            Row("random", 1, 20, 0.5)];
        Assert.Equal("a reached the final accuracy of random, 50.0%, with 15 labels in place of 20.",
            ComparisonSummary.Saved(rows, "a"));
        Assert.Null(
            ComparisonSummary.Saved([.. rows.Select(r => r.Strategy == "a" ? Row("a", r.Seed, r.Labelled, 0.1) : r)],
            "a"));
    }

    [Fact]
    public void Demo_NoSuchSet_IsRefused() =>
        Assert.Contains("photos, fashion-mnist", Assert.Throws<InputException>(() => Demo.Run("cats")).Message);

    /// <summary>2⁶³ − 1 is the largest seed, so the first of seven is 6 less at most.</summary>
    [Theory]
    [InlineData(9_223_372_036_854_775_802), InlineData(9_223_372_036_854_775_807)]
    public void Demo_SeedsBeyondTheLargest_AreRefused(long seed) => Assert.Equal(
        $"expected a first seed of at most 9223372036854775801, found {seed}: the demo has 7 seeds from it on; "
        + "give a smaller --seed",
        Assert.Throws<InputException>(() => Demo.Run("photos", seed)).Message);

    /// <summary>The last round of random lies below the one before: the means of .75 and .70 count, on both
    /// sides.</summary>
    [Fact]
    public void Saved_OfACurveAgainstItself_IsNull()
    {
        double[] means = [0.40, 0.50, 0.60, 0.75, 0.70];
        ResultRow[] rows = [.. from name in new[] { "a", "random" } from m in means.Index()
                            select Row(name, 1, 10 * (m.Index + 1), m.Item)];
        Assert.Null(ComparisonSummary.Saved(rows, "a"));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void DemoCommand_FolderOfSomethingElse_LeavesItAlone()
    {
        using var folder = new TemporaryFolder();
        var own = Path.Combine(folder.Path, "results.csv");
        File.WriteAllText(own, "mine");
        var outcome = CommandLine.Run("demo", "--out", folder.Path);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("give another one with --out", outcome.Error);
        Assert.Equal("mine", File.ReadAllText(own));
    }

    private static ResultRow Row(string strategy, long seed, int labels, double accuracy) =>
        ResultRow.Of(strategy, seed, new(labels / 10 - 1, labels, accuracy, [], 0, 0, null));
}
