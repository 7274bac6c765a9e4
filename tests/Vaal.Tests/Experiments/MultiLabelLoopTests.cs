using Vaal.Coverage;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Experiments;
using Vaal.Heads;
using Vaal.Oracles;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Experiments;

/// <summary>Simulated runs on images that may have several classes each.</summary>
[Collection(RunsAlone.Name)]
public sealed class MultiLabelLoopTests : IDisposable
{
    private const string Encoder = "bands-of-tests";
    private readonly TemporaryFolder _folder = new();
    private int _encoded;

    public MultiLabelLoopTests() => PretrainedEncoders.Register(
        Encoder, "mean of each band", () => new BandImages.Encoder(() => _encoded++));

    public void Dispose()
    {
        PretrainedEncoders.Unregister(Encoder);
        _folder.Dispose();
    }

    private static LoopOptions Options(string strategy = "uncertainty-coverage", string model = "linear") => new()
    {
        Strategy = strategy,
        Features = Encoder,
        Initial = 16,
        Budget = 4,
        Rounds = 3,
        Vaal = TinyImages.Vaal,
        Task = model == "small-cnn" ? TinyImages.Task : TaskOptions.For(model),
    };

    private static IEnumerable<string> Essence(IEnumerable<RoundResult> rounds) => rounds.Select(r =>
        $"{r.Labelled} {r.Accuracy:R} {AsJson.Of(r.MultiLabel!)} {string.Join(' ', r.Picks)}");

    // by scikit-learn's definitions, over the thresholds one by one
    private static (double MeanAp, double MacroF1) Reference(double[] p, IReadOnlyList<int[]> sets)
    {
        var (ap, f1) = (new List<double>(), new List<double>());
        for (var k = 0; k < BandImages.Classes; k++)
        {
            (double P, bool Has)[] rows = [.. sets.Select((s, i) => (p[i * BandImages.Classes + k], s.Contains(k)))];
            double positives = rows.Count(r => r.Has);
            var (before, sum) = (0.0, 0.0);
            foreach (var threshold in rows.Select(r => r.P).Distinct().OrderDescending())
            {
                var recall = rows.Count(r => r.P >= threshold && r.Has) / positives;
                var precision = rows.Count(r => r.P >= threshold && r.Has) / (double)rows.Count(r => r.P >= threshold);
                sum += (recall - before) * precision;
                before = recall;
            }
            ap.Add(sum);
            var (right, wrong, missed) = (rows.Count(r => r.P >= 0.5 && r.Has), rows.Count(r => r.P >= 0.5 && !r.Has),
                rows.Count(r => r.P < 0.5 && r.Has));
            f1.Add(2.0 * right / (2 * right + wrong + missed));
        }
        return (ap.Average(), f1.Average());
    }

    [Fact]
    public void Run_Linear_MeasuresAreThoseOfAHeadOnTheRevealedSets()
    {
        using var data = BandImages.Data(120);
        var loop = new ActiveLearningLoop(Options(), data);
        var rounds = loop.Run();
        Assert.Equal([16, 20, 24], rounds.Select(r => r.Labelled));
        int[] labelled = [.. loop.Pool.Labelled];
        var rows = UnitRows.Of(Features(data.Pool), 4);
        var tests = UnitRows.Of(Features(data.Test!), 4, rows.Mean);
        var head = LinearHead.Fit(
            HeadRows.OfSeveral(rows.Copy(labelled), 4, [.. labelled.Select(BandImages.SetOf)], BandImages.Classes),
            new() { MultiLabel = true });
        var p = head.Probabilities(tests.Copy([.. Enumerable.Range(0, 40)]));
        var (meanAp, macroF1) = Reference(p, [.. Enumerable.Range(1_000, 40).Select(BandImages.SetOf)]);
        Assert.InRange(meanAp, 0.6, 0.99);
        Assert.Equal(meanAp, rounds[^1].Accuracy, 1e-9);
        Assert.Equal(macroF1, rounds[^1].MacroF1!.Value, 1e-9);
        Assert.Equal(rounds[^1].Accuracy, rounds[^1].MultiLabel!.ClassAp.Average(), 1e-12);
        Assert.All(rounds, r => Assert.Equal("mean AP", r.Measure));

        static float[] Features(ImageSet images)
        {
            using var found = SourceFeatures.Of(images, Encoder);
            return found.Rows([.. Enumerable.Range(0, images.Count)]);
        }
    }

