using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Vaal.Coverage;
using Vaal.Encoders;
using Vaal.Experiments;
using Vaal.Heads;
using Vaal.Reports;
using Vaal.Web;
using Vaal.Workspaces;

namespace Vaal.Bench;

/// <summary>
/// Is the page's loop, which chooses again after 20 labels, worth as much as 'vaal next -n 100' with a CSV file? Both
/// label the same photographs by the same answers: the names of their folders. A linear head on all labels is tested
/// after every 100. Each seed has another random part of the pool.
/// </summary>
internal sealed class ServeLoop
{
    private const int Step = 100, LearnEvery = 20;

    /// <summary>Images that the page holds: on the screen and after it; and those of them that stay when it has learned
    /// (queue.js).</summary>
    private const int Ahead = 11, Stay = 3;

    private const double Kept = 0.7;
    private const string Header = "way,seed,labels,accuracy";
    private static readonly string[] _ways = ["random", "next", "page"];
    private static readonly CultureInfo _invariant = CultureInfo.InvariantCulture;

    private readonly string _folder;
    private readonly Dictionary<int, string> _classOf = []; // by the image's id
    private readonly Dictionary<int, int> _rowOf = [];
    private readonly int[] _train, _test;
    private readonly string[] _classes;
    private readonly float[] _features;
    private readonly int _width;

    /// <summary>serve-loop PHOTOS LABELS SEEDS FOLDER [--encoder NAME]</summary>
    public static int Run(string[] args)
    {
        var (labels, seeds) = (args.Number(1), args.Number(2));
        if (labels < Step || labels % Step != 0)
            throw new InputException($"expected labels in hundreds, found {labels}");
        var bench = new ServeLoop(args.Text(0), args.Text(3), args.Option("--encoder") ?? ResNet18Encoder.Name);
        var file = Path.Combine(args.Text(3), "rows.csv");
        if (!File.Exists(file)) File.WriteAllText(file, Header + "\n");
        for (var seed = 1; seed <= seeds; seed++)
        {
            foreach (var way in _ways)
            {
                if (Rows(file).Count(r => r.Way == way && r.Seed == seed && r.Labels <= labels) == labels / Step)
                    continue;
                var curve = bench.Curve(way, labels, seed);
                // a cell is written whole, so that a bench that was stopped goes on with the next one; its rows of
                // fewer labels give way
                var rows = File.ReadLines(file).Where(l => !l.StartsWith($"{way},{seed},", StringComparison.Ordinal))
                    .Concat(curve.Select((accuracy, i) =>
                        string.Create(_invariant, $"{way},{seed},{(i + 1) * Step},{accuracy:0.0000}")));
                AtomicFile.WriteAllText(file, string.Concat(rows.Select(l => l + "\n")));
                Console.Error.WriteLine(string.Create(_invariant,
                    $"seed {seed}, {way}: {100 * curve.Average():0.0} points over the curve"));
            }
        }
        Report([.. Rows(file).Where(r => r.Labels <= labels && r.Seed <= seeds)], args.Text(3), labels);
        return 0;
    }

    private ServeLoop(string photos, string folder, string encoder)
    {
        _folder = folder;
        var images = Path.Combine(folder, "images");
        if (!Directory.Exists(Path.Combine(folder, "base"))) Copy(photos, images);
        using var workspace = Workspace.Create(images, Path.Combine(folder, "base"));
        string ClassIn(string path) => Path.GetFileName(Path.GetDirectoryName(path)!);
        string[] names = [.. Directory.EnumerateFiles(images, "*", SearchOption.AllDirectories).Select(ClassIn)
            .Distinct().Order(StringComparer.Ordinal)];
        workspace.Index(new() { Encoder = encoder, Classes = names });
        var rows = workspace.UsableImages();
        foreach (var row in rows) _classOf[row.Id] = ClassIn(row.Path);
        _classes = names;
        _test = [.. rows.Where(r => r.Path.StartsWith("test/", StringComparison.Ordinal)).Select(r => r.Id)];
        _train = [.. rows.Select(r => r.Id).Except(_test)];
        if (_test.Length == 0 || _train.Length == 0)
            throw new InputException(
                $"expected {photos} to have folders train and test, each with one folder per class");
        WorkspaceImages? loaded = null;
        using var features = SourceFeatures.Of(workspace.Sources(rows),
            () => (loaded ??= workspace.LoadImages()).Pool, null, default)
            ?? throw new InputException("expected an encoder, found none");
        loaded?.Dispose();
        (_features, _width) = (features.Rows([.. Enumerable.Range(0, rows.Length)]), features.Dim);
        for (var i = 0; i < rows.Length; i++) _rowOf[rows[i].Id] = i;
    }

