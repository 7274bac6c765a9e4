using Microsoft.ML.OnnxRuntime;
using SkiaSharp;
using Vaal.Data.Labels;
using Vaal.Encoders;
using Vaal.Reports;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>
/// A project whose images have a red part, a green part, both or neither: train, choose, predict, review, report.
/// </summary>
public sealed class MultiLabelProjectTests : IDisposable
{
    private const int Photos = 60;
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _workspace;

    // the features are the means of the three channels
    public MultiLabelProjectTests()
    {
        for (var n = 0; n < Photos; n++) _folder.Write($"photos/{n:00}.jpg", Photo(n));
        var encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4, OnnxModels.Float).Write(_folder,
            "mean.onnx", """{ "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4], "channels": "BGR" }""");
        _workspace = Workspace.Create(_folder["photos"]);
        _workspace.Index(new IndexOptions
        {
            Encoder = encoder,
            MultiLabel = true,
            NearDuplicates = 0,
            Test = TestSize.Parse("20"),
        });
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _folder.Dispose();
    }

    // the first 20 of the 40 images of the pool
    private HashSet<int> Half => [.. _workspace.Images().Where(i => !i.Test).Take(20).Select(i => i.Id)];

    private static string[] ClassesOf(int n) => [.. new[] { "green", "red" }.Where((_, k) => (n >> k & 1) == 1)];

    private static string ClassesOf(string path) => ClassSet.ToCell(ClassesOf(int.Parse(path[..2], null)));

    // the upper half is green or blue, the lower red or blue, with some noise
    private static byte[] Photo(int n)
    {
        var (of, noise) = (ClassesOf(n), new Random(n));
        byte Level(bool strong) => (byte)((strong ? 200 : 20) + noise.Next(40));
        var upper = new SKColor(20, Level(of.Contains("green")), Level(!of.Contains("green")));
        var lower = new SKColor(Level(of.Contains("red")), 20, Level(!of.Contains("red")));
        return TestImages.Jpeg(80, 72, (_, y) => y < 36 ? upper : lower);
    }

    private void Label(Func<ImageRow, bool> which, Func<string, string>? of = null) => _workspace.Import(
        _folder.Write("labels.csv", "path,label\n" + string.Concat(_workspace.Images().Where(which)
            .Select(i => $"{i.Path},{(of ?? ClassesOf)(i.Path)}\n"))), new ImportOptions { By = "ann" });

    private Vaal.Workspaces.TrainingRow Trained()
    {
        Label(i => i.Test || Half.Contains(i.Id));
        return _workspace.Train(new LinearLearner(severalClasses: true));
    }

    [Fact]
    public void Train_SeveralClasses_MeasuresMeanApAndMacroF1_AndKeepsThem()
    {
        var row = Trained();
        Assert.Equal((null, "mean AP", 20), (row.Correct, row.Measure, row.Tests));
        Assert.InRange(row.Accuracy.Estimate, 0.95, 1);
        Assert.InRange(row.MultiLabel!.MacroF1.Estimate, 0.9, 1);
        var kept = _workspace.Trainings().Single();
        Assert.Equal(AsJson.Of(row.MultiLabel), AsJson.Of(kept.MultiLabel!));
        Assert.Equal(row.Accuracy, kept.Accuracy);
        Assert.Equal(["green", "red"], kept.MultiLabel!.Classes.Select(c => c.Class));
        Assert.StartsWith("trained a task model on 20 labels: mean AP ", _workspace.Entries()[^1].Words,
            StringComparison.Ordinal);
        Assert.Empty(_workspace.Problems());
        Label(i => !i.Test && i.Id % 4 == 1 && !Half.Contains(i.Id));
        _workspace.Train(new LinearLearner(severalClasses: true));
        Assert.Contains("mean AP", _workspace.Worth().Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_ModelOfOneClass_IsRefused()
    {
        Label(i => i.Test || Half.Contains(i.Id));
        Assert.Equal("expected a task model for several classes an image, found one for one class",
            Assert.Throws<InputException>(() => _workspace.Train(new LinearLearner())).Message);
    }

    [Theory]
    [InlineData("auto", "uncertainty-coverage"), InlineData("coverage", "coverage"), InlineData("entropy", "entropy")]
    [InlineData("uncertainty-coverage", "uncertainty-coverage"), InlineData("margin", "margin")]
    public void Next_StrategiesOfSeveralClasses_Choose(string strategy, string used)
    {
        Label(i => i.Test || Half.Contains(i.Id));
        var task = new TaskOptions(TaskOptions.Default) { Epochs = 1, MinIterations = 4 };
        var chosen = _workspace.Next(new NextOptions { Budget = 6, Strategy = strategy, Task = task });
        Assert.Equal((used, 6), (chosen.Strategy, chosen.Images));
    }

    [Fact]
    public void Next_StrategyOfOneClass_IsRefusedBeforeFeaturesAreMade()
    {
        Label(i => i.Test || Half.Contains(i.Id));
        var features = Path.Combine(_workspace.Folder, "features");
        if (Directory.Exists(features)) Directory.Delete(features, recursive: true);
        var message = Assert.Throws<InputException>(
            () => _workspace.Next(new NextOptions { Budget = 6, Strategy = "badge" })).Message;
        Assert.StartsWith("the strategy badge chooses by the one class of an image, and these have several; for "
            + "several labels there are: core-set, coverage,", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(features));
    }

    [Fact]
    public void Next_AutoWithoutADividingClass_IsCoverage()
    {
        Label(i => Half.Contains(i.Id), _ => "red");
        Assert.Equal("coverage", _workspace.Next(new NextOptions { Budget = 5 }).Strategy);
    }

    // with a class that no label tells apart from the others the choice is that of coverage
    [Fact]
    public void Next_UncertaintyCoverageWithoutADividingClass_IsCoverage()
    {
        Label(i => Half.Contains(i.Id), _ => "red");
        var byCoverage = _workspace.Next(new NextOptions { Budget = 5, Strategy = "coverage" });
        var picks = _workspace.Picks(byCoverage.Round).Select(p => p.Image);
        _workspace.Undo();
        var byUncertainty = _workspace.Next(new NextOptions { Budget = 5, Strategy = "uncertainty-coverage" });
        Assert.Equal(picks, _workspace.Picks(byUncertainty.Round).Select(p => p.Image));
    }

    [Fact]
    public void Predict_NewImages_HaveTheirSets_AsTrainWroteThem_AndOnnxSays()
    {
        Trained();
        var written = CsvTable.Open(Path.Combine(_workspace.ModelOf(), "predictions.csv"), ImportContext.Empty)
            .Body().ToDictionary(r => r.Cells[0], r => r.Cells);
        using var predictor = Predictor.Open(_workspace.ModelOf());
        Prediction[] found = [.. predictor.Predict([_folder["photos"]]).Where(p => written.ContainsKey(p.Path))];
        Assert.Equal(20, found.Length);
        Assert.All(found, p => Assert.Equal(written[p.Path][1], p.Class));
        Assert.All(found, p => Assert.Equal(double.Parse(written[p.Path][2], null), p.Probability, 1e-4));
        Assert.InRange(found.Count(p => p.Class == ClassesOf(p.Path)), 18, 20);
        Assert.Contains(found, p => p.Class == "[]");

        using var table = new MemoryStream();
        PredictionTable.Write(table, "json", predictor.Classes, found.Where(p => p.Class == "green|red").Take(1));
        Assert.Contains("\"predicted\":[\"green\",\"red\"]", System.Text.Encoding.UTF8.GetString(table.ToArray()),
            StringComparison.Ordinal);

        predictor.Export(_folder["model.onnx"]);
        using var session = new InferenceSession(_folder["model.onnx"]);
        var onnx = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal("true", onnx["several"]);
        Assert.DoesNotContain(Onnx.ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["model.onnx"])).Graph.Node,
            n => n.OpType == "Softmax");

        // what 'vaal predict' prints is what ONNX Runtime gives
        using var printed = new MemoryStream();
        PredictionTable.Write(printed, "csv", predictor.Classes, found);
        var lines = System.Text.Encoding.UTF8.GetString(printed.ToArray()).TrimEnd('\n').Split('\n');
        Assert.EndsWith("p_green,p_red", lines[0], StringComparison.Ordinal);
        var input = EncoderSettings.Beside(_folder["mean.onnx"]).Input(16);
        foreach (var cells in lines[1..].Select(l => l.Split(',')))
        {
            var run = PredictTests.Run(session, input, Path.Combine(_folder["photos"], cells[0]), 1);
            Assert.Equal(2, run.Length);
            Assert.All(run.Zip(cells[^2..]), p => Assert.Equal(p.First, double.Parse(p.Second, null), 1e-4));
        }
    }

    [Fact]
    public void Predict_SmallNetwork_HasASigmoidAClass()
    {
        Label(i => i.Test || Half.Contains(i.Id));
        var options = new TaskOptions(TaskOptions.Default) { Epochs = 2, MinIterations = 4 };
        _workspace.Train(new TaskLearner(options, severalClasses: true));
        using var predictor = Predictor.Open(_workspace.ModelOf());
        Prediction[] found = [.. predictor.Predict([_folder["photos"]])];
        // of a softmax they would add up to 1
        Assert.Contains(found, p => Math.Abs(p.Probabilities.Sum() - 1) > 0.01);
    }

    [Fact]
    public void Review_OneWrongAnswer_IsSuspected_AndBelievedWithoutIt()
    {
        var wrong = _workspace.Images().First(i => !i.Test && ClassesOf(i.Path) == "green|red").Path;
        Label(i => i.Test || i.Path != wrong);
        Label(i => i.Path == wrong, _ => "green");
        var suspect = _workspace.Review(new LabelReviewer()).Labels[0];
        Assert.Equal((wrong, "green", "green|red"), (suspect.Path, suspect.Given, suspect.Believed));
        _workspace.Train(new LinearLearner(severalClasses: true));
        Assert.Contains(_workspace.Suspects(), s => s.Path == wrong && s.Given == "green");
        var (file, count) = _workspace.ExportReview(new([suspect], 1), "csv");
        Assert.Equal(1, count);
        Assert.StartsWith($"{wrong},green,1,", File.ReadAllLines(file)[1], StringComparison.Ordinal);
        Assert.Contains("green|red", File.ReadAllLines(file)[1], StringComparison.Ordinal);
        _workspace.Import(_folder.Write("right.csv", $"path,label\n{wrong},green|red\n"), new() { Replace = true });
        Assert.DoesNotContain(_workspace.Suspects(), s => s.Path == wrong);
    }

    /// <summary>Each class is a question of its own, yes or no, where all ways take the same labels.</summary>
    [Theory, InlineData("noise-rate"), InlineData("both")]
    public void Review_ByAnotherWay_IsRefused(string by)
    {
        Label(i => i.Test || Half.Contains(i.Id));
        var refusal = Assert.Throws<InputException>(() => _workspace.Review(new LabelReviewer(by)));
        Assert.Equal("expected one class an image to choose how labels are suspected (--by), found images with "
            + "several: there all ways suspect the same labels; do not choose one", refusal.Message);
    }

    [Fact]
    public void Export_PicksOfATrainedModel_SuggestSeveralClasses()
    {
        Trained();
        var chosen = _workspace.Next(new NextOptions { Budget = 12 });
        var (file, _, _) = _workspace.Export(ExportWhat.Picks, "label-studio", round: chosen.Round);
        var text = File.ReadAllText(file);
        Assert.Contains("\"choices\":[\"green\",\"red\"]", text, StringComparison.Ordinal);
        var (table, _, _) = _workspace.Export(ExportWhat.Picks, "csv", round: chosen.Round);
        Assert.StartsWith("path,labels,rank,score,reason,pre_label,", File.ReadAllText(table),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Report_SeveralClasses_ShowsMeanApAndTheClasses()
    {
        Trained();
        var report = WorkspaceReport.Of(_workspace);
        Assert.Equal("mean AP", report.LearningCurve.Value!.Measure);
        Assert.StartsWith("Mean average precision (macro F1 ", report.LearningCurve.Value.Caption,
            StringComparison.Ordinal);
        Assert.Equal(["green", "red"], report.LearningCurve.Value.Classes.Select(c => c.Class));
    }
}
