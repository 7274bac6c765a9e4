using System.Text.Json;
using Vaal.Coverage;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Models;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>The task model transductive in a workspace.</summary>
public sealed class TransductiveTrainTests : IDisposable
{
    private const int Images = 240, Width = 32, Classes = 4;
    private static readonly (float[] Values, int[] Of) Made = MadeFeatures.Of(Images, Width, Classes, 9, spread: 1.2);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // images whose features are known; their pixels say nothing
    private Workspace Labelled(int perClass)
    {
        string[] names = [.. Enumerable.Range(0, Images).Select(i => $"{i:000}.png")];
        foreach (var (i, name) in names.Index()) _folder.Write($"photos/{name}", Pictures.Random(i));
        MadeTable.Write(_folder["made.npy"], names, i => Made.Values[(i * Width)..((i + 1) * Width)]);
        var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(
            new IndexOptions { Encoder = _folder["made.npy"], NearDuplicates = 0, Test = TestSize.Parse("60") });
        var labels = workspace.Images().GroupBy(i => (i.Test, Class: ClassOf(i.Path)))
            .SelectMany(g => g.Key.Test ? g : g.Take(perClass)).Select(i => $"{i.Path},c{ClassOf(i.Path)}\n");
        _folder.Write("labels.csv", "path,label\n" + string.Concat(labels));
        workspace.Import(_folder["labels.csv"], new ImportOptions());
        return workspace;
    }

    private static int ClassOf(string path) => Made.Of[int.Parse(path[..3], null)];

    // what the file holds
    private static (double[] Weights, double[] Mean, double Temperature) Kept(Workspace workspace, TrainingRow row)
    {
        var file = Path.Combine(workspace.ModelOf(row.Id), "task.safetensors");
        var tensors = Safetensors.Load(file, out var about);
        double[] weights = [.. tensors["weight"].data<double>()], mean = [.. tensors["mean"].data<double>()];
        foreach (var tensor in tensors.Values) tensor.Dispose();
        Assert.Equal("linear", about["model"]);
        return (weights, mean, double.Parse(about["temperature"], null));
    }

    // the labelled images, then the others; a test image is none of them
    private static (UnitRows Rows, int[] Classes) Pool(Workspace workspace)
    {
        var known = workspace.Labels().Select(l => l.Image).ToHashSet();
        var images = workspace.Images().Where(i => !i.Test).OrderBy(i => !known.Contains(i.Id)).ToArray();
        using var features = SourceFeatures.Of(workspace.Sources([.. images]))!;
        return (UnitRows.Of(features.Rows([.. Enumerable.Range(0, images.Length)]), Width),
            [.. images.Where(i => known.Contains(i.Id)).Select(i => ClassOf(i.Path))]);
    }