    private double[] Curve(string way, int labels, int seed)
    {
        var cell = Path.Combine(_folder, $"{way}-{seed}");
        if (Directory.Exists(cell)) Directory.Delete(cell, recursive: true);
        Copy(Path.Combine(_folder, "base"), cell);
        try
        {
            int[] part = [.. _train];
            new Random(seed).Shuffle(part);
            part = [.. part[..(int)(Kept * part.Length)].Order()];
            if (part.Length < labels)
                throw new InputException($"expected at most {part.Length} labels, found {labels}: a seed has so many");
            using (var db = new Database(Path.Combine(cell, "vaal.db")))
            {
                // what is not of this seed's part takes no part, as if it were in the test set
                db.Transaction(() =>
                {
                    db.Execute("update images set test = 1");
                    foreach (var id in part) db.Execute("update images set test = 0 where id = $1", id);
                });
            }
            var order = way switch
            {
                "page" => ByPage(cell, labels).GetAwaiter().GetResult(),
                "next" => ByNext(cell, labels, seed),
                _ => AtRandom(part, labels, seed),
            };
            return [.. Enumerable.Range(1, labels / Step).Select(n => Accuracy(order[..(n * Step)], part))];
        }
        finally
        {
            Directory.Delete(cell, recursive: true);
        }
    }

    private static int[] AtRandom(int[] part, int labels, int seed)
    {
        int[] order = [.. part];
        new Random((int)Seeds.Derive(seed, "random", 0)).Shuffle(order);
        return order[..labels];
    }

    private int[] ByNext(string cell, int labels, int seed)
    {
        using var workspace = Workspace.Open(cell);
        var (order, csv) = (new List<int>(), Path.Combine(cell, "labels.csv"));
        while (order.Count < labels)
        {
            var chosen = workspace.Next(new BatchChooser(new NextOptions { Budget = Step, Seed = seed }));
            int[] ids = [.. workspace.Picks(chosen.Round).Select(p => p.Image)];
            var paths = workspace.UsableImages().ToDictionary(r => r.Id, r => r.Path);
            File.WriteAllLines(csv, ["path,class", .. ids.Select(id => $"{paths[id]},{_classOf[id]}")]);
            if (workspace.Import(csv) is { Problems.Count: > 0 } report)
                throw new InputException(string.Join("; ", report.Problems));
            order.AddRange(ids);
        }
        return [.. order];
    }

