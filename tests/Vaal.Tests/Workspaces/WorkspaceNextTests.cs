using System.Text.Json;
using Vaal.Models;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary><c>vaal next</c> and <c>vaal train</c> on sixty tiny pictures of two kinds, some of them
/// near-duplicates.</summary>
[Trait("Category", "Slow")]
public sealed partial class WorkspaceNextTests : IDisposable
{
    // 2 · 24 pictures, and 12 that look like another
    private const int Kinds = 24, Twins = 12;
    private static readonly VaalOptions Small =
        new(VaalOptions.Balanced) { Width = 16, LatentDim = 8, Iterations = 20, BatchSize = 8 };

    private static readonly TaskOptions Quick =
        new(TaskOptions.Default) { Epochs = 1, MinIterations = 30, BatchSize = 8 };
    private static readonly NextOptions Ten =
        new() { Budget = 10, Strategy = "vaal", UseFeatures = false, Vaal = Small, Task = Quick };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Workspace Make(string name = "w", TestSize? test = null)
    {
        for (var i = 0; i < Kinds; i++)
        {
            _folder.Write($"{name}/blocks/{i:00}.png", Pictures.Random(i));
            _folder.Write($"{name}/waves/{i:00}.png", Waves(i));
        }
        for (var i = 0; i < Twins; i++)
            _folder.Write($"{name}/blocks/{i:00} again.png", Pictures.Random(i, brighter: 2));
        var w = Workspace.Create(_folder[name]);
        w.Index(new IndexOptions { Size = 32, Test = test, Encoder = "none" });
        return w;
    }

    private static byte[] Waves(int seed)
    {
        var random = new Random(1_000 + seed);
        double fx = random.NextDouble() / 3, fy = random.NextDouble() / 3, phase = random.NextDouble() * 6;
        return TestImages.Grey(64, 64, (x, y) => (int)(128 + 100 * Math.Sin(fx * x + fy * y + phase)));
    }

    private static Dictionary<int, ImageRow> ById(Workspace w) => w.Images().ToDictionary(i => i.Id);

    /// <summary>The class of an image is the folder that it lies in.</summary>
    private static void LabelPicks(Workspace w, NextReport chosen)
    {
        var images = ById(w);
        foreach (var pick in chosen.Rows)
            w.Label(pick.Image, images[pick.Image].Path.Split('/')[0], [], "ann", "test");
    }

    private static void NoLookAlikes(Workspace w, IEnumerable<PickRow> picks)
    {
        var images = ById(w);
        Assert.All(picks.Select(p => images[p.Image].NearGroup).OfType<int>().GroupBy(g => g), g => Assert.Single(g));
    }

    [Theory]
    [InlineData("entropy")]
    [InlineData("core-set")]
    public void Next_StrategyOfTheTaskModel_NeedsClassesAndLeavesTheRestToThem(string strategy)
    {
        using var w = Make();
        // no VAE is trained
        var options = new NextOptions(Ten) { Strategy = strategy, Vaal = new(Small) { Iterations = 1_000_000 } };
        w.Import(
            _folder.Write("elsewhere.csv", "path\n" + string.Concat(w.Images().Take(6).Select(i => $"{i.Path}\n"))),
            new ImportOptions { Elsewhere = true });
        Assert.StartsWith(
            "no labelled image has a class", Assert.Throws<InputException>(() => w.Next(options)).Message,
            StringComparison.Ordinal);

        foreach (var image in w.Images().Where(i => i.Path.Contains("/1", StringComparison.Ordinal)))
            w.Label(image.Id, image.Path.Split('/')[0], [], "ann", "test");
        var chosen = w.Next(options);
        Assert.Equal((10, strategy), (chosen.Rows.Count, chosen.Strategy));
        Assert.Null(chosen.Verdict);
        Assert.All(chosen.Rows, p => Assert.NotNull(p.Score));
        NoLookAlikes(w, chosen.Rows);
    }

    [Fact]
    public void Next_NoLabels_PicksASpreadOutFirstBatch_AndSaysSo()
    {
        using var w = Make(test: new TestSize(null, 8));
        var chosen = w.Next(Ten);
        Assert.Equal(
            (10, NextReport.ColdStart, 10, false),
            (chosen.Rows.Count, chosen.Strategy, chosen.Recorded.Budget, chosen.Again));
        Assert.StartsWith("no image has a label yet", chosen.Note, StringComparison.Ordinal);
        Assert.Null(chosen.Verdict);
        Assert.All(chosen.Rows, p => Assert.Equal("spread-out first batch", p.Reason));
        Assert.All(chosen.Rows, p => Assert.False(ById(w)[p.Image].Test));
        Assert.Equal(2, chosen.Rows.Select(p => ById(w)[p.Image].Path.Split('/')[0]).Distinct().Count());
        NoLookAlikes(w, chosen.Rows);
        Assert.True(File.Exists(Path.Combine(w.ModelsOf(1), "vaal.safetensors")));
        Assert.False(Directory.Exists(Path.Combine(w.Folder, "next")));
    }

