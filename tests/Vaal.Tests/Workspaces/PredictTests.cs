using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using SkiaSharp;
using Vaal.Encoders;
using Vaal.Models;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>A trained model on new images: predict, the ONNX file, and suggestions in exports.</summary>
public sealed partial class PredictTests : IDisposable
{
    private static readonly SKColor[] Colours = [SKColors.Red, SKColors.LimeGreen, SKColors.Blue];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // an encoder whose features are the means of the three channels
    private string MeanOfChannels(int type = OnnxModels.Float) =>
        OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4, type).Write(_folder, "mean.onnx",
            """{ "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4], "channels": "BGR" }""");

    private Workspace Trained(string encoder, LinearLearner? learner = null)
    {
        for (var n = 0; n < 24; n++) _folder.Write($"photos/{n:00}.jpg", Photo(n));
        var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = encoder, NearDuplicates = 0, Test = TestSize.Parse("6") });
        var last = workspace.Images().Last(i => i.Test);                              // stays without a label
        var rows = workspace.Images().Where(i => (i.Test || i.Id % 2 == 0) && i != last)
            .Select(i => $"{i.Path},{"rgb"[int.Parse(i.Path[..2], null) % 3]}");
        _folder.Write("labels.csv", "path,label\n" + string.Join('\n', rows));
        workspace.Import(_folder["labels.csv"], new ImportOptions());
        workspace.Train(learner ?? new LinearLearner());
        return workspace;
    }

    private static byte[] Photo(int n) => TestImages.Jpeg(80, 72, (x, y) =>
        (x + y + 7 * n) % 40 < 25 ? Colours[n % 3] : new SKColor((byte)(8 * n), (byte)(3 * x), (byte)(3 * y)));

    [Fact]
    public void Predict_NewImages_HaveTheirClassesAndABrokenOneItsReason()
    {
        using var workspace = Trained(MeanOfChannels());
        for (var n = 30; n < 36; n++) _folder.Write($"new/{n}.jpg", Photo(n));
        _folder.Write("new/broken.jpg", "no picture");
        using var predictor = Predictor.Open(workspace.ModelOf());
        Prediction[] found = [.. predictor.Predict([_folder["new"]])];
        Assert.Equal(
            ["30.jpg", "31.jpg", "32.jpg", "33.jpg", "34.jpg", "35.jpg", "broken.jpg"], found.Select(p => p.Path));
        Assert.Equal(["r", "g", "b", "r", "g", "b", null], found.Select(p => p.Class));
        Assert.All(found[..6], p => Assert.Equal(1, p.Probabilities.Sum(), 1e-9));
        Assert.All(found[..6], p => Assert.Equal(p.Probability, p.Probabilities.Max()));
        Assert.NotNull(found[6].Problem);
    }

    [Fact]
    public void Predict_ImagesOfThePool_AreThoseThatTrainWroteDown()
    {
        using var workspace = Trained(MeanOfChannels());
        var written = File.ReadAllLines(Path.Combine(workspace.ModelOf(), "predictions.csv"))[1..]
            .Select(l => l.Split(',')).ToDictionary(c => c[0]);
        using var predictor = Predictor.Open(workspace.ModelOf());
        Prediction[] found = [.. predictor.Predict([_folder["photos"]]).Where(p => written.ContainsKey(p.Path))];
        Assert.NotEmpty(found);
        Assert.All(found, p => Assert.Equal(written[p.Path][1], p.Class));
        Assert.All(found, p => Assert.Equal(double.Parse(written[p.Path][2], null), p.Probability, 1e-4));
    }

    [Theory, InlineData("mlp"), InlineData("transductive")]
    public void Predict_ModelOnFeatures_IsWhatTrainWroteDownAndWhatTheOnnxFileGives(string model)
    {
        using var workspace = Trained(MeanOfChannels(), new LinearLearner(model: model));
        var row = workspace.Trainings().Single();
        Assert.Equal((model, 5, 5), (row.Model, row.Tests, row.Correct));
        var written = File.ReadAllLines(Path.Combine(workspace.ModelOf(), "predictions.csv"))[1..]
            .Select(l => l.Split(',')).ToDictionary(c => c[0]);
        using var predictor = Predictor.Open(workspace.ModelOf());
        predictor.Export(_folder["model.onnx"]);
        using var session = new InferenceSession(_folder["model.onnx"]);
        var input = EncoderSettings.Beside(_folder["mean.onnx"]).Input(16);
        Prediction[] found = [.. predictor.Predict([_folder["photos"]])];
        Assert.NotEmpty(written);
        foreach (var p in found)
        {
            var run = Run(session, input, Path.Combine(_folder["photos"], p.Path), 1);
            Assert.All(p.Probabilities.Zip(run), q => Assert.Equal(q.First, q.Second, 1e-4));
            if (!written.TryGetValue(p.Path, out var line)) continue;
            Assert.Equal(line[1], p.Class);
            Assert.Equal(double.Parse(line[2], null), p.Probability, 1e-4);
        }
    }

    [Theory, InlineData("linear"), InlineData("mlp"), InlineData("transductive")]
    public void Train_LabelsPartlyWrong_KeepsTheMeanOfThePoolAndATemperature(string model)
    {
        for (var n = 0; n < 60; n++) _folder.Write($"photos/{n:00}.jpg", Photo(n));
        using var workspace = Workspace.Create(_folder["photos"]);
        var (encoder, test) = (MeanOfChannels(), TestSize.Parse("6"));
        workspace.Index(new IndexOptions { Encoder = encoder, NearDuplicates = 0, Test = test });
        // every fifth is called what it is not, so that a head is not as sure as it says
        var rows = workspace.Images().Where(i => i.Test || i.Id % 3 > 0)
            .Select(i => (i.Path, Number: int.Parse(i.Path[..2], null)))
            .Select(i => $"{i.Path},{"rgb"[(i.Number + (i.Number % 5 == 0 ? 1 : 0)) % 3]}");
        _folder.Write("labels.csv", "path,label\n" + string.Join('\n', rows));
        workspace.Import(_folder["labels.csv"], new ImportOptions());
        workspace.Train(new LinearLearner(model: model));
        var tensors = Safetensors.Load(Path.Combine(workspace.ModelOf(), "task.safetensors"), out var about);
        double[] mean = [.. tensors["mean"].data<double>()];
        foreach (var tensor in tensors.Values) tensor.Dispose();
        Assert.True(Math.Abs(double.Parse(about["temperature"], null) - 1) > 0.01, about["temperature"]);
        var pool = workspace.Images().Where(i => !i.Test).ToList();
        using var features = SourceFeatures.Of(workspace.Sources(pool))!;
        for (var f = 0; f < mean.Length; f++)
            Assert.Equal(Enumerable.Range(0, pool.Count).Average(i => (double)features[i][f]), mean[f], 1e-9);
    }

    [Fact]
    public void Learner_MlpWithClassWeights_IsRefused()
    {
        Vaal.Data.Learning.ILearner learner = new LinearLearner(balanced: true, model: "mlp");
        Assert.Equal(["expected the task model linear with balanced class weights, found mlp"], learner.Problems());
        Assert.Contains("\"mlp\"", learner.Options, StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_SmallCnn_GivesClassesToo()
    {
        using var workspace = Trained(MeanOfChannels());
        var options = new TaskOptions(TaskOptions.Default) { Epochs = 2, MinIterations = 4 };
        workspace.Train(new TaskLearner(options));
        var written = File.ReadAllLines(Path.Combine(workspace.ModelOf(), "predictions.csv"))[1..]
            .Select(l => l.Split(',')).ToDictionary(c => c[0]);
        using var predictor = Predictor.Open(workspace.ModelOf());
        Prediction[] found = [.. predictor.Predict([_folder["photos"]]).Where(p => written.ContainsKey(p.Path))];
        Assert.All(found, p => Assert.Equal(double.Parse(written[p.Path][2], null), p.Probability, 2e-3));
        var message = Assert.Throws<InputException>(() => predictor.Export(_folder["cnn.onnx"])).Message;
        Assert.StartsWith("expected a model on features to export, found a network", message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["cnn.onnx"]));
    }

    /// <summary>A model says which encoder it was fitted on, and in which arithmetic.</summary>
    [Fact]
    public void Predict_EncoderOfAnotherDigest_IsRefusedAndFloat32IsFound()
    {
        _folder.Write("one.jpg", Photo(7));
        using var exact =
            PretrainedEncoders.Open("resnet18", new EncoderContext { Precision = Vaal.Models.Precision.Float32 });
        var random = new Random(2);
        var model = new LinearModel([.. Enumerable.Range(0, 1_024).Select(_ => 9 * random.NextDouble())], [0, 0.2],
            [.. Enumerable.Range(0, 512).Select(_ => random.NextDouble())], 1.5, ["a", "b"], "resnet18", exact.Digest);
        model.Save(_folder["exact.safetensors"]);
        var pixels = new byte[exact.Input.ImageBytes];
        exact.Input.Decode(_folder["one.jpg"], pixels, 1_000_000);
        var features = new float[512];
        exact.Encode(pixels, 1, features);
        using (var predictor = Predictor.Open(_folder["exact.safetensors"]))
        {
            var found = predictor.Predict([_folder["one.jpg"]]).Single().Probabilities;
            Assert.All(model.Probabilities([.. features.Select(f => (float)(Half)f)]).Zip(found),
                p => Assert.Equal(p.First, p.Second, 1e-4));
        }
        (model with { EncoderDigest = new string('e', 64) }).Save(_folder["other.safetensors"]);
        using var other = Predictor.Open(_folder["other.safetensors"]);
        Assert.StartsWith("expected the encoder resnet18 that the model was fitted on (digest eeeeeeeeeeee)",
            Assert.Throws<InputException>(() => other.Predict([_folder["one.jpg"]]).ToList()).Message);
    }

    [Fact]
    public void Save_EveryFormat_HoldsTheSamePredictions()
    {
        Prediction[] rows = [new("a.jpg", "cat", 0.75, [0.75, 0.25]), new("=b.jpg", "dog", 0.9, [0.1, 0.9]),
            new("c.jpg", null, 0, [], "no image")];
        foreach (var format in PredictionTable.Formats)
        {
            var (images, left) = PredictionTable.Save(_folder[$"p.{format}"], format, ["cat", "dog"], rows);
            Assert.Equal((2, "c.jpg"), (images, left.Single().Path));
        }
        Assert.Equal("path,predicted,probability,p_cat,p_dog\na.jpg,cat,0.750000,0.750000,0.250000\n"
            + "'=b.jpg,dog,0.900000,0.100000,0.900000\n", File.ReadAllText(_folder["p.csv"]));
        using var json = JsonDocument.Parse(File.ReadAllBytes(_folder["p.json"]));
        Assert.Equal(0.1, json.RootElement[1].GetProperty("probabilities").GetProperty("cat").GetDouble());
        Assert.Equal("PAR1"u8, File.ReadAllBytes(_folder["p.parquet"]).AsSpan(0, 4));
        Assert.Throws<InputException>(() => PredictionTable.Save(_folder["p.xml"], "xml", ["cat"], rows));
        Assert.False(File.Exists(_folder["p.xml"]));
    }

    /// <summary>Labels that somebody typed into a table, or a photograph, are never written over.</summary>
    [Fact]
    public void Save_ExistingFile_IsReplacedOnlyIfItIsSuchATable()
    {
        Prediction[] rows = [new("a.jpg", "cat", 0.75, [0.75, 0.25])];
        foreach (var format in PredictionTable.Formats)
        {
            var path = _folder.Write($"p.{format}", "");
            foreach (var some in new[] { rows, [], rows }) PredictionTable.Save(path, format, ["cat", "d,og"], some);
            using var fresh = new MemoryStream();
            PredictionTable.Write(fresh, format, ["cat", "d,og"], rows);
            Assert.Equal(fresh.Length, new FileInfo(path).Length);
        }
        const string table = "path,predicted,probability,p_cat\n";
        Refused("csv", "path,label\na.jpg,cat\n");
        Refused("csv", "path,predicted,probability,p_cat,label\na.jpg,cat,0.750000,0.750000,dog\n");
        Refused("csv", table.Replace("\n", "\r\n", StringComparison.Ordinal));
        Refused("json", """[{"path":"a.jpg","label":"cat"}]""");
        Refused("json", "{");
        Assert.Equal("expected a format of csv, json, parquet, found 'xml'", Assert.Throws<InputException>(
            () => PredictionTable.Save(_folder["mine.csv"], "xml", ["cat"], rows)).Message);
        Assert.Throws<ArgumentNullException>(() => PredictionTable.Save(_folder["mine.csv"], null!, ["cat"], rows));
        Refused("json",
            """[{"path":"a.jpg","predicted":"cat","probability":1,"probabilities":{"cat":1},"label":"dog"}]""");
        Refused("parquet", "PAR1 and no more");
        Refused("parquet", table);

        void Refused(string format, string text)
        {
            var path = _folder.Write($"mine.{format}", text);
            Assert.Equal(
                $"{path} exists and is not a {format} table of predictions by vaal; choose another file",
                Assert.Throws<InputException>(() => PredictionTable.Save(path, format, ["cat"], rows)).Message);
            Assert.Equal(text, File.ReadAllText(path));
        }
    }

    [Fact]
    public void Export_ImagesWithoutALabel_CarryTheModelsSuggestionAndTestImagesNone()
    {
        using var workspace = Trained(MeanOfChannels());
        // whatever the file says: a test image without a label gets no suggestion
        var test = workspace.Images().Last(i => i.Test).Path;
        File.AppendAllText(Path.Combine(workspace.ModelOf(), "predictions.csv"), $"{test},r,0.9\n");
        var rows = workspace.ExportRows(ExportWhat.All);
        Assert.Null(rows.Single(r => r.Image == test).Class);
        Assert.All(rows, r => Assert.Equal(r.Class is null && !r.Test, r.PreLabel is not null));
        Assert.All(rows.Where(r => r.PreLabel is not null), r =>
        {
            Assert.Equal("rgb"[int.Parse(r.Image[..2], null) % 3], r.PreLabel![0]);
            Assert.InRange(r.PreLabelProbability!.Value, 0.34, 1);
        });
        var (csv, _, _) = workspace.Export(ExportWhat.Unlabelled, "csv", _folder["u.csv"]);
        Assert.StartsWith("path,label,rank,score,reason,pre_label,pre_label_probability\n", File.ReadAllText(csv),
            StringComparison.Ordinal);
        workspace.Export(ExportWhat.Unlabelled, "label-studio", _folder["u.json"]);
        using var tasks = JsonDocument.Parse(File.ReadAllBytes(_folder["u.json"]));
        var guess = tasks.RootElement[0].GetProperty("predictions")[0];
        Assert.InRange(guess.GetProperty("score").GetDouble(), 0.34, 1);
        Assert.Equal(1, guess.GetProperty("result").GetArrayLength());
        Assert.All(workspace.ExportRows(ExportWhat.Test), r => Assert.Null(r.PreLabel));
    }

    [Fact]
    public void Open_NoModelOrAnother_SaysWhatToDo()
    {
        Assert.StartsWith("expected a trained model in ",
            Assert.Throws<InputException>(() => Predictor.Open(_folder["none"])).Message, StringComparison.Ordinal);
        _folder.Write("x.safetensors", "not one");
        Assert.Throws<InputException>(() => Predictor.Open(_folder["x.safetensors"]));
    }
}