    // as queue.js does: what is on the screen and the next two stay when the server has learned
    private async Task<int[]> ByPage(string cell, int labels)
    {
        await using var server = await WorkspaceServer.Start(Workspace.Open(cell),
            new ServeOptions { LearnEvery = LearnEvery });
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() })
        {
            BaseAddress = new(server.Url.GetLeftPart(UriPartial.Authority)),
        };
        http.DefaultRequestHeaders.Add("X-Vaal", "1");
        await http.GetStringAsync(server.Url.PathAndQuery);
        await Learned(http, 0);
        var (order, hand) = (new List<int>(), new List<int>());
        while (order.Count < labels)
        {
            if (hand.Count < Ahead)
            {
                var more = await http.GetFromJsonAsync<JsonElement>(
                    $"/api/v1/queue?count={Ahead - hand.Count}&skip={string.Join(',', hand)}");
                hand.AddRange(more.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetInt32()));
            }
            var image = hand[0];
            hand.RemoveAt(0);
            using var saved = await http.PostAsJsonAsync("/api/v1/labels", new
            {
                ops = new[] { new { op = Guid.NewGuid(), kind = "label", image, classes = new[] { _classOf[image] } } },
            });
            saved.EnsureSuccessStatusCode();
            order.Add(image);
            if (order.Count % LearnEvery != 0 || order.Count == labels) continue;
            await Learned(http, order.Count);
            if (hand.Count > Stay) hand.RemoveRange(Stay, hand.Count - Stay);
        }
        return [.. order];
    }

    private static async Task Learned(HttpClient http, int labels)
    {
        while (true)
        {
            var panel = await http.GetFromJsonAsync<JsonElement>("/api/v1/panel");
            if (panel.GetProperty("problem").ValueKind == JsonValueKind.String)
                throw new InputException(panel.GetProperty("problem").GetString()!);
            if (panel.GetProperty("learned") is { ValueKind: JsonValueKind.Object } learned
                && learned.GetProperty("labels").GetInt32() >= labels) return;
            await Task.Delay(20);
        }
    }

    private double Accuracy(int[] labelled, int[] part)
    {
        float[] Of(int[] ids)
        {
            var values = new float[ids.Length * _width];
            for (var i = 0; i < ids.Length; i++)
                _features.AsSpan(_rowOf[ids[i]] * _width, _width).CopyTo(values.AsSpan(i * _width));
            return values;
        }
        int[] Numbers(int[] ids) => [.. ids.Select(id => Array.IndexOf(_classes, _classOf[id]))];
        var pool = UnitRows.Of(Of(part), _width);
        var tests = UnitRows.Of(Of(_test), _width, pool.Mean);
        int[] rows = [.. labelled.Select(id => Array.BinarySearch(part, id))];
        var head = LinearHead.Fit(HeadRows.Of(pool, rows, Numbers(labelled), _classes.Length));
        var logits = head.Logits(tests.Copy([.. Enumerable.Range(0, _test.Length)]));
        var right = Numbers(_test).Where((k, i) =>
            System.Numerics.Tensors.TensorPrimitives.IndexOfMax<double>(
                logits.AsSpan(i * _classes.Length, _classes.Length)) == k).Count();
        return (double)right / _test.Length;
    }

    private static List<(string Way, int Seed, int Labels, double Accuracy)> Rows(string file) =>
        [.. File.ReadLines(file).Skip(1).Select(l => l.Split(',')).Where(c => c.Length == 4).Select(c => (c[0],
            int.Parse(c[1], _invariant), int.Parse(c[2], _invariant), double.Parse(c[3], _invariant)))];

    private static void Report(List<(string Way, int Seed, int Labels, double Accuracy)> rows, string folder,
        int labels)
    {
        double[] Curves(string way) => [.. rows.Where(r => r.Way == way).GroupBy(r => r.Seed).OrderBy(g => g.Key)
            .Select(g => 100 * g.Average(r => r.Accuracy))];
        var next = Curves("next");
        foreach (var way in _ways.Where(w => w != "next"))
        {
            var d = PairedTests.Difference(Curves(way), next);
            Console.WriteLine($"{way} minus next, points over the curve to {labels} labels: "
                + $"{SignedPoints.Of(d)}, {next.Length} seeds");
        }
        Console.WriteLine("| labels | random | next -n 100 | page, 20 per query | page minus next |");
        Console.WriteLine("|---:|---:|---:|---:|---:|");
        foreach (var at in rows.GroupBy(r => r.Labels).OrderBy(g => g.Key))
        {
            double[] Of(string way) =>
                [.. at.Where(r => r.Way == way).OrderBy(r => r.Seed).Select(r => 100 * r.Accuracy)];
            var d = PairedTests.Difference(Of("page"), Of("next"));
            Console.WriteLine(string.Create(_invariant, $"| {at.Key} | {Of("random").Average():0.0} | "
                + $"{Of("next").Average():0.0} | {Of("page").Average():0.0} | {SignedPoints.Of(d)} |"));
        }
        var curves = _ways.Select(way => new LearningCurve(Name(way),
            [.. rows.Select(r => r.Labels).Distinct().Order()],
            [.. rows.Where(r => r.Way == way).GroupBy(r => r.Labels).OrderBy(g => g.Key)
                .Select(g => Statistics.MeanInterval([.. g.Select(r => r.Accuracy)]))]));
        new LearningCurvePlot("The page chooses again after 20 labels, vaal next after 100",
            $"Accuracy on test photographs of a linear head on all labels; mean and 95% interval, {next.Length} seeds",
            [.. curves]).Save(Path.Combine(folder, "curve.png"));
    }

    private static string Name(string way) => way switch
    {
        "page" => "page, 20 per query",
        "next" => "next -n 100",
        _ => way,
    };

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }
}
