using System.Text.Json.Nodes;
using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Workspaces;
using static TorchSharp.torch;

namespace Vaal.Tests.Workspaces;

/// <summary>What a choice makes of its request: whose labels are judged, how large the pictures are, how long is
/// trained.</summary>
public sealed class BatchChooserTests : IDisposable
{
    private static readonly NextOptions Four = new()
    {
        Budget = 4,
        Strategy = "vaal",
        UseFeatures = false,
        Vaal = TinyImages.Vaal,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ImageSet _images = TinyImages.Set(24);

    public void Dispose()
    {
        _images.Dispose();
        _folder.Dispose();
    }

    private ChoiceRequest Request => new()
    {
        Pool = TinyImages.Pool(_images, 8),
        Images = PoolImage.Unnumbered(_images.Count),
    };

    private static Choice Choose(NextOptions options, ChoiceRequest request) =>
        ((IChooser)new BatchChooser(options) { Clock = new TickingClock() }).Choose(request);

    /// <summary>Labels that a strategy chose differ from the pool by its preferences, so that they say nothing of how
    /// fair a sample the labels are.</summary>
    [Theory]
    [InlineData(true, 3), InlineData(false, 8)]
    public void Choose_LabelsThatAStrategyChose_AreNotJudged(bool told, int judged)
    {
        var request = Request with { Unchosen = told ? new HashSet<int> { 1, 4, 6 } : null };
        Assert.Equal(judged, RankingHealth.Parse(Choose(Four, request).Health!).Sample!.Labelled);
    }

    /// <summary>With the same numbers in each round, the second would take the neighbours of what the first
    /// took.</summary>
    [Fact]
    public void Choose_RandomInTwoRounds_TakesNoNeighbours()
    {
        using var images = new ImageSet(PixelStore.Allocate(2_000), 1, 1, 1);
        var (options, pool) = (new NextOptions(Four) { Strategy = "random", Budget = 20 }, new Pool(images));
        var request = new ChoiceRequest { Pool = pool, Images = PoolImage.Unnumbered(2_000) };
        int[] first = [.. Choose(options, request).Selection.Ids];
        foreach (var id in first) pool.Label(id, 0);
        int[] Second() => [.. Choose(options, request with { Round = 1 }).Selection.Ids];
        var second = Second();
        double[] distances = [.. second.Select(id => (double)first.Min(other => Math.Abs(other - id)))];
        Assert.True(Statistics.Quantile(distances, 0.5) > 5, string.Join(' ', distances));
        Assert.Equal(second, Second());
    }

    /// <summary>A random sample of one image a group is none of the pool: the verdict would find that.</summary>
    [Theory]
    [InlineData("random", false), InlineData("typiclust", true)]
    public void Choose_NearDuplicates_AreAlikeForRandomAlone(string strategy, bool once)
    {
        PoolImage[] images = [.. Enumerable.Range(0, 24).Select(id => new PoolImage((ImageNumber)id, id / 12))];
        var choice = Choose(new(Four) { Strategy = strategy, Budget = 3 },
            new() { Pool = new Pool(_images), Images = images });
        Assert.Equal(once ? 2 : 3, choice.Selection.Ids.Count);
    }

    /// <summary>Of two groups of twelve only two images are offered, and ten more each are left.</summary>
    [Theory]
    [InlineData("typiclust", 2, "unlike the other picks", "2 images were chosen, fewer than the 30 asked for: ")]
    [InlineData("random", 24, "all that is left", "24 images can still be chosen, and the budget is 30: all of them ")]
    public void Choose_MoreThanIsOffered_SaysWhetherMoreAreLeft(string strategy, int picks, string reason, string note)
    {
        PoolImage[] images = [.. Enumerable.Range(0, 24).Select(id => new PoolImage((ImageNumber)id, id / 12))];
        var choice = Choose(new(Four) { Strategy = strategy, Budget = 30 },
            new() { Pool = new Pool(_images), Images = images });
        Assert.Equal(Enumerable.Repeat(reason, picks), choice.Reasons);
        PickRow[] rows = [.. choice.Reasons.Select((why, i) => new PickRow(i + 1, i + 1, null, why))];
        var report = new NextReport(new RoundRow { Id = 1, Strategy = strategy, Budget = 30 }, rows, again: false);
        Assert.StartsWith(note, report.Note, StringComparison.Ordinal);
    }

    /// <summary>Of eight labelled images half are held out to judge D. Four that wait are labelled to it.</summary>
    [Fact]
    public void Choose_ImagesThatWait_CountAsLabelledForTheDiscriminator()
    {
        int Held(params int[] waiting) => RankingHealth.Parse(Choose(
            new(Four) { Vaal = new(Four.Vaal) { HoldOut = 0.5 } },
            Request with { Waiting = waiting.ToHashSet() }).Health!).HeldOutLabelled;
        int[] unlabelled = [.. Request.Pool.Unlabelled];
        Assert.Equal((4, 6), (Held(), Held(unlabelled[..4])));
    }

    /// <summary>A verdict is on what D ranked. Others only compare images by the latent of its VAE, or rank by a
    /// discriminator of their own on it.</summary>
    [Theory]
    [InlineData("vaal", true), InlineData("typiclust", false), InlineData("coverage", false)]
    [InlineData("vaal-features", false)]
    public void Choose_Verdict_IsOfWhatTheDiscriminatorRanked(string strategy, bool judged) => Assert.Equal(judged,
        RankingHealth.Parse(Choose(new(Four) { Strategy = strategy }, Request).Health!).Verdict is { Length: > 0 });

    [Theory]
    [InlineData(null, 64), InlineData(32, 32)]
    public void Choose_SideOfThePictures_IsThatOfTheRequest_UnlessTheOptionsSay(int? option, int side)
    {
        var choice = Choose(new(Four) { Vaal = new(Four.Vaal) { Size = option } }, Request with { Side = 64 });
        Assert.Equal(side, (int)JsonNode.Parse(choice.Options)!["vaal"]!["size"]!);
    }

    /// <summary>Images outside of the pool are a test set: twelve black images are the pool, and a VAE that learned
    /// nothing would make no mistake on them.</summary>
    [Fact]
    public void Choose_NothingLabelled_JudgesTheVaeOnThePoolAlone()
    {
        var pixels = PixelStore.Allocate(24 * 1_024L);
        for (var id = 12; id < 24; id++) pixels.Writable(id * 1_024L, 1_024).Fill((byte)(10 * id));
        using var images = new ImageSet(pixels, 1, 32, 32);
        var request = Request with { Pool = new Pool(images, [.. Enumerable.Range(0, 12)]) };
        Assert.Equal(0, RankingHealth.Parse(Choose(Four, request).Health!).MeanImageMse, 1e-9);
    }

    /// <summary>Of two pictures, each twelve times, one waits for its label: whatever the seed, a first batch is of the
    /// other.</summary>
    [Fact]
    public void Choose_NothingLabelled_SpreadsOutAwayFromWhatWaits()
    {
        using var two = TinyImages.Set(2);
        using var images = two.Subset([.. Enumerable.Range(0, 24).Select(id => id % 2)]);
        var request = Request with { Pool = new Pool(images), Waiting = new HashSet<int> { 0 } };
        Assert.All(Enumerable.Range(1, 10), seed =>
            Assert.Equal(1, Assert.Single(Choose(new(Four) { Budget = 1, Seed = seed }, request).Selection.Ids) % 2));
    }

    [Fact]
    public void Choose_OtherSeed_DrawsOthers() => Assert.Equal(3, new long[] { 1, 2, 3 }.Select(seed =>
        string.Join(' ', Choose(new(Four) { Strategy = "random", Seed = seed }, Request).Selection.Ids))
        .Distinct().Count());

    /// <summary>A workspace may know classes that no labelled image has.</summary>
    [Theory]
    [InlineData(7, 7), InlineData(null, 4)]
    public void Choose_ClassesOfTheRequest_AreThoseOfTheTaskModel(int? classes, int outputs)
    {
        Choose(new(Four) { Strategy = "entropy", Task = TinyImages.Task },
            Request with { Folder = _folder.Path, Classes = classes });
        using var scope = NewDisposeScope();
        Assert.Equal(outputs, Safetensors.Load(_folder["models/task.safetensors"])["head.weight"].shape[0]);
    }

    /// <summary>Entropies of the pixels become one of the image as the options say.</summary>
    [Fact]
    public void Choose_ImagesWithMasks_ReducesTheirPixelsAsTheOptionsSay()
    {
        using var images = TinyMasks.Set(20);
        var request = new ChoiceRequest
        {
            Pool = TinyMasks.Pool(images, 10),
            Images = PoolImage.Unnumbered(20),
            Classes = 2,
        };
        var mean = new NextOptions(Four)
        {
            Strategy = "entropy",
            Task = TinyMasks.Task,
            Vaal = new(TinyImages.Vaal) { Size = 32 },
            Diverse = false,
        };
        float[] Scores(NextOptions options) => [.. Choose(options, request).Selection.Scores];
        var top = new NextOptions(mean) { PixelReduction = PixelReduction.Top };
        var (all, half, fifth) =
            (Scores(mean), Scores(new(top) { TopPixels = 0.5 }), Scores(new(top) { TopPixels = 0.2 }));
        // the fewer of the least certain pixels, the less certain they are
        for (var i = 0; i < 4; i++)
            Assert.True(all[i] < half[i] && half[i] < fifth[i], $"{all[i]} {half[i]} {fifth[i]}");
    }

    /// <summary>The number of iterations that a stopped choice began with is used again, but not that of another
    /// choice.</summary>
    [Theory]
    [InlineData("this", 5), InlineData("another", 30)]
    public void Choose_SoManyMinutes_GoesOnWithTheLengthOfTheSameChoice(string key, int iterations)
    {
        _folder.Write("length.json", """{"identity":"this","iterations":5}""");
        var timed = new NextOptions(Four) { Minutes = 0.2, Vaal = new(Four.Vaal) { Iterations = null } };
        var choice = Choose(timed, Request with { Folder = _folder.Path, Key = key });
        Assert.Equal(iterations, (int)JsonNode.Parse(choice.Options)!["vaal"]!["iterations"]!);
        Assert.Equal(iterations,
            (int)JsonNode.Parse(File.ReadAllText(_folder["length.json"]))!["iterations"]!);
    }

    /// <summary>Without a label and without features a VAE makes the first batch of any strategy: it trains that
    /// long.</summary>
    [Fact]
    public void Choose_SoManyMinutes_NothingLabelled_HoldForTheVaeThatSpreadsTheFirstBatch()
    {
        var timed =
            new NextOptions(Four) { Strategy = "badge", Minutes = 0.2, Vaal = new(Four.Vaal) { Iterations = null } };
        var choice = Choose(timed, Request with { Pool = TinyImages.Pool(_images, 0) });
        Assert.True(choice.ColdStart);
        Assert.Equal(30, (int)JsonNode.Parse(choice.Options)!["vaal"]!["iterations"]!);
    }

    [Theory]
    [InlineData("auto", true, "uncertainty-coverage"), InlineData("auto", false, "badge")]
    [InlineData("badge", false, "badge"), InlineData("vaal-features", true, "vaal-features")]
    public void Choose_MinutesOrThorough_StrategyThatTrainsNoSuchNetworks_IsRefusedAtOnce(
        string asked, bool features, string found)
    {
        var reported = false;
        var request = Request with
        {
            Folder = _folder["under way"],
            Report = _ => reported = true,
            // nothing is there to be encoded
            Sources = new() { Root = _folder["none"], Files = [], Folder = _folder["none"], Encoder = "resnet18" },
        };
        string Refusal(NextOptions options) => Assert.Throws<InputException>(() =>
            Choose(new(options) { Strategy = asked, UseFeatures = features }, request)).Message;
        Assert.Equal("expected a strategy that trains a VAE and a discriminator on pixels with --minutes, "
            + $"found {found}; leave out --minutes, or add --strategy vaal", Refusal(new(Four) { Minutes = 5 }));
        Assert.Equal("expected a strategy that ranks by the VAE and the discriminator of vaal with --thorough, "
            + $"found {found}; leave out --thorough, or add --strategy vaal", Refusal(new(Four) { Thorough = true }));
        Assert.False(reported);
        Assert.False(File.Exists(_folder["under way/length.json"]));
    }
}