    [Fact]
    public void Next_RoundAfterRound_ChoosesNewImages_UntilNoneIsLeft()
    {
        using var w = Make();
        Assert.Equal(Twins, w.Status().NearGroups);
        var seen = new HashSet<int>();
        var sizes = new List<int>();
        for (var chosen = w.Next(Ten); ; chosen = w.Next(Ten))
        {
            Assert.All(chosen.Rows, p => Assert.True(seen.Add(p.Image)));
            Assert.Equal(Enumerable.Range(1, chosen.Rows.Count), chosen.Rows.Select(p => p.Rank));
            NoLookAlikes(w, chosen.Rows);
            if (chosen.Note?.Contains("all of them were chosen, without training", StringComparison.Ordinal) == true)
            {
                Assert.All(chosen.Rows, p => Assert.Equal("all that is left", p.Reason));
                Assert.Null(chosen.Verdict);
            }
            else if (chosen.Rows.All(p => p.Reason == "unlike the other picks")) Assert.Null(chosen.Verdict);
            else if (chosen.Round > 1)
            {
                Assert.All(
                    chosen.Rows, p =>
                        Assert.Matches(@"^looks less labelled than others \(D = [01](\.\d+)?(E-\d+)?\)$", p.Reason));
                Assert.Matches("^(informative|weak|no better than random|cannot be judged): ", chosen.Verdict);
                Assert.Equal(chosen.Verdict, w.Status().Verdict);
            }
            sizes.Add(chosen.Rows.Count);
            LabelPicks(w, chosen);
            if (w.Status().Unlabelled == 0) break;
        }
        // then only look-alikes may be left
        Assert.Equal([10, 10, 10, 10], sizes[..4]);
        Assert.Equal(2 * Kinds + Twins, sizes.Sum());
        Assert.Equal(
            "every image of the pool has a label; there is nothing left to choose",
            Assert.Throws<InputException>(() => w.Next(Ten)).Message);
    }

    [Fact]
    public void Next_Again_GivesTheSameRound_OtherSeedChoosesOthers()
    {
        using var w = Make();
        var first = w.Next(Ten);
        var again = w.Next(Ten);
        Assert.True(again.Again);
        Assert.Equal((first.Round, 1), (again.Round, w.Rounds().Count));
        Assert.Equal(first.Rows, again.Rows);
        Assert.Contains("nothing new was chosen", again.Note, StringComparison.Ordinal);
        var more = w.Next(new NextOptions(Ten) { Seed = 2 });
        Assert.False(more.Again);
        Assert.Empty(more.Rows.Select(p => p.Image).Intersect(first.Rows.Select(p => p.Image)));
        w.Undo();
        Assert.True(w.Next(Ten).Again);
        w.Undo();
        // the same images may be chosen as before
        Assert.NotEqual(first.Rows.Select(p => p.Image),
            w.Next(new NextOptions(Ten) { Seed = 2 }).Rows.Select(p => p.Image));
    }

    [Fact]
    public void Next_AfterALabelWasCorrected_ChoosesAnew()
    {
        using var w = Make();
        int[] ids = [.. w.Images().Take(4).Select(i => i.Id)];
        foreach (var (i, id) in ids.Index()) w.Label(id, i < 2 ? "blocks" : "waves", [], "ann", "test");
        var random = new NextOptions(Ten) { Strategy = "random" };
        w.Next(random);
        Assert.True(w.Next(random).Again);
        w.Label(ids[0], "waves", [], "ann", "test");
        Assert.False(w.Next(random).Again);
    }

    [Fact]
    public void Next_Random_TrainsNothing()
    {
        using var w = Make();
        var phases = new HashSet<string>();
        var chosen = w.Next(new NextOptions(Ten) { Strategy = "random" }, e => phases.Add(e.Phase));
        Assert.DoesNotContain(phases, p => p.StartsWith("training", StringComparison.Ordinal));
        Assert.All(chosen.Rows, p => Assert.Equal((null, "drawn at random"), (p.Score, p.Reason)));
        Assert.Null(chosen.Recorded.Health);
        Assert.Null(chosen.Informative);
        Assert.Equal(chosen.Rows.Select(p => ById(w)[p.Image].Path), chosen.Picks.Select(p => p.Place));
    }

