using System.Text.Json;
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
    private static readonly NextOptions Random = Four with { Strategy = "random" };      // trains nothing
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
        var four = Four with { Strategy = strategy, Task = TinyImages.Task };
        var favourites = Chosen(w, four with { Diverse = false, Budget = 16 });
        var (best, batch) = (Chosen(w, four with { Diverse = false }), Chosen(w, four with { Candidates = 4 }));
        Assert.Equal(favourites[..4], best);
        Assert.Equal(best, Chosen(w, four with { Candidates = 1 }));
        Assert.Subset(favourites.ToHashSet(), batch.ToHashSet());
        Assert.NotEqual(best.Order(), batch.Order());
    }

    [Fact]
    public void Next_ByDefault_IsDiverse_OutOfFiveTimesTheBudget()
    {
        using var w = Make();
        var three = Four with { Budget = 3 };
        Assert.Equal(Chosen(w, three with { Diverse = true, Candidates = 5 }), Chosen(w, three));
        Assert.NotEqual(Chosen(w, three with { Candidates = 1 }), Chosen(w, three));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Next_PicksThatWaitForALabel_AreNotOfferedAgain_UnlessTheRoundIsTakenBack(bool diverse)
    {
        using var w = Make();
        var half = Random with { Diverse = diverse, Budget = Left / 2 };
        int[] first = [.. w.Next(half).Rows.Select(p => p.Image)];
        int[] second = [.. w.Next(half with { Seed = 2 }).Rows.Select(p => p.Image)];
        var unlabelled = w.Images().Skip(Labelled).Select(i => i.Id);
        Assert.Equal(unlabelled.Order(), first.Concat(second).Order());
        var e = Assert.Throws<InputException>(() => w.Next(half with { Seed = 3 }));
        Assert.Contains($"{Left}", e.Message, StringComparison.Ordinal);
        w.Undo();
        var offered = w.Next(half with { Seed = 3, Budget = Left }).Rows.Select(p => p.Image);
        Assert.Equal(second.Order(), offered.Order());
    }

    [Fact]
    public void Next_Thorough_ComparesWithATrainingOfAnotherSeed_AndChoosesTheSame()
    {
        using var w = Make();
        var plain = w.Next(Four);
        w.Undo();
        var thorough = w.Next(Four with { Thorough = true });
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
        var timed = Four with { Minutes = 0.2, Vaal = Four.Vaal with { Iterations = null } };
        var once = Iterations(timed);
        w.Undo();
        var twice = Iterations(timed with { Thorough = true });
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
