using System.Text.Json.Nodes;
using SkiaSharp;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>What a workspace does with an encoder's features: choose by coverage, train a linear model.</summary>
public sealed class WorkspaceByFeaturesTests : IDisposable
{
    private const int Images = 30;
    private static readonly SKColor[] Colours = [SKColors.Red, SKColors.LimeGreen, SKColors.Blue];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // ten photographs of each of three colours; the encoder's features are the means of the three channels
    private Workspace Photographs(string? encoder = null, string? test = null)
    {
        encoder ??= OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(_folder, "mean.onnx");
        for (var n = 0; n < Images; n++)
        {
            var (i, colour) = (n, Colours[n % 3]);
            _folder.Write($"photos/{i:00}.jpg", TestImages.Jpeg(80, 72, (x, y) =>
                (x + y + 7 * i) % 40 < 30 ? colour : new SKColor((byte)(8 * i), (byte)(3 * x), (byte)(3 * y))));
        }
        var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions
        {
            Encoder = encoder,
            NearDuplicates = 0,
            Test = test is null ? null : TestSize.Parse(test),
        });
        return workspace;
    }

    private void Label(Workspace workspace, IEnumerable<int> images)
    {
        var paths = workspace.Images().ToDictionary(i => i.Id, i => i.Path);
        var rows = images.Select(id => $"{paths[id]},{"rgb"[int.Parse(paths[id][..2], null) % 3]}");
        _folder.Write("labels.csv", "path,label\n" + string.Join('\n', rows));
        workspace.Import(_folder["labels.csv"], new ImportOptions());
    }

    /// <summary>Who gives one batch away and asks for another gets other images: those that wait will have a
    /// label.</summary>
    [Fact]
    public void Next_WhileABatchWaits_KeepsAwayFromIt()
    {
        using var workspace = Photographs();
        var picks = Enumerable.Range(1, 3).Select(seed =>
            Assert.Single(workspace.Next(new NextOptions { Budget = 1, Seed = seed }).Rows).Image).ToList();
        Assert.Equal(3, picks.Select(id => id % 3).Distinct().Count());               // one of each colour
    }

    [Fact]
    public void Next_WithoutAStrategy_CoversAndFromTwoClassesOnWeighsByUncertainty()
    {
        using var workspace = Photographs();
        var phases = new HashSet<string>();
        var first = workspace.Next(new NextOptions { Budget = 3 }, e => phases.Add(e.Phase));
        Assert.Equal(("coverage", 3, null), (first.Strategy, first.Rows.Count, first.Note));
        Assert.All(first.Rows, p => Assert.Contains(
            "of what labelled images do not cover", p.Reason, StringComparison.Ordinal));
        Assert.DoesNotContain(phases, p => p.StartsWith("training", StringComparison.Ordinal));
        Assert.Equal(3, first.Rows.Select(p => p.Image % 3).Distinct().Count());     // one of each colour
        Assert.True(workspace.Next(new NextOptions { Budget = 3 }).Again);

        Label(workspace, first.Rows.Select(p => p.Image));
        var second = workspace.Next(new NextOptions { Budget = 4 });
        Assert.Equal("uncertainty-coverage", second.Strategy);
        Assert.Empty(second.Rows.Select(p => p.Image).Intersect(first.Rows.Select(p => p.Image)));
    }

    /// <summary>The features choose the first batch, so that nobody needs to know how long a network would
    /// take.</summary>
    [Fact]
    public void Next_SoManyMinutes_NothingLabelled_MeasuresNoTraining()
    {
        using var workspace = Photographs();
        var round = workspace.Next(new NextOptions
        {
            Budget = 3,
            Strategy = "vaal",
            Minutes = 0.2,
            Vaal = new(VaalOptions.Balanced) { Iterations = null },
        }).Recorded;
        Assert.Equal("coverage", round.Strategy);
        Assert.Null(JsonNode.Parse(round.Options)!["vaal"]!["iterations"]);
    }

    [Fact]
    public void Next_WithoutAnEncoder_ChoosesByNetworks()
    {
        using var workspace = Photographs("none");
        var quick = new NextOptions { Budget = 3, Vaal = new(VaalOptions.Balanced) { Iterations = 3, BatchSize = 8 } };
        var first = workspace.Next(quick);
        Assert.Equal("typiclust", first.Strategy);
        Label(workspace, Enumerable.Range(1, 12));
        var second = workspace.Next(
            new NextOptions(quick) { Task = new(TaskOptions.Default) { Epochs = 1, MinIterations = 2 } });
        Assert.Equal("badge", second.Strategy);
    }

    [Fact]
    public void Train_Linear_LearnsTheColoursAndKeepsItsModel()
    {
        using var workspace = Photographs(test: "9");
        Label(workspace, workspace.Images().Where(i => i.Test || i.Id % 2 == 0).Select(i => i.Id));
        var row = workspace.Train(new LinearLearner());
        Assert.Equal((9, 9, LinearLearner.Model), (row.Tests, row.Correct, row.Model));
        var model = workspace.ModelOf(row.Id);
        Assert.True(File.Exists(Path.Combine(model, "task.safetensors")));
        var predictions = File.ReadAllLines(Path.Combine(model, "predictions.csv"));
        Assert.Equal(workspace.Status().Unlabelled, predictions.Length - 1);
        Assert.All(
            predictions[1..], line => Assert.Equal("rgb"[int.Parse(line[..2], null) % 3], line.Split(',')[1][0]));
    }

    [Fact]
    public void Train_LinearWithoutAnEncoder_IsRefused()
    {
        using var workspace = Photographs("none", "9");
        Label(workspace, workspace.Images().Select(i => i.Id));
        var message = Assert.Throws<InputException>(() => workspace.Train(new LinearLearner())).Message;
        Assert.StartsWith(
            "expected features for linear, found a workspace without an encoder", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Worth_TrainingsOfTwoModels_AreNotCompared()
    {
        static TrainingRow Of(string model, int labels) => new(0, null, labels, 10, 5, $$"""{"model":"{{model}}"}""", 1,
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "");
        TrainingRow[] rows = [Of("linear", 10), Of("small-cnn", 10), Of("linear", 20)];
        Assert.Equal([10, 20], TrainingRow.LikeTheLast(rows).Select(r => r.Labels));
    }

    [Fact]
    public void Worth_TrainingsOnOtherFeaturesOrWithOtherClassWeights_AreNotCompared()
    {
        static TrainingRow Of(int labels, string? encoder, string more = "") =>
            new(0, null, labels, 10, 5, $$"""{"model":"linear"{{more}}}""", 1, DateTimeOffset.UnixEpoch,
                DateTimeOffset.UnixEpoch, "")
            { Encoder = encoder };
        const string balanced = ",\"balanced\":true", plain = ",\"balanced\":false";
        TrainingRow[] rows = [Of(10, "a"), Of(20, "b"), Of(30, "a", balanced), Of(40, null), Of(50, "a", plain),
            Of(60, "a", balanced), Of(70, "b"), Of(80, null)];
        int[] Compared(int count) => [.. TrainingRow.LikeTheLast(rows[..count]).Select(r => r.Labels)];
        Assert.Equal([10, 50], Compared(5));
        Assert.Equal([30, 60], Compared(6));
        Assert.Equal([20, 70], Compared(7));
        Assert.Equal([40, 80], Compared(8));
    }

    /// <summary>What another encoder brings is no gain by labels.</summary>
    [Fact]
    public void Worth_AfterAnotherEncoder_IsOfTheTrainingsOnItsFeaturesAlone()
    {
        using var workspace = Photographs(test: "9");
        int[] test = [.. workspace.Images().Where(i => i.Test).Select(i => i.Id)];
        int[] pool = [.. workspace.Images().Where(i => !i.Test).Select(i => i.Id)];
        string Worth(int labels)
        {
            Label(workspace, test.Concat(pool[..labels]));
            workspace.Train(new LinearLearner());
            return workspace.Status().Worth.Words;
        }
        const string gained = "the last trainings gained", before = "run 'vaal train' before and after a round";
        Assert.StartsWith(before, Worth(6), StringComparison.Ordinal);
        Assert.StartsWith(gained, Worth(12), StringComparison.Ordinal);
        workspace.Index(new IndexOptions
        {
            Encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(
                _folder, "other.onnx", """{ "mean": [0, 0, 0], "std": [2, 2, 2] }"""),
        });
        Assert.StartsWith(before, Worth(16), StringComparison.Ordinal);
        Assert.Equal([16], workspace.Trainings(comparable: true).Select(t => t.Labels));
        Assert.StartsWith(gained, Worth(20), StringComparison.Ordinal);
        Assert.Equal([16, 20], workspace.Trainings(comparable: true).Select(t => t.Labels));

        var model = Path.Combine(workspace.ModelOf(3), "task.safetensors");
        foreach (var damaged in new[] { "", "short", new string('x', 40) })
        {
            File.WriteAllText(model, damaged);
            Assert.Equal([20], workspace.Trainings(comparable: true).Select(t => t.Labels));
        }
        File.Delete(model);
        Assert.StartsWith(before, workspace.Status().Worth.Words, StringComparison.Ordinal);
        Assert.Equal(4, workspace.Trainings().Count);
        Assert.EndsWith($"\nModel and its predictions for unlabelled images: {workspace.ModelOf(1)}\n",
            workspace.Trainings()[0].ToString(), StringComparison.Ordinal);
    }
}