    // every labelled image has 'high' and no other class: 'high' is always predicted, the others never. A score that
    // is the same for all has the share of the class as its precision; F1 of 'high' is 2 s / (1 + s), of the others 0
    [Fact]
    public void Run_LabelsThatNoClassDivides_GiveTheSharesOfTheClasses()
    {
        using var data = BandImages.Data(60, setOf: _ => [0]);
        var round = new ActiveLearningLoop(new(Options("random")) { Rounds = 1 }, data).Run().Single();
        double[] shares = [.. Enumerable.Range(0, 3)
            .Select(k => Enumerable.Range(1_000, 40).Count(id => BandImages.SetOf(id).Contains(k)) / 40.0)];
        Assert.All(shares.Zip(round.MultiLabel!.ClassAp), s => Assert.Equal(s.First, s.Second, 1e-12));
        Assert.Equal(shares.Average(), round.Accuracy, 1e-12);
        Assert.Equal(2 * shares[0] / (1 + shares[0]) / 3, round.MacroF1!.Value, 1e-12);
    }

    [Fact]
    public void Run_SetsThatNobodyRevealed_ChangeNothing()
    {
        using var data = BandImages.Data(120);
        var loop = new ActiveLearningLoop(Options(), data);
        var rounds = loop.Run();
        var revealed = loop.Pool.Labelled.ToHashSet();
        using var other = BandImages.Data(
            120, setOf: id => revealed.Contains(id) ? BandImages.SetOf(id) : BandImages.SetOf(id + 1));
        Assert.Equal(Essence(rounds), Essence(new ActiveLearningLoop(Options(), other).Run()));
    }

    [Fact]
    public void Run_Transductive_IsRefusedInOneLine()
    {
        using var data = BandImages.Data(60);
        Assert.Equal(LinearLearner.OneClassOnly, Assert.Throws<InputException>(
            () => new ActiveLearningLoop(Options("random", "transductive"), data)).Message);
    }

    [Theory]
    [InlineData("mlp"), InlineData("small-cnn")]
    public void Run_OtherTaskModels_AreMeasuredAlike(string model)
    {
        using var data = BandImages.Data(60);
        var rounds = new ActiveLearningLoop(new(Options("random", model)) { Rounds = 2 }, data).Run();
        Assert.All(rounds, r =>
        {
            Assert.Equal("mean AP", r.Measure);
            Assert.InRange(r.Accuracy, 0.3, 1);
            Assert.InRange(r.MacroF1!.Value, 0, 1);
        });
        if (model == "mlp") Assert.InRange(rounds[^1].Accuracy, 0.6, 1);
    }

    [Fact]
    public void Run_StoppedAfterEachRound_GoesOnToTheSameRounds()
    {
        using var data = BandImages.Data(120);
        var whole = new ActiveLearningLoop(Options(), data).Run();
        for (var at = 1; at < 3; at++)
        {
            var folder = _folder[$"run-{at}"];
            using (var stop = new CancellationTokenSource())
            using (var first = RunFolder.Open(folder, Options(), data.Name, data.Fingerprint))
                Assert.Throws<OperationCanceledException>(() => new ActiveLearningLoop(Options(), data, first).Run(
                    finished: r => { if (r.Round == at - 1) stop.Cancel(); }, cancel: stop.Token));
            using var second = RunFolder.Open(folder, Options(), data.Name, data.Fingerprint);
            Assert.Equal(at, second.Rounds().Count);
            Assert.Equal(Essence(whole), Essence(new ActiveLearningLoop(Options(), data, second).Run()));
            Assert.Equal(Essence(whole), Essence(second.Rounds()));
        }
    }

