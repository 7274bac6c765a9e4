namespace Vaal.Web.Tests;

/// <summary>A class is predicted from a probability of one half on, wherever the server says so.</summary>
public sealed class MultiLabelHalfTests : IDisposable
{
    private const int All = 240, Tests = 90, Labelled = 60, Width = 6;
    private static readonly string[] _classes = ["left", "right"];
    private readonly Vaal.Tests.TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static float[] Row(int i)
    {
        var random = new Random(i);
        return [.. Enumerable.Range(0, Width).Select(_ => random.NextSingle())];
    }

    // noise in the labels: the head is unsure near the border
    private static string[] ClassesOf(int id)
    {
        var (row, noise) = (Row(id - 1), new Random(10_000 + id));
        return [.. _classes.Where((_, k) => row[k] + 0.6f * (noise.NextSingle() - 0.5f) > 0.5f)];
    }

    [Fact]
    public async Task Predictions_JustAboveAndJustBelowOneHalf_AreYesAndNo()
    {
        var table = _folder["features.npy"];
        Vaal.Tests.MadeTable.Write(table, [.. Enumerable.Range(0, All).Select(i => $"{i:000}.png")], Row);
        await using var served = await ServedFolder.Start(All, $"{Tests}", new() { LearnEvery = 1_000 }, _classes,
            w => w.Index(new() { MultiLabel = true, NearDuplicates = 0 }), encoder: table);
        int[] test, pool;
        using (var w = served.Open())
        {
            test = [.. w.Images().Where(i => i.Test).Select(i => i.Id)];
            pool = [.. w.Images().Where(i => !i.Test).Select(i => i.Id)];
        }
        await served.Owner.Post("/api/v1/labels", new
        {
            ops = test.Concat(pool[..Labelled]).Select(id =>
                new { op = $"{id}", kind = "label", image = id, classes = ClassesOf(id) }),
        });
        await served.Learn(Labelled);
        var (learned, open) = (served.Serving.Learner.Now!, pool[Labelled..]);
        Assert.Equal(_classes, learned.Names);
        var index = learned.Index;
        var p = Halves(learned.Probabilities([.. open.Select(id => Array.FindIndex(index.Positions,
            at => index.Images[at].Id == id))]));
        var ofTests = Halves(learned.Head!.Probabilities(index.Test.Copy([.. Enumerable.Range(0, test.Length)])));
        int[] testsInOrder = [.. index.TestPositions.Select(at => index.Images[at].Id)];

        foreach (var (k, name) in _classes.Index())
        {
            var grid = await served.Owner.Get($"/api/v1/grid?by=class&value={name}&count=200");
            Assert.Equal(open.Where((_, i) => p[2 * i + k] >= 0.5).Order(), grid.GetProperty("items").EnumerateArray()
                .Select(i => i.GetProperty("id").GetInt32()).Order());
        }
        var told = (await served.Owner.Post("/predict", new
        {
            tasks = open.Select(id => new { id, data = new { image = $"{id - 1:000}.png" } }),
        })).GetProperty("results").EnumerateArray().ToList();
        foreach (var (i, made) in told.Index())
            Assert.Equal(_classes.Where((_, k) => p[2 * i + k] >= 0.5), made.GetProperty("result")[0]
                .GetProperty("value").GetProperty("choices").EnumerateArray().Select(c => c.GetString()!).Order());
        var answers = (await served.Owner.Get("/api/v1/confusion")).GetProperty("perClass").EnumerateArray().ToList();
        // each answer that the head turns round is a mistake
        Assert.Equal(testsInOrder.Select((id, i) => _classes.Where((name, k) =>
                ClassesOf(id).Contains(name) != ofTests[2 * i + k] >= 0.5).Count()).Sum(),
            (await served.Owner.Get("/api/v1/mistakes")).GetProperty("total").GetInt32());
        foreach (var (k, name) in _classes.Index())
        {
            int Count(bool has, bool yes) => testsInOrder.Where((id, i) =>
                ClassesOf(id).Contains(name) == has && ofTests[2 * i + k] >= 0.5 == yes).Count();
            Assert.Equal((Count(true, true), Count(true, false), Count(false, true), Count(false, false)),
                (answers[k].GetProperty("right").GetInt32(), answers[k].GetProperty("missed").GetInt32(),
                    answers[k].GetProperty("wrong").GetInt32(), answers[k].GetProperty("without").GetInt32()));
        }
    }

    // there are some of each class just above and just below one half
    private static double[] Halves(double[] p)
    {
        for (var k = 0; k < _classes.Length; k++)
        {
            double[] own = [.. p.Where((_, i) => i % _classes.Length == k)];
            Assert.Contains(own, v => v is > 0.4 and < 0.5);
            Assert.Contains(own, v => v is >= 0.5 and < 0.6);
        }
        return p;
    }
}
