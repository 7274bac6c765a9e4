using System.Diagnostics;
using System.Text.Json;

namespace Vaal.Tests.Cli;

/// <summary>A run that was stopped in any way ends with the picks of an undisturbed one.</summary>
[Trait("Category", "Slow")]
public sealed class InterruptionTests(InterruptionTests.Undisturbed undisturbed)
    : IClassFixture<InterruptionTests.Undisturbed>
{
    private static readonly string[] Longer = ["--iterations", "80", "--task-min-iterations", "80", "--json"];

    [Fact]
    public void Simulate_KilledInEachTraining_EndsWithTheSamePicks()
    {
        var args = undisturbed.Run.Simulate("killed", Longer);
        foreach (var (training, saves) in new[] { ("task", 2), ("vaal", 1), ("vaal", 2) })
        {
            using var process = VaalProgram.Start(args);
            var file = Path.Combine(undisturbed.Run.Out("killed"), "checkpoints", $"{training}.safetensors");
            var (seen, last) = (0, File.GetLastWriteTimeUtc(file));
            Assert.True(VaalProgram.KillWhen(process, () =>
            {
                if (File.Exists(file) && File.GetLastWriteTimeUtc(file) is var now && now != last)
                    (seen, last) = (seen + 1, now);
                return seen >= saves;
            }), $"the run had ended before save {saves} of {training}");
        }
        var outcome = CommandLine.Run(args);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(undisturbed.Picks, PicksOf(undisturbed.Run.Out("killed")));
        Assert.Equal(undisturbed.Accuracies, AccuraciesOf(undisturbed.Run.Out("killed")));
    }

    [Fact]
    public void Simulate_Interrupted_SaysHowToGoOnAndDoes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        var args = undisturbed.Run.Simulate("interrupted", Longer);
        foreach (var signal in new[] { "INT", "TERM" })
        {
            using var process = AwaitProgress(VaalProgram.StartInterruptible(args));
            using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"])) kill.WaitForExit();
            var outcome = VaalProgram.Wait(process);
            Assert.Equal((1, ""), (outcome.ExitCode, outcome.Out));
            Assert.Equal("vaal: stopped; run the same command again to continue", outcome.ErrorLines[^1]);
            Assert.NotEmpty(Directory.GetFiles(
                Path.Combine(undisturbed.Run.Out("interrupted"), "checkpoints"), "*.safetensors"));
        }
        Assert.Equal(0, CommandLine.Run(args).ExitCode);
        Assert.Equal(undisturbed.Picks, PicksOf(undisturbed.Run.Out("interrupted")));
    }

    private static Process AwaitProgress(Process process)
    {
        var line = process.StandardError.ReadLine();
        while (line?.Contains("training", StringComparison.Ordinal) == false) line = process.StandardError.ReadLine();
        Assert.NotNull(line);
        return process;
    }

    private static string PicksOf(string folder) =>
        string.Join(
            '|', Rounds(folder).Select(r => r.GetProperty("picks").GetRawText())
            .Select(t => string.Concat(t.Where(c => !char.IsWhiteSpace(c)))));

    private static string AccuraciesOf(string folder) =>
        string.Join('|', Rounds(folder).Select(r => r.GetProperty("accuracy").GetRawText()));

    private static IEnumerable<JsonElement> Rounds(string folder) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "rounds.json"))).RootElement.EnumerateArray();

    /// <summary>The same run without a stop.</summary>
    public sealed class Undisturbed : IDisposable
    {
        internal TinyRun Run { get; } = new();

        public Undisturbed()
        {
            Assert.Equal(0, CommandLine.Run(Run.Simulate("undisturbed", Longer)).ExitCode);
            (Picks, Accuracies) = (PicksOf(Run.Out("undisturbed")), AccuraciesOf(Run.Out("undisturbed")));
        }

        public string Picks { get; }
        public string Accuracies { get; }

        public void Dispose() => Run.Dispose();
    }
}
