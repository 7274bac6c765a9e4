using System.Diagnostics;
using System.Text.Json;

namespace Vaal.Tests;

/// <summary>A run of some seconds, stopped in every way, ends with the picks of an undisturbed one.</summary>
[Trait("Category", "Slow")]
public sealed class InterruptionTests(InterruptionTests.Undisturbed undisturbed)
    : IClassFixture<InterruptionTests.Undisturbed>
{
    private static readonly string[] Longer = ["--rounds", "3", "--iterations", "250", "--json"];

    [Fact]
    public void Simulate_KilledAtRandomMoments_EndsWithTheSamePicks()
    {
        var random = new Random(1);
        var (kills, inTraining) = (0, 0);
        var args = undisturbed.Run.Simulate("killed", Longer);
        for (; kills < 6; kills++)
        {
            using var process = StartAndAwaitProgress(args);
            Thread.Sleep(undisturbed.Duration * (0.01 + 0.07 * random.NextDouble()));
            Assert.False(process.HasExited, $"the run had ended before kill {kills + 1}");
            process.Kill();                                                       // SIGKILL
            process.WaitForExit();
            if (Directory.EnumerateFiles(Path.Combine(undisturbed.Run.Out("killed"), "checkpoints"), "*.safetensors")
                .Any()) inTraining++;
        }
        Assert.True(inTraining >= 3, $"{inTraining} of {kills} kills left a training half done");
        var outcome = VaalProgram.Run(args);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(undisturbed.Picks, PicksOf(undisturbed.Run.Out("killed")));
        Assert.Equal(undisturbed.Accuracies, AccuraciesOf(undisturbed.Run.Out("killed")));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Simulate_Interrupted_SaysHowToGoOnAndDoes(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        var args = undisturbed.Run.Simulate(signal, Longer);
        using (var process = AwaitProgress(VaalProgram.StartInterruptible(args)))
        {
            using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"])) kill.WaitForExit();
            var error = process.StandardError.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(process.WaitForExit(60_000));
            Assert.Equal("", process.StandardOutput.ReadToEnd());
            Assert.Equal("vaal: stopped; run the same command again to continue", error[^1]);
            Assert.Equal(1, process.ExitCode);
        }
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(undisturbed.Run.Out(signal), "checkpoints"), "*.safetensors"));
        Assert.Equal(0, VaalProgram.Run(args).ExitCode);
        Assert.Equal(undisturbed.Picks, PicksOf(undisturbed.Run.Out(signal)));
    }

    private static Process StartAndAwaitProgress(string[] args) => AwaitProgress(VaalProgram.Start(args));

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
            using var process = StartAndAwaitProgress(Run.Simulate("undisturbed", Longer));
            var clock = Stopwatch.StartNew();
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            (Duration, Picks, Accuracies) =
                (clock.Elapsed, PicksOf(Run.Out("undisturbed")), AccuraciesOf(Run.Out("undisturbed")));
        }

        public TimeSpan Duration { get; }
        public string Picks { get; }
        public string Accuracies { get; }

        public void Dispose() => Run.Dispose();
    }
}