    [Fact]
    public void Next_NotDiverse_TakesTheHighestScoresInOrder_Thorough_ComparesSeeds()
    {
        using var w = Make();
        LabelPicks(w, w.Next(Ten));
        var chosen = w.Next(new NextOptions(Ten) { Diverse = false, Thorough = true });
        Assert.Equal(chosen.Rows.Select(p => p.Score).OrderDescending(), chosen.Rows.Select(p => p.Score));
        using var health = JsonDocument.Parse(chosen.Recorded.Health!);
        Assert.InRange(health.RootElement.GetProperty("seedAgreement").GetDouble(), -1, 1);
        Assert.Equal(8, health.RootElement.GetProperty("klPerUnit").GetArrayLength());
        Assert.Contains("two trainings agree on the order by", chosen.Verdict, StringComparison.Ordinal);
        Assert.Equal(chosen.Verdict!.StartsWith("informative: ", StringComparison.Ordinal), chosen.Informative);
    }

    [Fact]
    public void Train_LabelsAndTestSet_RecordsAccuracy_StatusSaysWhatLabelsWereWorth()
    {
        using var w = Make(test: new TestSize(null, 16));
        Assert.Contains(
            "expected labels of at least two classes, found no class",
            Assert.Throws<InputException>(() => w.Train(Quick)).Message, StringComparison.Ordinal);
        LabelPicks(w, w.Next(Ten));
        Assert.Equal(
            "none of the 16 images of the test set has a class; 'vaal export --what test' lists them for labelling",
            Assert.Throws<InputException>(() => w.Train(Quick)).Message);
        foreach (var test in w.Images().Where(i => i.Test))
            w.Label(test.Id, test.Path.Split('/')[0], [], "ann", "test");

        var row = w.Train(Quick);
        Assert.Equal((1, 1, 10, 16), (row.Id, row.Round, row.Labels, row.Tests));
        // the same seed, the same model
        Assert.Equal(w.Train(Quick).Correct, row.Correct);
        Assert.True(row.Accuracy.Low <= row.Accuracy.Estimate && row.Accuracy.Estimate <= row.Accuracy.High);
        Assert.Contains("before and after a round", w.Status().Worth.Words, StringComparison.Ordinal);

        LabelPicks(w, w.Next(Ten));
        Assert.Equal((2, 20), (w.Train(Quick) is var second ? second.Round : 0, second.Labels));
        Assert.Contains("the last trainings gained", w.Status().Worth.Words, StringComparison.Ordinal);
        Assert.Equal(3, w.Entries().Count(e => e.What == "train"));
        Assert.Empty(w.Problems());
    }

    [Fact]
    public void Train_KeepsItsModel_AndWhatItTakesTheImagesWithoutALabelFor()
    {
        using var w = Make(test: new TestSize(null, 16));
        LabelPicks(w, w.Next(Ten));
        foreach (var test in w.Images().Where(i => i.Test))
            w.Label(test.Id, test.Path.Split('/')[0], [], "ann", "test");
        var row = w.Train(Quick);

        using var scope = TorchSharp.torch.NewDisposeScope();
        var weights = Safetensors.Load(Path.Combine(w.ModelOf(row.Id), "task.safetensors"), out var metadata);
        string[] classes = JsonSerializer.Deserialize<string[]>(metadata["classes"])!;
        Assert.Equal(["blocks", "waves"], classes.Order());
        // anybody's copy of the network
        var model = TaskModels.Create(metadata["model"], 3, classes.Length);
        model.load_state_dict(weights.ToDictionary(p => p.Key, p => p.Value));

        using var images = w.LoadImages();
        string[][] lines =
            [.. File.ReadAllLines(Path.Combine(w.ModelOf(row.Id), "predictions.csv")).Select(l => l.Split(','))];
        Assert.Equal(["path", "predicted", "probability"], lines[0]);
        Assert.Equal(
            images.Unlabelled.Select(id => images.Rows[id].Path).Order(), lines[1..].Select(l => l[0]).Order());
        var p = TaskTrainer.Predict(model, images.Images, images.Unlabelled).softmax(1);
        var byPath = images.Unlabelled.Select((id, i) => (images.Rows[id].Path, P: p[i].data<float>().ToArray()))
            .ToDictionary(x => x.Path, x => x.P);
        foreach (var line in lines[1..])
        {
            var best = Array.IndexOf(byPath[line[0]], byPath[line[0]].Max());
            Assert.Equal(
                (classes[best], byPath[line[0]][best]),
                (line[1], double.Parse(line[2], System.Globalization.CultureInfo.InvariantCulture)), (a, b) =>
                    a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-4);
        }
        var sure = lines[1..]
            .Select(l => double.Parse(l[2], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(sure.OrderDescending(), sure);
        Assert.Contains(
            "has no column for the class",
            Assert.Throws<InputException>(
                () => w.Import(Path.Combine(w.ModelOf(row.Id), "predictions.csv"), new ImportOptions())).Message,
                StringComparison.Ordinal);
    }
}
