using System.Text.Json;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>What <c>vaal next</c> offers, thins out and compares, on 24 pictures of which none look alike.</summary>
public sealed class WorkspaceChoiceTests : IDisposable
{
    private const int Images = 24, Labelled = 6, Left = Images - Labelled;
    private static readonly NextOptions Four = new()
    {
        Budget = 4,
        Strategy = "vaal",
        UseFeatures = false,
        Vaal = TinyImages.Vaal,
    };
    private static readonly NextOptions Random = new(Four) { Strategy = "random" };      // trains nothing
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Workspace Make(int labelled = Labelled)
    {
        for (var i = 0; i < Images; i++) _folder.Write($"w/{i:00}.png", Pictures.Random(i));
        var w = Workspace.Create(_folder["w"]);
        w.Index(new IndexOptions { Size = 32, NearDuplicates = 0 });
        foreach (var image in w.Images().Take(labelled))
            w.Label(image.Id, $"class {image.Id % 2}", [], "ann", "test");
        return w;
    }

    /// <summary>The picks, which are taken back.</summary>
    private static int[] Chosen(Workspace w, NextOptions options)
    {
        var chosen = w.Next(options);
        w.Undo();
        return [.. chosen.Rows.Select(p => p.Image)];
    }

    [Trait("Category", "Slow")]
    [Theory]
    [InlineData("vaal")]
    [InlineData("entropy")]
    public void Next_Diverse_ThinsTheFavouritesOut(string strategy)
    {
        using var w = Make();
        var four = new NextOptions(Four) { Strategy = strategy, Task = TinyImages.Task };
        var favourites = Chosen(w, new(four) { Diverse = false, Budget = 16 });
        var (best, batch) = (Chosen(w, new(four) { Diverse = false }), Chosen(w, new(four) { Candidates = 4 }));
        Assert.Equal(favourites[..4], best);
        Assert.Equal(best, Chosen(w, new(four) { Candidates = 1 }));
        Assert.Subset(favourites.ToHashSet(), batch.ToHashSet());
        Assert.NotEqual(best.Order(), batch.Order());
    }

    [Fact]
    public void Next_ByDefault_IsDiverse_OutOfFiveTimesTheBudget()
    {
        using var w = Make();
        var three = new NextOptions(Four) { Budget = 3 };
        Assert.Equal(Chosen(w, new(three) { Diverse = true, Candidates = 5 }), Chosen(w, three));
        Assert.NotEqual(Chosen(w, new(three) { Candidates = 1 }), Chosen(w, three));
    }

    /// <summary>18 are left: a twentieth is under 10. The recorded round says how many were asked for, so that the same
    /// call gives it again.</summary>
    [Fact]
    public void Next_WithoutABudget_TakesWhatIsSuggested()
    {
        using var w = Make();
        var open = new NextOptions(Random) { Budget = null };
        var chosen = w.Next(open);
        Assert.Equal((10, 10), (chosen.Picks.Count, chosen.Recorded.Budget));
        Assert.True(w.Next(open).Again);
        Assert.Contains("\"budget\":10", chosen.Recorded.Options, StringComparison.Ordinal);
        w.Undo();
        w.Next(new NextOptions(Random) { Budget = 3 });
        Assert.Equal(3, w.Next(new NextOptions(open) { Seed = 2 }).Picks.Count);
    }

    /// <summary>A cluster may take an hour to make features, and a wrong option is known at once.</summary>
    [Fact]
    public void Next_WrongOption_IsRefusedBeforeFeaturesAreMade()
    {
        using var w = Make();
        var maker = new Counts();
        var head = new NextOptions(Random) { Strategy = "mc-dropout", Task = TaskOptions.For("linear") };
        Assert.StartsWith("expected a network as task model for 'mc-dropout', found linear",
            Assert.Throws<InputException>(() => w.Next(new BatchChooser(head), maker: maker)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, maker.Calls);
        var told = new List<string>();
        w.Next(new BatchChooser(Random), tell: told.Add, maker: maker);
        Assert.Equal((1, "made elsewhere"), (maker.Calls, Assert.Single(told)));
    }

    private sealed class Counts : IFeatureMaker
    {
        public int Calls { get; private set; }

        FeatureRows? IFeatureMaker.Make(ImageSources sources, Func<Pool> pool, ICollection<string> notes,
            Action<TrainEvent>? report, CancellationToken cancel)
        {
            Calls++;
            notes.Add("made elsewhere");
            return null;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Next_PicksThatWaitForALabel_AreNotOfferedAgain_UnlessTheRoundIsTakenBack(bool diverse)
    {
        using var w = Make();
        var half = new NextOptions(Random) { Diverse = diverse, Budget = Left / 2 };
        int[] first = [.. w.Next(half).Rows.Select(p => p.Image)];
        int[] second = [.. w.Next(new NextOptions(half) { Seed = 2 }).Rows.Select(p => p.Image)];
        var unlabelled = w.Images().Skip(Labelled).Select(i => i.Id);
        Assert.Equal(unlabelled.Order(), first.Concat(second).Order());
        var e = Assert.Throws<InputException>(() => w.Next(new NextOptions(half) { Seed = 3 }));
        Assert.Contains($"{Left}", e.Message, StringComparison.Ordinal);
        w.Undo();
        var offered = w.Next(new NextOptions(half) { Seed = 3, Budget = Left }).Rows.Select(p => p.Image);
        Assert.Equal(second.Order(), offered.Order());
    }

    [Fact]
    public void Next_Thorough_ComparesWithATrainingOfAnotherSeed_AndChoosesTheSame()
    {
        using var w = Make();
        var plain = w.Next(Four);
        w.Undo();
        var thorough = w.Next(new NextOptions(Four) { Thorough = true });
        Assert.Equal(plain.Rows.Select(p => p.Image), thorough.Rows.Select(p => p.Image));
        using var health = JsonDocument.Parse(thorough.Recorded.Health!);
        var agreement = health.RootElement.GetProperty("seedAgreement").GetDouble();
        Assert.InRange(agreement, -1, 0.9999);                                        // with itself it would be 1
    }

    /// <summary>With no label yet nothing is held out, and the VAE is judged on the pool.</summary>
    [Fact]
    public void Next_NothingLabelled_JudgesTheVaeOnThePool()
    {
        using var w = Make(labelled: 0);
        using var health = JsonDocument.Parse(w.Next(Four).Recorded.Health!);
        Assert.True(health.RootElement.GetProperty("kl").GetDouble() > 0);
        Assert.True(health.RootElement.GetProperty("meanImageMse").GetDouble() > 0);
        var judged = health.RootElement.TryGetProperty("verdict", out var verdict);
        Assert.True(!judged || verdict.ValueKind == JsonValueKind.Null);
    }

    /// <summary>The clock moves a second at each look, so the number of iterations is known.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Next_Thorough_HasHalfTheMinutesForEachTraining()
    {
        using var w = Make();
        var timed = new NextOptions(Four) { Minutes = 0.2, Vaal = new(Four.Vaal) { Iterations = null } };
        var once = Iterations(timed);
        w.Undo();
        var twice = Iterations(new(timed) { Thorough = true });
        Assert.Equal(30, once);                                                       // 12 s, and 5 iterations took 2 s
        Assert.Equal(15, twice);

        int Iterations(NextOptions options)
        {
            var round = w.Next(new BatchChooser(options) { Clock = new TickingClock() }).Recorded;
            using var recorded = JsonDocument.Parse(round.Options);
            return recorded.RootElement.GetProperty("vaal").GetProperty("iterations").GetInt32();
        }
    }
}