    [Fact]
    public void Train_OneLabelAClass_LearnsFromTheUnlabelledImagesAndFromNoTestImage()
    {
        using var workspace = Labelled(perClass: 1);
        var plain = workspace.Train(new LinearLearner());
        var row = workspace.Train(new LinearLearner(model: "transductive"));
        Assert.Equal(("transductive", 60, Classes), (row.Model, row.Tests, row.Labels));
        var (rows, classes) = Pool(workspace);
        var expected = TransductiveHead.Fit(rows, [.. Enumerable.Range(0, classes.Length)], classes, Classes);
        Assert.True(expected.Spreads);
        var (weights, mean, _) = Kept(workspace, row);
        Assert.Equal(rows.Mean, mean);
        Assert.Equal(expected.Head.Coefficients().Weights, weights);
        Assert.NotEqual(Kept(workspace, plain).Weights, weights);
        Assert.True(row.Correct > plain.Correct, $"{row.Correct} and {plain.Correct} of 60");
        Assert.Null(plain.Note);
        Assert.StartsWith("Labels were spread over the unlabelled images", row.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_Again_IsTheSameModelToTheLastBit()
    {
        using var workspace = Labelled(perClass: 3);
        var rows = Enumerable.Range(0, 2).Select(_ => workspace.Train(new LinearLearner(model: "transductive")));
        byte[][] files = [.. rows.ToArray()
            .Select(r => File.ReadAllBytes(Path.Combine(workspace.ModelOf(r.Id), "task.safetensors")))];
        Assert.Equal(files[0], files[1]);
    }

    /// <summary>From twenty labels a class on it is what <c>linear</c> is, temperature and suspects
    /// included.</summary>
    [Fact]
    public void Train_ManyLabels_IsTheLinearModel()
    {
        using var workspace = Labelled(perClass: 20);
        TrainingRow[] rows = [workspace.Train(new LinearLearner()),
            workspace.Train(new LinearLearner(model: "transductive"))];
        Assert.StartsWith("No labels were spread", rows[1].Note, StringComparison.Ordinal);
        foreach (var file in new[] { "task.safetensors", "predictions.csv", SuspectLabel.FileName })
        {
            byte[][] kept = [.. rows.Select(r => File.ReadAllBytes(Path.Combine(workspace.ModelOf(r.Id), file)))];
            Assert.Equal(kept[0], kept[1]);
        }
    }

    /// <summary>The temperature is that of its own cross-fit, and what is written down is divided by it.</summary>
    [Fact]
    public void Train_FewLabels_HasTheTemperatureOfItsOwnCrossFit()
    {
        using var workspace = Labelled(perClass: 4);
        var row = workspace.Train(new LinearLearner(model: "transductive"));
        var (rows, classes) = Pool(workspace);
        int[] labelled = [.. Enumerable.Range(0, classes.Length)];
        var expected = TransductiveHead.Fit(rows, labelled, classes, Classes, crossFitted: true);
        Assert.True(expected.Spreads);
        var given = HeadRows.Of(rows, labelled, classes, Classes);
        var temperature = Kept(workspace, row).Temperature;
        Assert.Equal(LinearHead.BestTemperature(expected.CrossFitted!, given, several: false), temperature);
        Assert.True(Math.Abs(temperature - 1) > 0.02, $"{temperature}");
        // the least sure of all
        int[] others = [.. Enumerable.Range(classes.Length, rows.Count - classes.Length)];
        double Least(double t) =>
            expected.Head.With(t).Probabilities(rows.Copy(others)).Chunk(Classes).Min(p => p.Max());
        var line = File.ReadLines(Path.Combine(workspace.ModelOf(row.Id), "predictions.csv")).Last();
        Assert.Equal(Least(temperature), double.Parse(line.Split(',')[2], null), 6e-5);
        Assert.True(Math.Abs(Least(temperature) - Least(1)) > 1e-3);
    }

    [Fact]
    public void Learner_LabelsThatDoNotFit_AreRefusedInOneLine()
    {
        static string Problem(LinearLearner learner) => Assert.Single(((ILearner)learner).Problems());
        Assert.Equal("expected one class an image for transductive, found images with several: it spreads one class to "
            + "each image; give --task linear", Problem(new(severalClasses: true, model: "transductive")));
        Assert.Equal("expected the task model linear with balanced class weights, found transductive",
            Problem(new(balanced: true, model: "transductive")));
        Assert.StartsWith("no task model on features 'transductiv'; there are: linear, mlp, transductive",
            Problem(new(model: "transductiv")), StringComparison.Ordinal);
    }

    [Fact, Trait("Category", "Slow")]
    public void Program_TrainTransductive_TrainsItAndRefusesWhatItCannot()
    {
        using (Labelled(perClass: 1))
        {
        }
        Outcome Vaal(params string[] args) => CommandLine.Run([.. args, "--workspace", _folder["photos"]]);
        var made = Vaal("train", "--task", "transductive", "--json", "-q");
        Assert.Equal("", made.Error);
        using var json = JsonDocument.Parse(made.Out);
        Assert.Equal("transductive",
            json.RootElement.GetProperty("training").GetProperty("options").GetProperty("model").GetString());
        Assert.Contains("Labels were spread over the unlabelled images",
            Vaal("train", "--task", "transductive", "-q").Out, StringComparison.Ordinal);
        Assert.Contains("trained a task model on 4 labels", Vaal("log").Out, StringComparison.Ordinal);
        foreach (var (args, problem) in new[]
        {
            (new[] { "train", "--task", "transductive", "--class-weights", "balanced" },
                "vaal: expected --task linear with --class-weights, found transductive"),
            (["next", "-n", "3", "--task", "transductive"],
                "vaal: expected a task model to choose by, found transductive: choices by it"),
        })
        {
            var refused = Vaal(args);
            Assert.Equal(1, refused.ExitCode);
            Assert.StartsWith(problem, Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        }
    }
}
