using SkiaSharp;
using Vaal.Cli.Commands;
using Vaal.Cli.Terminal;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Tests.Cli;

/// <summary>Every command that may take long heeds Ctrl-C: with a token that is cancelled from the start it ends before
/// it has done anything.</summary>
public sealed class StopTests(StopTests.Made made) : IClassFixture<StopTests.Made>
{
    [Theory]
    [InlineData("init PHOTOS --quiet")]
    [InlineData("init FOLDER/more --encoder none --quiet")]
    [InlineData("next -n 2 --strategy random --quiet --workspace PHOTOS")]
    [InlineData("train --quiet --workspace PHOTOS")]
    [InlineData("review --quiet --workspace PHOTOS")]
    [InlineData("similar 03.jpg --quiet --workspace PHOTOS")]
    [InlineData("predict PHOTOS --quiet --workspace PHOTOS --out FOLDER/p.csv")]
    [InlineData("report --quiet --workspace PHOTOS --out FOLDER/r.html")]
    [InlineData("import FOLDER/labels.csv --replace --quiet --workspace PHOTOS")]
    [InlineData("undo --quiet --workspace PHOTOS")]
    [InlineData("check --workspace PHOTOS")]
    [InlineData("export --what labelled --quiet --workspace PHOTOS --out FOLDER/l.csv")]
    [InlineData("simulate --data PHOTOS --format flat-folder --strategy random --quiet --out FOLDER/s")]
    [InlineData("simulate --data embedded --strategy random --quiet --out FOLDER/e")]
    [InlineData("bench FOLDER/bench.json --quiet --out FOLDER/b")]
    [InlineData("compare FOLDER/results.csv --out FOLDER/c")]
    [InlineData("demo --quiet --out FOLDER/d")]
    [InlineData("data fetch fashion-mnist --to FOLDER/data --from FOLDER --quiet")]
    [InlineData("encoder fetch dinov2-small --to FOLDER/models --from FOLDER --quiet")]
    [InlineData("encoder check FOLDER/mean.onnx --quiet")]
    public void Command_Stopped_SaysHowToGoOn(string typed)
    {
        var error = new StringWriter { NewLine = "\n" };
        string[] args = [.. typed.Split(' ').Select(a => a.Replace("PHOTOS", made.Photos, StringComparison.Ordinal)
            .Replace("FOLDER", made.Folder, StringComparison.Ordinal))];
        var stopped = new CancellationToken(true);
        var exit = Run.Guard(() => Run.Parse(args, RootOf.Vaal(stopped), error), stopped, error);
        Assert.Equal((1, "vaal: stopped; run the same command again to continue\n"), (exit, error.ToString()));
        Assert.All(["p.csv", "r.html", "more/.vaal/vaal.db", "l.csv", "c/results.csv"],
            file => Assert.False(File.Exists(Path.Combine(made.Folder, file)), file));
        using var workspace = Workspace.Open(made.Photos);
        Assert.Equal((0, 1, "red"), (workspace.Rounds().Count, workspace.Trainings().Count,
            workspace.LabelFor(1)!.Class));
    }

    /// <summary>A workspace with features, labels and a model.</summary>
    public sealed class Made : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Made()
        {
            for (var n = 0; n < 12; n++)
            {
                var colour = n % 2 == 0 ? SKColors.Red : SKColors.Blue;
                _folder.Write($"photos/{n:00}.jpg", TestImages.Jpeg(80, 72, (x, y) => (x + y + 7 * n) % 40 < 25 ? colour
                    : new SKColor((byte)(8 * n), (byte)(3 * x), (byte)(3 * y))));
            }
            var encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(_folder, "mean.onnx");
            using var workspace = Workspace.Create(Photos);
            workspace.Index(new IndexOptions
            {
                Encoder = encoder,
                NearDuplicates = 0,
                TestList = _folder.Write("test.txt", "10.jpg\n11.jpg\n"),
            });
            workspace.MakeFeatures(new FeatureMaker());
            foreach (var image in workspace.Images().Where(i => i.Path is not ("08.jpg" or "09.jpg")))
                workspace.Label(image.Id, image.Id % 2 == 1 ? "red" : "blue", [], "me", "test");
            workspace.Train(new LinearLearner());
            _folder.Write("more/1.png", Pictures.Random(1));
            _folder.Write("labels.csv", "path,label\n00.jpg,blue\n");
            _folder.Write("results.csv", "strategy,seed,round,labelled,accuracy\nrandom,1,0,10,0.5\n");
            _folder.Write("bench.json", """
                { "name": "Tiny", "about": "For tests.", "data": "embedded", "images": 300, "strategies": ["random"],
                  "seeds": [1], "initial": 20, "budget": 10, "rounds": 2, "task": { "epochs": 0, "minIterations": 3 } }
                """);
        }

        public string Folder => _folder.Path;

        public string Photos => _folder["photos"];

        public void Dispose() => _folder.Dispose();
    }
}
