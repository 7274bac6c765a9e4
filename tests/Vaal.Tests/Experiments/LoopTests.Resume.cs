using System.Collections.Concurrent;
using Vaal.Data;

namespace Vaal.Tests.Experiments;

/// <summary>Runs that stop and go on.</summary>
public sealed partial class LoopTests
{
    private static readonly ConcurrentDictionary<long, IReadOnlyList<RoundResult>> _undisturbed = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_StoppedAfterARound_GoesOnToTheSameEnd(int last)
    {
        var undisturbed = Run(Tiny);
        using var stop = new CancellationTokenSource();
        using (var folder = Open(Tiny))
        {
            Assert.Throws<OperationCanceledException>(() => new ActiveLearningLoop(Tiny, _data, folder).Run(
                finished: r => { if (r.Round == last) stop.Cancel(); }, cancel: stop.Token));
            Assert.Equal(last + 1, folder.Rounds().Count);
        }
        var finished = new List<int>();
        using (var folder = Open(Tiny))
            AssertSame(
                undisturbed, new ActiveLearningLoop(Tiny, _data, folder).Run(finished: r => finished.Add(r.Round)));
        Assert.Equal(Enumerable.Range(last + 1, 3 - last), finished);
        // nothing left to do
        using (var folder = Open(Tiny)) AssertSame(undisturbed, new ActiveLearningLoop(Tiny, _data, folder).Run());
    }

    [Theory]
    [InlineData("training VAE and discriminator", 20, 30)]
    [InlineData("training task model", 25, 50)]
    public void Run_StoppedInATraining_GoesOnWhereItWas(string phase, int stopAt, int goOnAt)
    {
        var options = LongerTrainings();
        var undisturbed = Undisturbed(options);
        Stop(options, phase, stopAt);
        Assert.Single(
            Directory.GetFiles(Path.Combine(_folder.Path, "run", "checkpoints")), f =>
                Path.GetFileName(f) == CheckpointOf(phase));
        var done = new List<long>();
        using var folder = Open(options);
        AssertSame(
            undisturbed, new ActiveLearningLoop(options, _data, folder)
            .Run(e => { if (e.Phase == phase) done.Add(e.Done); }));
        Assert.Equal(goOnAt, done[0]);
    }

    [Theory]
    [InlineData("training VAE and discriminator", false)]
    [InlineData("training VAE and discriminator", true)]
    [InlineData("training task model", false)]
    [InlineData("training task model", true)]
    public void Run_CheckpointDamagedOrOfAnotherRun_IsTrainedAgainToTheSameEnd(string phase, bool foreign)
    {
        var options = LongerTrainings();
        var undisturbed = Undisturbed(options);
        Stop(options, phase, phase.Contains("VAE", StringComparison.Ordinal) ? 20 : 25);
        var file = Path.Combine(_folder.Path, "run", "checkpoints", CheckpointOf(phase));
        var bytes = File.ReadAllBytes(file);
        if (foreign)
        {
            Directory.Delete(Path.Combine(_folder.Path, "run"), recursive: true);
            options = new(options) { Seed = 2 };                                  // same shapes, other run
            undisturbed = Undisturbed(options);
            Open(options).Dispose();
        }
        else bytes[^5] ^= 1;
        File.WriteAllBytes(file, bytes);
        long first = 0;
        using var folder = Open(options);
        AssertSame(
            undisturbed, new ActiveLearningLoop(options, _data, folder)
            .Run(e => { if (first == 0 && e.Phase == phase) first = e.Done; }));
        Assert.Equal(phase.Contains("VAE", StringComparison.Ordinal) ? 10 : 25, first);
    }

    [Fact]
    public void Run_AfterARound_ForgetsItsCheckpoints()
    {
        using var folder = Open(Tiny);
        new ActiveLearningLoop(Tiny, _data, folder)
            .Run(finished: _ => Assert.Empty(Directory.GetFiles(folder.Checkpoints)));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    // round 0 is missing
    [InlineData(
        """[{"round":1,"labelled":12,"accuracy":0.5,"picks":[1,2,3,4,5,6],"taskSeconds":1,"selectSeconds":1,"""
        + "\"health\":null}]")]
    // no such image
    [InlineData(
        """[{"round":0,"labelled":12,"accuracy":0.5,"picks":[40],"taskSeconds":1,"selectSeconds":1,"health":null}]""")]
    [InlineData(
        """[{"round":0,"labelled":12,"accuracy":0.5,"picks":[-1],"taskSeconds":1,"selectSeconds":1,"health":null}]""")]
    [InlineData(
        """[{"round":0,"labelled":12,"accuracy":0.5,"picks":[LABELLED],"taskSeconds":1,"selectSeconds":1,"""
        + "\"health\":null}]")]
    [InlineData(
        """[{"round":0,"labelled":12,"accuracy":0.5,"picks":["a"],"taskSeconds":1,"selectSeconds":1,"health":null}]""")]
    public void Run_RoundsFileIsDamaged_IsRefusedInOneLine(string content)
    {
        using var folder = Open(Tiny);
        var labelled = InitialPool.Draw(_data.Pool, 12, InitialDraw.Stratified, Tiny.Seed)[0];
        var file =
            _folder.Write("run/rounds.json", content.Replace("LABELLED", $"{labelled}", StringComparison.Ordinal));
        var e = Assert.Throws<InputException>(() => new ActiveLearningLoop(Tiny, _data, folder).Run());
        Assert.StartsWith($"{file} is damaged (", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    private static LoopOptions LongerTrainings() =>
        new(Tiny)
        {
            Rounds = 2,
            Vaal = new(Tiny.Vaal) { Iterations = 40, BatchSize = 4 },
            Task = new(Tiny.Task) { MinIterations = 60, BatchSize = 4 }
        };

    // once a seed for all tests
    private IReadOnlyList<RoundResult> Undisturbed(LoopOptions options) =>
        _undisturbed.GetOrAdd(options.Seed, _ => Run(options));

    private static string CheckpointOf(string phase) =>
        phase.Contains("VAE", StringComparison.Ordinal) ? "vaal.safetensors" : "task.safetensors";

    private void Stop(LoopOptions options, string phase, int at)
    {
        using var stop = new CancellationTokenSource();
        using var folder = Open(options);
        Assert.Throws<OperationCanceledException>(() => new ActiveLearningLoop(options, _data, folder).Run(
            e => { if (e.Phase == phase && e.Done == at) stop.Cancel(); }, cancel: stop.Token));
    }

    private static void AssertSame(IReadOnlyList<RoundResult> expected, IReadOnlyList<RoundResult> actual)
    {
        Assert.Equal(expected.Select(Comparable), actual.Select(Comparable));
        foreach (var (e, a) in expected.Zip(actual)) Assert.Equal(e.Picks, a.Picks);
    }
}
