using System.Text.Json;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Choices that are stopped, killed or bounded in time.</summary>
public sealed partial class WorkspaceNextTests
{
    [Fact]
    public void Next_Stopped_GoesOnWhereItWas_AndChoosesTheSame()
    {
        using (var undisturbed = Make("a"))
        using (var stopped = Make("b"))
        {
            var expected = Two(undisturbed, () => undisturbed.Next(Ten));
            var actual = Two(stopped, () =>
            {
                using var stop = new CancellationTokenSource();
                Assert.Throws<OperationCanceledException>(
                    () => stopped.Next(
                        Ten, e => { if (Trains(e) && e.Done == 10) stop.Cancel(); }, cancel: stop.Token));
                Assert.True(File.Exists(Path.Combine(stopped.Folder, "next", "vaal.safetensors")));
                var firstSeen = 0L;
                var chosen = stopped.Next(Ten, e => { if (Trains(e) && firstSeen == 0) firstSeen = e.Done; });
                Assert.Equal(20, firstSeen);
                return chosen;
            });
            Assert.Equal(expected, actual);
        }

        static bool Trains(TrainEvent e) => e.Phase.StartsWith("training VAE", StringComparison.Ordinal);
        static IEnumerable<(string, int, double?, string?)> Two(Workspace w, Func<NextReport> second)
        {
            LabelPicks(w, w.Next(Ten));
            var images = ById(w);
            return second().Rows.Select(p => (images[p.Image].Path, p.Rank, p.Score, p.Reason)).ToList();
        }
    }

    [Fact]
    public void Next_ByMinutes_RecordsIterations_ThatARepetitionKeeps()
    {
        using var w = Make();
        using var stop = new CancellationTokenSource();
        var timed = new NextOptions(Ten) { Minutes = 0.02, Vaal = new(Small) { Iterations = null } };
        Assert.Throws<OperationCanceledException>(
            () => w.Next(
                timed, e =>
                    { if (e.Total > 0 && e.Phase.StartsWith("training VAE", StringComparison.Ordinal)) stop.Cancel(); },
                    cancel: stop.Token));
        var iterations = JsonDocument.Parse(File.ReadAllText(Path.Combine(w.Folder, "next", "length.json")))
            .RootElement.GetProperty("iterations").GetInt32();
        Assert.InRange(iterations, 2, 10_000);
        var chosen = w.Next(timed);
        Assert.Equal(
            iterations, JsonDocument.Parse(chosen.Recorded.Options).RootElement.GetProperty("vaal")
            .GetProperty("iterations").GetInt32());
        Assert.True(w.Next(timed).Again);
    }

    /// <summary>A training in between does not end a choice that was stopped, and a choice of another kind does not
    /// keep its networks.</summary>
    [Fact]
    public void Next_Stopped_SurvivesATraining_AndLeavesNothingToAnotherChoice()
    {
        using var w = Make(test: new TestSize(null, 16));
        LabelPicks(w, w.Next(Ten));
        foreach (var test in w.Images().Where(i => i.Test))
            w.Label(test.Id, test.Path.Split('/')[0], [], "ann", "test");
        StopInTheSecondTraining(w);
        Dictionary<string, byte[]> State() =>
            Directory.GetFiles(Path.Combine(w.Folder, "next"), "*", SearchOption.AllDirectories)
            .ToDictionary(f => f, File.ReadAllBytes);
        var before = State();
        Assert.Contains(before.Keys, f => f.EndsWith("vaal.safetensors", StringComparison.Ordinal));
        w.Train(Quick);
        Assert.Equal(before, State());

        var chosen = w.Next(new NextOptions(Ten) { Strategy = "entropy", Task = Quick });
        Assert.DoesNotContain(
            Directory.GetFiles(w.ModelsOf(chosen.Round)), f =>
                f.EndsWith("vaal.safetensors", StringComparison.Ordinal));
    }

    // the first one's networks lie there then
    private static void StopInTheSecondTraining(Workspace w)
    {
        using var stop = new CancellationTokenSource();
        var trainings = 0;
        Assert.Throws<OperationCanceledException>(() => w.Next(new NextOptions(Ten) { Thorough = true }, e =>
        {
            if (!e.Phase.StartsWith("training VAE", StringComparison.Ordinal)) return;
            if (e.Done == e.Total) trainings++;
            if (trainings == 1 && e.Done < e.Total) stop.Cancel();
        }, cancel: stop.Token));
    }

