using System.Text.Json;
using Vaal.Data;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Cli;

/// <summary>The real executable: exit codes, what goes to which stream, and one clear line for everything that cannot
/// be used.</summary>
[Trait("Category", "Slow")]
public sealed partial class CommandLineTests(TinyRun run) : IClassFixture<TinyRun>
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
        var outcome = CommandLine.Run(args.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.All(said, s => Assert.Contains(s, outcome.Out));
        Assert.StartsWith("Description:", outcome.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_OfSimulate_ListsWhatTheTablesHold()
    {
        var text = string.Join(' ', Words(CommandLine.Run("simulate", "--help").Out));
        foreach (var table in new[] { TaskModels.Names, VaalOptions.Presets, DataFormats.All.Keys })
            Assert.Contains(string.Join(", ", table), text);
        Assert.Contains("'vaal strategies' lists the names", text);
    }

    [Fact]
    public void Strategies_Asked_ListsEveryOneInALineOfItsOwn()
    {
        var outcome = CommandLine.Run("strategies");
        var lines = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(QueryStrategies.Names, lines[1..].Select(l => Words(l)[0]));
        Assert.All(QueryStrategies.Names, n => Assert.Contains(QueryStrategies.Describe(n), outcome.Out));
        var json = JsonDocument.Parse(CommandLine.Run("strategies", "--json").Out).RootElement;
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
        Assert.Equal($"vaal: {message}", CommandLine.Run(args).ErrorLines[0]);

    [Fact]
    public void CommandLine_EscapeSequencesInIt_DoNotReachTheTerminal()
    {
        var outcome = CommandLine.Run("\e]0;owned\a\u009b31m\u202egnp.exe");
        Assert.Contains(@"\u001b]0;owned\u0007\u009b31m\u202egnp.exe", outcome.Error);
        Assert.DoesNotContain(outcome.Error, c => char.IsControl(c) && c != '\n' || c == '\u202e');
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void Version_Asked_IsTheLibrarys() =>
        Assert.StartsWith("0.", CommandLine.Run("--version").Out, StringComparison.Ordinal);

    [Fact]
    public void Simulate_TinyPictures_WritesEqualResultsEverywhere()
    {
        var outcome = CommandLine.Run(run.Simulate("whole", "--json"));
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
        var again = CommandLine.Run(run.Simulate("whole", "--json"));
        Assert.Equal((0, outcome.Out), (again.ExitCode, again.Out));
    }

    [Fact]
    public void Simulate_WithoutJson_PrintsATableAndProgressApart()
    {
        var outcome = CommandLine.Run(run.Simulate("table", "--strategy", "random", "--frame", "64x64"));
        Assert.Equal(0, outcome.ExitCode);
        var lines = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("round", lines[0].Trim(), StringComparison.Ordinal);
        Assert.Contains("round 2/2: 18 labels", outcome.Error);
        Assert.Contains("vaal: --frame is for images with masks, and these have none", outcome.Error);
        Assert.Contains("vaal: no VAE was trained for 'random', so --iterations changed nothing", outcome.Error);
    }

    [Fact]
    public void Simulate_BudgetLargerThanWhatIsLeft_TakesItAndSaysSo()
    {
        var outcome =
            CommandLine.Run(run.Simulate("greedy", "--strategy", "random", "--budget", "1000", "--rounds", "4"));
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
        Assert.Equal(0, CommandLine.Run(run.Simulate("saved", "--save", "--quiet")).ExitCode);
        Assert.True(File.Exists(Path.Combine(run.Out("saved"), "models", "round-0", "vaal.safetensors")));
        Assert.Equal(0, CommandLine.Run(run.Simulate("saved", "--save", "--quiet")).ExitCode);
    }

    [Fact]
    public void Simulate_SaveOfRoundsThatKeptNothing_IsOneLine()
    {
        string[] unsaved = run.Simulate("unsaved", "--strategy", "random");
        Assert.Equal(0, CommandLine.Run(unsaved).ExitCode);
        Refused($"{run.Out("unsaved")} has rounds whose networks were not kept; give another folder, or leave out "
            + "--save", [.. unsaved, "--save"]);
        Assert.Equal(0, CommandLine.Run(unsaved).ExitCode);
    }
}
