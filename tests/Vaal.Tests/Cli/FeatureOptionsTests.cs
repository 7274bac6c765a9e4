using System.Text.Json;
using SkiaSharp;
using Vaal.Cli.Commands;
using Vaal.Data.Learning;
using Vaal.Workspaces;

namespace Vaal.Tests.Cli;

/// <summary>The options of the commands that need features: <c>train</c>, <c>predict</c>, <c>review</c> and
/// <c>similar</c>, by the real executable.</summary>
[Trait("Category", "Slow")]
public sealed class FeatureOptionsTests : IDisposable
{
    private const int Images = 30;
    private readonly TemporaryFolder _folder = new();

    public FeatureOptionsTests()
    {
        for (var n = 0; n < Images; n++)
        {
            var colour = n % 2 == 0 ? SKColors.Red : SKColors.Blue;
            _folder.Write($"photos/{n:00}.jpg", TestImages.Jpeg(80, 72, (x, y) => (x + y + 7 * n) % 40 < 25 ? colour
                : new SKColor((byte)(8 * n), (byte)(3 * x), (byte)(3 * y))));
        }
        var encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(_folder, "mean.onnx");
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = encoder, NearDuplicates = 0, Test = TestSize.Parse("6") });
    }

    public void Dispose() => _folder.Dispose();

    private string Vaal(params string[] args)
    {
        var outcome = CommandLine.Run([.. args, "--workspace", _folder["photos"], "--quiet"]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome.Out;
    }

    /// <summary>Gives all images the class of their colour.</summary>
    /// <param name="wrong">so many of the pool the other one</param>
    private void Label(int wrong = 0)
    {
        using var workspace = Workspace.Open(_folder["photos"]);
        var others = workspace.Images().Where(i => !i.Test).Take(wrong).Select(i => i.Path).ToHashSet();
        workspace.Import(_folder.Write("labels.csv", "path,label\n" + string.Join('\n', workspace.Images().Select(i =>
            $"{i.Path},{((int.Parse(i.Path[..2], null) % 2 == 0) ^ others.Contains(i.Path) ? "red" : "blue")}"))),
            new ImportOptions());
    }

    // what a head on features takes, and what a network does
    private static readonly string[] _head =
        ["train", "--task", "linear", "--seed", "3", "--class-weights", "balanced", "--json", "--export"];
    private static readonly string[] _network =
        ["train", "--task", "small-cnn", "--seed", "4", "--task-epochs", "2", "--task-min-iterations", "3", "--no-flip",
            "--precision", "float32"];

    // the GPU that --device names is not there; where it would do nothing it is refused (WorkspaceOptionsTests)
    private static readonly string[] _others = ["--device", "--quiet", "--workspace"];

    [Fact]
    public void Train_ItsOptions_AreThoseOfTheTraining()
    {
        Label();
        using var workspace = Workspace.Open(_folder["photos"]);
        workspace.Index(new IndexOptions { Size = 32 });                             // small, so that it is quick
        Vaal("train");
        using var trained = JsonDocument.Parse(Vaal([.. _head, _folder["model.onnx"]]));
        Assert.True(new FileInfo(_folder["model.onnx"]).Length > 100);
        Assert.Equal(_folder["model.onnx"], trained.RootElement.GetProperty("export").GetString());
        Vaal(_network);
        var trainings = workspace.Trainings();
        Assert.Equal([(1, """{"model":"linear"}"""), (3, """{"model":"linear","balanced":true}""")],
            trainings.Take(2).Select(t => (t.Seed, t.Options)));
        using var network = JsonDocument.Parse(trainings[2].Options);
        Assert.Equal("4 small-cnn 2 3 False float32", $"{trainings[2].Seed} " + string.Join(' ',
            new[] { "model", "epochs", "minIterations", "flip", "precision" }
                .Select(n => $"{network.RootElement.GetProperty(n)}")));
    }

    /// <summary>An option that is new has a place in the test above.</summary>
    [Fact]
    public void Train_AllItsOptions_AreTried()
    {
        var train = RootOf.Vaal(default).Subcommands.Single(c => c.Name == "train").Options.Select(o => o.Name);
        Assert.Equal(train.Order(), _head.Concat(_network).Concat(_others)
            .Where(w => w.StartsWith("--", StringComparison.Ordinal)).Distinct().Order());
    }

    /// <summary>A training that nobody wanted would be recorded.</summary>
    [Fact]
    public void Train_ExportToAFolder_IsRefusedBeforeTheTraining()
    {
        Label();
        var outcome = CommandLine.Run("train", "--export", _folder.Path, "--workspace", _folder["photos"], "--quiet");
        Assert.Equal((1, $"vaal: expected the name of a file, found the folder {_folder.Path}\n"),
            (outcome.ExitCode, outcome.Error));
        using var workspace = Workspace.Open(_folder["photos"]);
        Assert.Empty(workspace.Trainings());
    }

    [Fact]
    public void Predict_Model_IsTheOneNamed()
    {
        Label();
        Vaal("train");
        using (var workspace = Workspace.Open(_folder["photos"])) workspace.RenameClass("red", "crimson");
        Vaal("train");
        var photo = _folder["photos/00.jpg"];
        Vaal("predict", photo, "--out", _folder["last.csv"]);
        Assert.Contains("crimson", File.ReadAllText(_folder["last.csv"]), StringComparison.Ordinal);
        var first = _folder["photos/.vaal/models/training-1/task.safetensors"];
        Vaal("predict", photo, "--model", first, "--out", _folder["first.csv"]);
        Assert.DoesNotContain("crimson", File.ReadAllText(_folder["first.csv"]), StringComparison.Ordinal);
        Assert.Contains("red", File.ReadAllText(_folder["first.csv"]), StringComparison.Ordinal);
    }

    /// <summary>A name that says nothing takes any format, and one that says another is refused.</summary>
    [Fact]
    public void Predict_Format_IsForNamesThatSayNone()
    {
        Label();
        Vaal("train");
        var photo = _folder["photos/00.jpg"];
        Vaal("predict", photo, "--out", _folder["p.txt"], "--format", "json");
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["p.txt"]));
        Assert.Equal(photo, json.RootElement[0].GetProperty("path").GetString());
        var outcome = CommandLine.Run("predict", photo, "--out", _folder["p.json"], "--format", "csv", "--workspace",
            _folder["photos"], "--quiet");
        Assert.Equal((1, $"vaal: expected a name that ends in .csv for the format csv, found {_folder["p.json"]}; "
            + "change the name, or choose another format\n"), (outcome.ExitCode, outcome.Error));
    }

    [Fact]
    public void Predict_FileThatCannotBeUsed_IsNamed()
    {
        Label();
        Vaal("train");
        var outcome = CommandLine.Run("predict", _folder["photos/00.jpg"], _folder.Write("broken.jpg", "no picture"),
            "--out", _folder["p.csv"], "--workspace", _folder["photos"], "--quiet");
        Assert.Equal((0, $"1 image in {_folder["p.csv"]}\n"), (outcome.ExitCode, outcome.Out));
        Assert.Contains("broken.jpg: not a JPEG, PNG, WebP, BMP or GIF file", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("vaal: 1 of 2 images cannot be used\n", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Review_ItsOptions_DecideWhatIsListedAndWritten()
    {
        Label(wrong: 3);
        SuspectLabel[] expected;
        using (var workspace = Workspace.Open(_folder["photos"]))
            expected = [.. workspace.Review(new LabelReviewer(Pruning.NoiseRate, 5)).Labels];
        Assert.True(expected.Length > 1);
        using var json = JsonDocument.Parse(Vaal("review", "-n", "1", "--by", "noise-rate", "--seed", "5", "--export",
            "csv", "--out", _folder["suspects.csv"], "--json"));
        Assert.Equal(expected.Length, json.RootElement.GetProperty("suspected").GetInt32());
        var listed = Assert.Single(json.RootElement.GetProperty("labels").EnumerateArray());
        Assert.Equal((expected[0].Path, expected[0].BelievedProbability),
            (listed.GetProperty("path").GetString(), listed.GetProperty("believedProbability").GetDouble()));
        string[] lines = File.ReadAllLines(_folder["suspects.csv"]);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"{expected[0].Path},{expected[0].Given},1,", lines[1], StringComparison.Ordinal);
    }

    /// <summary>On features of three classes that overlap, with a fifth of the labels wrong, the three ways to count
    /// differ.</summary>
    [Fact]
    public void Review_By_IsTheWayAskedFor()
    {
        const int count = 60;
        var (values, classes) = MadeFeatures.Of(count, 6, 3, seed: 1, spread: 1);
        string[] names = [.. Enumerable.Range(0, count).Select(i => $"{i:00}.png")];
        foreach (var (i, name) in names.Index()) _folder.Write($"noisy/{name}", Pictures.Random(i));
        MadeTable.Write(_folder["f.npy"], names, i => values[(6 * i)..(6 * i + 6)]);
        using var workspace = Workspace.Create(_folder["noisy"]);
        workspace.Index(new IndexOptions { Encoder = _folder["f.npy"], NearDuplicates = 0 });
        workspace.Import(_folder.Write("noisy.csv", "path,label\n" + string.Join('\n', names.Select((name, i) =>
            $"{name},{"abc"[(classes[i] + (i % 5 == 0 ? 1 : 0)) % 3]}"))), new ImportOptions());
        (string By, Pruning Pruning)[] ways =
            [("class", Pruning.Class), ("noise-rate", Pruning.NoiseRate), ("both", Pruning.Both)];
        int[] expected = [.. ways.Select(w => workspace.Review(new LabelReviewer(w.Pruning)).Suspected)];
        Assert.Equal(3, expected.Distinct().Count());
        Assert.Equal(expected, ways.Select(w => JsonDocument.Parse(CommandLine.Run("review", "--by", w.By, "--json",
            "--quiet", "--workspace", _folder["noisy"]).Out).RootElement.GetProperty("suspected").GetInt32()));
    }

    [Fact]
    public void Similar_Count_IsHowManyAreListed()
    {
        using var json = JsonDocument.Parse(Vaal("similar", "03.jpg", "-n", "2", "--json"));
        Assert.Equal(2, json.RootElement.GetProperty("similar").GetArrayLength());
    }
}
