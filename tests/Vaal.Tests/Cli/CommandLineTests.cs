using System.IO.Compression;
using System.Text.Json;
using Vaal.Data;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Cli;

/// <summary>The real executable: exit codes, what goes to which stream, and one clear line for everything that cannot
/// be used.</summary>
[Trait("Category", "Slow")]
public sealed class CommandLineTests(TinyRun run) : IClassFixture<TinyRun>
{
    private static readonly byte[] Cifar =
        [.. Enumerable.Range(0, 20).SelectMany(i => new byte[] { (byte)(i % 10) }.Concat(new byte[3_072]))];

    private static string NewOut() => $"out-{Guid.NewGuid():N}";

    [Theory]
    [InlineData("--help", "simulate", "demo")]
    [InlineData("demo --help", "--seed", "--out")]
    [InlineData("simulate --help", "--strategy", "--budget")]
    [InlineData("", "simulate", "demo")]
    public void Help_OfEveryCommand_IsOnStandardOutput(string args, params string[] said)
    {
        var outcome = VaalProgram.Run(args.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.All(said, s => Assert.Contains(s, outcome.Out));
        Assert.StartsWith("Description:", outcome.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_OfSimulate_ListsWhatTheTablesHold()
    {
        var text = string.Join(' ', Words(VaalProgram.Run("simulate", "--help").Out));
        foreach (var table in new[] { TaskModels.Names, VaalOptions.Presets.Keys, DataFormats.All.Keys })
            Assert.Contains(string.Join(", ", table), text);
        Assert.Contains("'vaal strategies' lists the names", text);
    }

    [Fact]
    public void Strategies_Asked_ListsEveryOneInALineOfItsOwn()
    {
        var outcome = VaalProgram.Run("strategies");
        var lines = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(QueryStrategies.Names, lines[1..].Select(l => Words(l)[0]));
        Assert.All(QueryStrategies.Names, n => Assert.Contains(QueryStrategies.Describe(n), outcome.Out));
        var json = JsonDocument.Parse(VaalProgram.Run("strategies", "--json").Out).RootElement;
        Assert.Equal(QueryStrategies.Names, json.EnumerateArray().Select(s => s.GetProperty("name").GetString()!));
    }

    [Theory]
    [InlineData("'vaal' has no command 'nxt'; did you mean 'next'?", "nxt")]
    [InlineData("'vaal next' has no option '--budgt'; did you mean '--budget'?", "next", "--budgt", "5")]
    [InlineData("'vaal train' has no option '--epochs'; did you mean '--task-epochs'?", "train", "--epochs", "5")]
    [InlineData("'vaal init' has no option '--tset'; did you mean '--test'?", "init", "--tset", "10%")]
    [InlineData("'vaal import' has no option '--formt'; did you mean '--format'?", "import", "--formt")]
    [InlineData("'vaal import' needs <path>", "import")]
    [InlineData("'vaal data' has no command 'ftch'; did you mean 'fetch'?", "data", "ftch", "mnist")]
    [InlineData("'vaal data' needs one of these commands: list, fetch, check", "data")]
    [InlineData("'vaal' has no command 'photographs'", "photographs")]
    public void CommandLine_Mistyped_SuggestsTheNearest(string message, params string[] args) =>
        Assert.Equal($"vaal: {message}", VaalProgram.Run(args).ErrorLines[0]);

    [Fact]
    public void CommandLine_EscapeSequencesInIt_DoNotReachTheTerminal()
    {
        var outcome = VaalProgram.Run("\e]0;owned\a\u009b31m\u202egnp.exe");
        Assert.Contains(@"\u001b]0;owned\u0007\u009b31m\u202egnp.exe", outcome.Error);
        Assert.DoesNotContain(outcome.Error, c => char.IsControl(c) && c != '\n' || c == '\u202e');
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void Version_Asked_IsTheLibrarys() =>
        Assert.StartsWith("0.", VaalProgram.Run("--version").Out, StringComparison.Ordinal);

    [Fact]
    public void Simulate_TinyPictures_WritesEqualResultsEverywhere()
    {
        var outcome = VaalProgram.Run(run.Simulate("whole", "--json"));
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(outcome.Out.Length - 1, outcome.Out.IndexOf('\n'));          // one line
        var rounds = JsonDocument.Parse(outcome.Out).RootElement;
        Assert.Equal(2, rounds.GetArrayLength());
        Assert.Equal([12, 18], rounds.EnumerateArray().Select(r => r.GetProperty("labelled").GetInt32()));
        Assert.Equal(6, rounds[0].GetProperty("picks").EnumerateArray().Select(p => p.GetInt32()).Distinct().Count());

        var rows = JsonDocument.Parse(File.ReadAllText(Path.Combine(run.Out("whole"), "results.json"))).RootElement;
        var csv = File.ReadAllLines(Path.Combine(run.Out("whole"), "results.csv"));
        Assert.Equal(3, csv.Length);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(rounds[i].GetProperty("accuracy").GetDouble(), rows[i].GetProperty("accuracy").GetDouble());
            Assert.Equal(
                rows[i].GetProperty("accuracy").GetRawText(), csv[i + 1]
                .Split(',')[csv[0].Split(',').IndexOf("accuracy")]);
        }
        // finished: nothing to do but to say it again
        var again = VaalProgram.Run(run.Simulate("whole", "--json"));
        Assert.Equal((0, outcome.Out), (again.ExitCode, again.Out));
    }

    [Fact]
    public void Simulate_WithoutJson_PrintsATableAndProgressApart()
    {
        var outcome = VaalProgram.Run(run.Simulate("table", "--strategy", "random"));
        Assert.Equal(0, outcome.ExitCode);
        var lines = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("round", lines[0].Trim(), StringComparison.Ordinal);
        Assert.Contains("round 2/2: 18 labels", outcome.Error);
    }

    [Fact]
    public void Simulate_BudgetLargerThanWhatIsLeft_TakesItAndSaysSo()
    {
        var outcome =
            VaalProgram.Run(run.Simulate("greedy", "--strategy", "random", "--budget", "1000", "--rounds", "4"));
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("fewer than the budget of 1000; all of them were taken", outcome.Error);
        Assert.Equal(3, File.ReadAllLines(Path.Combine(run.Out("greedy"), "results.csv")).Length);
    }

    // libtorch and the ONNX runtime in one process; and the runtime, which reports to its makers unless told not to,
    // leaves nothing behind to report with
    [Fact]
    public void Simulate_EncoderOfTheUsers_ChoosesAndTouchesNothingElse()
    {
        run.Write("mean.onnx", OnnxBytes.Model("GlobalAveragePool", new int?[4], 4));
        Directory.CreateDirectory(run.Out("home"));
        var outcome = VaalProgram.RunInBash(
            "HOME=$1 XDG_CACHE_HOME=$1 XDG_DATA_HOME=$1 TMPDIR=$1 DOTNET_EnableDiagnostics=0 exec \"$0\" \"${@:2}\"",
            [run.Out("home"),
                .. run.Simulate(
                    "encoder", "--strategy", "typiclust", "--features", Path.Combine(run.Root, "mean.onnx"),
                    "--json", "--quiet")]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(6, JsonDocument.Parse(outcome.Out).RootElement[0].GetProperty("picks").GetArrayLength());
        Assert.Empty(Directory.EnumerateFiles(run.Out("home"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Simulate_Save_KeepsModels()
    {
        Assert.Equal(0, VaalProgram.Run(run.Simulate("saved", "--save", "--quiet")).ExitCode);
        Assert.True(File.Exists(Path.Combine(run.Out("saved"), "models", "round-0", "vaal.safetensors")));
    }

    [Theory]
    [InlineData("budget is 0; it must be at least 1", "--budget", "0")]
    [InlineData("budget is -5; it must be at least 1", "--budget", "-5")]
    [InlineData("initial is 0; it must be at least 2", "--initial", "0")]
    [InlineData("initial is 5000; it must be less than the ", "--initial", "5000")]
    [InlineData("rounds are 0; it must be 1..100000", "--rounds", "0")]
    [InlineData("noise is 2; it must be 0..1", "--noise", "2")]
    [InlineData("--noise: expected a number with a decimal point, found '0,1'", "--noise", "0,1")]
    [InlineData("--beta: expected a number with a decimal point, found '0,5'", "--beta", "0,5")]
    [InlineData(
        "--budget-cost: expected a number with a decimal point, found '12,5'", "--budget-cost", "12,5",
        "--costs", "nowhere.csv")]
    [InlineData("--strategy is empty", "--strategy", "")]
    [InlineData("copies are 100000000; so many of ", "--copies", "100000000")]
    [InlineData("noise within super-classes needs a share of wrong answers, and", "--noise-within-super-class")]
    [InlineData("has no super-classes", "--noise-within-super-class", "--noise", "0.2")]
    [InlineData(
        "--labels-from numbers the images of the unchanged pool", "--labels-from", "nowhere.csv", "--copies", "2")]
    [InlineData(
        "--labels-from numbers the images of the unchanged pool; ", "--labels-from", "nowhere.csv",
        "--labels-column", "ann")]
    [InlineData("that the first images lack, found 99", "--without-classes", "1", "99")]
    [InlineData("no features 'taks'; there are: vae, task, resnet18", "--features", "taks")]
    [InlineData(
        "--features numbers the images of the unchanged pool; it cannot be used with --imbalance", "--features",
        "nowhere.npy", "--copies", "2")]
    [InlineData("has no test images, and setting some apart changes the pool", "--features", "nowhere.npy")]
    [InlineData("no file nowhere.onnx; expected a file of features or an encoder", "--features", "nowhere.onnx")]
    [InlineData("imbalance is 0; it must be 1 or more", "--imbalance", "0")]
    [InlineData("copies are 0; it must be at least 1", "--copies", "0")]
    [InlineData("image size is 48; it must be 32, 64, 128 or 256", "--size", "48")]
    [InlineData("no query strategy 'bald?'; there are: ", "--strategy", "bald?")]
    [InlineData("no precision 'half'; there are: auto, bf16, float32", "--precision", "half")]
    [InlineData("no preset 'best'; there are: balanced, official", "--preset", "best")]
    [InlineData("no task model 'lenet'; there are: ", "--task", "lenet")]
    [InlineData("no task preset 'best'; there are: default, official", "--task-preset", "best")]
    [InlineData("no data format 'tar'; there are: ", "--format", "tar")]
    [InlineData("width is 0; it must be a multiple of 16", "--width", "0")]
    [InlineData("training diverged at iteration ", "--vae-lr", "1e9", "--iterations", "50")]
    public void Simulate_OptionThatCannotBe_IsOneLine(string message, params string[] options) =>
        Refused(message, run.Simulate(NewOut(), options));

    [Theory]
    [InlineData("no data at 'nowhere'", "nowhere")]
    [InlineData("is empty", "empty")]
    [InlineData("holds no image", "texts")]
    [InlineData("can be read; ", "broken")]
    [InlineData("is cut short or damaged: ", "cut-cifar")]
    [InlineData("label 10 in image 3", "mislabelled-cifar")]
    [InlineData("is cut short: ", "cut-idx")]
    [InlineData("is cut short: ", "cut-gz")]
    [InlineData("has no classes", "flat")]
    public void Simulate_DataThatCannotBeUsed_IsOneLine(string message, string data)
    {
        var folder = Path.Combine(run.Root, data);
        switch (data)
        {
            case "empty": Directory.CreateDirectory(folder); break;
            case "texts": run.Write("texts/a.txt", [1, 2, 3]); break;
            case "broken":
                for (var i = 0; i < 4; i++) run.Write(
                $"broken/class-{i % 2}/{i}.png", [0x89, (byte)'P', (byte)'N', (byte)'G', 1, 2]); break;
            case "cut-cifar": run.Write("cut-cifar/data_batch_1.bin", Cifar[..^7]); break;
            case "mislabelled-cifar":
                run.Write(
                "mislabelled-cifar/data_batch_1.bin",
                [.. Cifar[..(3 * 3_073)], 10, .. Cifar[(3 * 3_073 + 1)..]]); break;
            case "cut-idx":
            case "cut-gz": WriteCutIdx(data); break;
            case "flat":
                run.Write("flat/a.png", TestImages.Rgb(32, 32, 1, 2, 3)); run.Write(
                "flat/b.png", TestImages.Rgb(32, 32, 3, 2, 1)); break;
            default: folder = data; break;
        }
        Refused(message, run.Simulate(NewOut(), "--data", folder, "--initial", "2"));
    }

    [Fact]
    public void Simulate_FolderOfAnotherRun_IsOneLineAndNamesTheDifference()
    {
        Assert.Equal(
            0, VaalProgram.Run(run.Simulate("mine", "--strategy", "random", "--rounds", "1", "--quiet")).ExitCode);
        Refused("options.seed there is 1, here 2",
            run.Simulate("mine", "--strategy", "random", "--rounds", "1", "--seed", "2"));
        File.WriteAllText(Path.Combine(run.Out("mine"), "rounds.json"), "[{");
        Refused("rounds.json is damaged", run.Simulate("mine", "--strategy", "random", "--rounds", "1"));
    }

    [Fact]
    public void Simulate_RefusedAtTheStart_LeavesTheFolderToTheNextTry()
    {
        Refused("it must be less than the", run.Simulate("next-try", "--strategy", "random", "--initial", "1000000"));
        Assert.False(Directory.Exists(run.Out("next-try")));
    }

    [Fact]
    public void Simulate_OutputThatIsNotARun_IsOneLine()
    {
        run.Write("letters/a.txt", [1]);
        Refused("is not empty and holds no run of vaal", run.Simulate("letters"));
        Refused("is a file", run.Simulate("letters/a.txt"));
    }

    [Theory]
    [InlineData("simulate")]
    [InlineData("simulate", "--budget", "many")]
    [InlineData("demo", "--sead", "1")]
    [InlineData("simulat")]
    public void CommandLine_ThatCannotBeParsed_IsRefusedOnStandardError(params string[] args)
    {
        var outcome = VaalProgram.Run(args);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Out));
        Assert.StartsWith("vaal: ", outcome.ErrorLines[0], StringComparison.Ordinal);
        Assert.EndsWith("--help' for help", outcome.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Results_StandardOutputIsFull_IsOneLine()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs Linux's /dev/full for a genuine 'no space left'");
        RefusedForSpace(
            VaalProgram.RunInBash(
                "exec \"$0\" \"$@\" >/dev/full",
                run.Simulate("full", "--strategy", "random", "--rounds", "1", "--quiet", "--json")));
    }

    // A file system of 64 KB of the test's own where the system lends one; a checkpoint is larger than that.
    [Fact]
    public void Simulate_DiskIsFull_IsOneLineAndTheRunGoesOnOnceThereIsRoom()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        const string script = """
            small="$1"; shift
            lend() { unshare "$1" sh -c 'mkdir -p "$0" && mount -t tmpfs -o size=64k none "$0"' "$small" 2>/dev/null; }
            for how in -m -Urm; do
              lend $how && exec unshare $how sh -c '
                d=$1; shift
                mount -t tmpfs -o size=64k none "$d" && "$0" "$@"; code=$?
                mount -o remount,size=64m "$d"; "$0" "$@" >&2; echo "then $?" >&2
                exit $code' "$0" "$small" "$@"
            done
            "$0" "$@" >/dev/full; code=$?; "$0" "$@" >&2; echo "then $?" >&2; exit $code
            """;
        var outcome = VaalProgram.RunInBash(
            script, [run.Out("small"), .. run.Simulate("small/run", "--rounds", "1", "--quiet", "--json")]);
        Assert.Equal(1, outcome.ExitCode);
        // with room, the same command finishes
        Assert.Equal("then 0", outcome.ErrorLines[^1]);
        RefusedForSpace(outcome with { Error = outcome.ErrorLines[0] + "\n" });
        Assert.Equal(1, JsonDocument.Parse(outcome.ErrorLines[^2]).RootElement.GetArrayLength());
    }

    private static void RefusedForSpace(Outcome outcome)
    {
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Out));
        Assert.StartsWith(
            "vaal: no space left on the disk", Assert.Single(outcome.ErrorLines), StringComparison.Ordinal);
    }

    private static void Refused(string message, string[] args)
    {
        var outcome = VaalProgram.Run([.. args, "--quiet"]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Out));
        var line = Assert.Single(outcome.ErrorLines);
        Assert.StartsWith("vaal: ", line, StringComparison.Ordinal);
        Assert.Contains(message, line);
        Assert.EndsWith("\n", outcome.Error, StringComparison.Ordinal);
    }

    private void WriteCutIdx(string folder)
    {
        byte[] labels = [0, 0, 8, 1, 0, 0, 0, 2, 0, 1],
            images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28, .. new byte[2 * 784 - 9]];
        if (folder == "cut-idx")
        {
            run.Write("cut-idx/train-images-idx3-ubyte", images);
            run.Write("cut-idx/train-labels-idx1-ubyte", labels);
            return;
        }
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(images);
        run.Write("cut-gz/train-images-idx3-ubyte.gz", packed.ToArray()[..^12]);
        run.Write("cut-gz/train-labels-idx1-ubyte", labels);
    }
}