    /// <summary>The networks that a stopped choice left are not those of a round that needs none.</summary>
    [Fact]
    public void Next_AllThatIsLeft_AfterAStoppedChoice_KeepsNoNetworks()
    {
        using var w = Make();
        LabelPicks(w, w.Next(Ten));
        StopInTheSecondTraining(w);
        Assert.True(Directory.Exists(Path.Combine(w.Folder, "next", "models")));
        var chosen = w.Next(new NextOptions(Ten) { Budget = 100_000 });
        Assert.All(chosen.Rows, p => Assert.Equal("unlike the other picks", p.Reason));
        Assert.False(Directory.Exists(w.ModelsOf(chosen.Round)));
    }

    /// <summary>A stopped training outlasts another model's, as long as the labels are the same.</summary>
    [Fact]
    public void Train_AnotherModelMeanwhile_GoesOnWhereItWas()
    {
        using var w = Make(test: new TestSize(null, 16));
        LabelPicks(w, w.Next(Ten));
        foreach (var test in w.Images().Where(i => i.Test))
            w.Label(test.Id, test.Path.Split('/')[0], [], "ann", "test");
        var underWay = Path.Combine(w.Folder, "train");
        Stopped();
        w.Train(Quick, seed: 2);
        var firstSeen = 0L;
        w.Train(Quick, report: e => { if (Trains(e) && firstSeen == 0) firstSeen = e.Done; });
        // by itself it says first how far it is after 25
        Assert.Equal(30, firstSeen);
        Assert.False(Directory.Exists(underWay));

        Stopped();
        Assert.Single(Directory.GetDirectories(underWay));
        var unlabelled = w.Images().First(i => w.LabelFor(i.Id) is null);
        w.Label(unlabelled.Id, unlabelled.Path.Split('/')[0], [], "ann", "test");
        w.Train(Quick, seed: 2);
        Assert.False(Directory.Exists(underWay));

        static bool Trains(TrainEvent e) => e.Phase == "training task model";
        void Stopped()
        {
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(
                () => w.Train(Quick, report: e => { if (Trains(e)) stop.Cancel(); }, cancel: stop.Token));
        }
    }

    /// <summary>The program itself, ended without warning at several moments: it chooses what an undisturbed run
    /// chooses, and its files are whole.</summary>
    [Fact]
    public void Program_NextKilled_GoesOn_AndChoosesTheSame()
    {
        using var undisturbed = Make("a");
        using var killed = Make("b");
        string[] arguments = ["next", "-n", "10", "--strategy", "vaal",
            "--width", "16", "--latent", "8", "--batch", "8", "--iterations", "60"];
        var expected = Finish(undisturbed);
        var folder = Path.Combine(killed.Folder, "next");
        var saved = new FileInfo(Path.Combine(folder, "vaal.safetensors"));
        Kill(() => true);
        Kill(() => Directory.Exists(folder));
        for (var save = 0; save < 2; save++)
        {
            saved.Refresh();
            var last = saved.Exists ? saved.LastWriteTimeUtc : default;
            Assert.True(Kill(() => File.Exists(saved.FullName) && File.GetLastWriteTimeUtc(saved.FullName) != last));
        }
        Assert.Equal(expected, Finish(killed));
        Assert.Single(killed.Rounds());
        Assert.Empty(killed.Problems());

        bool Kill(Func<bool> reached)
        {
            using var process = VaalProgram.Start([.. arguments, "--workspace", killed.Folder]);
            return VaalProgram.KillWhen(process, reached);
        }
        string Finish(Workspace w)
        {
            var outcome = CommandLine.Run([.. arguments, "--workspace", w.Folder]);
            Assert.True(outcome.ExitCode == 0, outcome.Error);
            Assert.Contains("Round 1: 10 images to label\n", outcome.Out, StringComparison.Ordinal);
            Assert.Equal(
                10, JsonDocument.Parse(File.ReadAllText(Path.Combine(w.Folder, "exports", "picks-1.label-studio.json")))
                .RootElement.GetArrayLength());
            return File.ReadAllText(Path.Combine(w.Folder, "exports", "picks-1.csv"));
        }
    }
}