    [Fact]
    public void Run_WithoutClasses_TheFirstImagesHaveNoneOfThem()
    {
        using var data = BandImages.Data(120);
        var loop = new ActiveLearningLoop(new(Options()) { WithoutClasses = [1], Rounds = 1 }, data);
        loop.Run();
        Assert.Equal(16, loop.Pool.Labelled.Count);
        Assert.All(loop.Pool.Labelled, id => Assert.DoesNotContain(1, BandImages.SetOf(id)));
        Assert.Contains(loop.Pool.Labelled, id => BandImages.SetOf(id).Length > 0);
    }

    public static IEnumerable<TheoryDataRow<string>> Names =>
        QueryStrategies.Names.Select(name => new TheoryDataRow<string>(name));

    /// <summary>Over both tables: what the task or the task model refuses is refused before an image is encoded, in one
    /// line; what is not refused chooses.</summary>
    [Theory, MemberData(nameof(Names)), Trait("Category", "Slow")]
    public void Strategy_SeveralClassesAnImage_IsRefusedBeforeAnyWork_OrChooses(string name)
    {
        using var data = BandImages.Data(60);
        foreach (var (model, features) in new[] { ("linear", Encoder), ("linear", "vae"), ("small-cnn", "vae") })
        {
            _encoded = 0;
            var options = new LoopOptions(Options(name, model)) { Features = features, Rounds = 2 };
            var refusal = QueryStrategies.Problem(name, model, features == Encoder)
                ?? LearningTask.For(LabelForm.Classes).Refusal(name);
            if (refusal is not null)
            {
                var e = Assert.Throws<InputException>(() => new ActiveLearningLoop(options, data));
                Assert.Equal((refusal, 0), (e.Message, _encoded));
                Assert.DoesNotContain('\n', e.Message);
                continue;
            }
            // a head without features of its own would ask for resnet18
            if (features != Encoder && model == "linear") continue;
            var loop = new ActiveLearningLoop(options, data);
            var rounds = loop.Run();
            Assert.Equal(4, rounds[0].Picks.Distinct().Count());
            Assert.Equal(20, loop.Pool.Labelled.Count);
            Assert.All(rounds, r => Assert.NotNull(r.MacroF1));
        }
    }

    public static TheoryData<LoopOptions, string> Refused => new()
    {
        { new(Options()) { Noise = 0.1 }, "noise and labels from a file need one class per image, and the images of "
            + "bands have several" },
        { new(Options()) { LabelsFrom = "labels.csv" }, "noise and labels from a file need one class per image, and "
            + "the images of bands have several" },
        { new(Options()) { WithoutClasses = [3] }, "expected classes of bands (0..2) that the first images lack, found "
            + "3" },
        { new(Options()) { WithoutClasses = [0, 1, 2] }, "initial is 16; only 8 images of bands have classes that are "
            + "not left out" },
        { new(Options("random", "small-seg")) { Features = "vae" }, "the task model small-seg gives a class to each "
            + "pixel, and the images have several classes each; for these there are: " },
    };

    [Theory, MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void Options_WhatNeedsOneClass_IsRefusedInOneLine(LoopOptions options, string problem)
    {
        using var data = BandImages.Data(60);
        var e = Assert.Throws<InputException>(() => new ActiveLearningLoop(options, data));
        Assert.StartsWith(problem, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal(0, _encoded);
    }

    [Fact]
    public void Data_TestImagesWithoutAClass_AreRefused()
    {
        using var data = new DataSet(
            "bands", BandImages.Set(0, 60), BandImages.Set(0, 9, _ => []), BandImages.Names, [], "x");
        Assert.Equal("no test image of bands has a class; mean AP needs test images that have some",
            Assert.Throws<InputException>(() => new ActiveLearningLoop(Options(), data)).Message);
    }

    [Fact]
    public void Oracle_OfSets_NamesNoClass()
    {
        using var images = BandImages.Set(0, 8);
        Assert.All(Enumerable.Range(0, 8), id => Assert.Equal(-1, new IdealOracle(images).Label(id)));
    }
}
