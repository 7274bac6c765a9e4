using System.IO.Compression;
using System.Text.Json;

namespace Vaal.Tests.Cli;

/// <summary>What cannot be is one line.</summary>
public sealed partial class CommandLineTests
{
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
    [InlineData("--draw: expected one of stratified, uniform, found '1'", "--draw", "1")]
    [InlineData("--vaal-draw: expected one of lowest, odds, found 'lowest,odds'", "--vaal-draw", "lowest,odds")]
    [InlineData("--pixels: expected one of mean, top, classbalanced, found '7'", "--pixels", "7")]
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
    [InlineData("no file nowhere.onnx; expected an ONNX model", "--features", "nowhere.onnx")]
    [InlineData("imbalance is 0; it must be at least 1", "--imbalance", "0")]
    [InlineData("copies are 0; it must be at least 1", "--copies", "0")]
    [InlineData("image size is 48; it must be 32, 64, 128 or 256", "--size", "48")]
    [InlineData("no query strategy 'bald?'; there are: ", "--strategy", "bald?")]
    [InlineData("no precision 'half'; there are: auto, bf16, float32", "--precision", "half")]
    [InlineData("no preset 'best'; there are: balanced, official", "--preset", "best")]
    [InlineData("no task model 'lenet'; there are: ", "--task", "lenet")]
    [InlineData("no task preset 'best'; there are: default, official", "--task-preset", "best")]
    [InlineData("expected a network with --task-epochs, found linear, a head on features", "--features", "resnet18",
        "--task-epochs", "100")]
    [InlineData("expected a network with --task-preset official, found mlp, a head on features", "--features",
        "resnet18", "--task", "mlp", "--task-preset", "official")]
    [InlineData("mini-queries and draws by odds are for 'vaal' and 'vaal-features', and the strategy is 'badge'",
        "--strategy", "badge", "--mini-queries", "10")]
    [InlineData("mini-queries and draws by odds are for 'vaal' and 'vaal-features', and the strategy is 'badge'",
        "--strategy", "badge", "--vaal-draw", "odds")]
    [InlineData("expected --task drn or small-seg with --pixels, found small-cnn", "--pixels", "top")]
    [InlineData("expected --pixels Top with --top-pixels, found Mean", "--task", "small-seg", "--top-pixels", "0.2")]
    [InlineData("expected --labels-from FILE with --labels-column, found none", "--labels-column", "ann")]
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
            0, CommandLine.Run(run.Simulate("mine", "--strategy", "random", "--rounds", "1", "--quiet")).ExitCode);
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
        var outcome = CommandLine.Run(args);
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
        var outcome = CommandLine.Run([.. args, "--quiet"]);
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
