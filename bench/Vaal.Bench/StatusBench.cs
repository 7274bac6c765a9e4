using System.Diagnostics;
using System.Globalization;
using Vaal.Coverage;
using Vaal.Data.Features;
using Vaal.Encoders;
using Vaal.Web;
using Vaal.Workspaces;

namespace Vaal.Bench;

/// <summary>
/// How long <c>vaal status</c> takes in a large workspace, with the share of the pool that the labels cover and
/// without; how far that share is from one of a tenfold sample; and what the page pays for it after each 20 labels.
/// The workspace and its features are made up.
/// </summary>
internal static class StatusBench
{
    private const int More = 20, Draws = 20, Tenfold = 10;

    /// <summary>status [IMAGES] [WIDTH] [LABELS]</summary>
    public static int Run(string[] args)
    {
        var (count, width, labels) = (args.Number(0, 100_000), args.Number(1, 512), args.Number(2, 1_000));
        var folder = Directory.CreateTempSubdirectory("vaal-status-bench-");
        try
        {
            ServeBench.Make(folder.FullName, count, width);
            using (var db = new Database(Path.Combine(folder.FullName, ".vaal", "vaal.db")))
                db.Execute("insert into labels (image, class, elsewhere, who, at, source) select id, 'c' || (id % 10), "
                    + "0, 'bench', '2026-01-01T00:00:00.000Z', 'bench' from images where state = 'ok' "
                    + "order by (id * 2654435761) % 1000003 limit $1", labels);
            using var workspace = Workspace.Open(folder.FullName);
            var clock = Stopwatch.StartNew();
            workspace.MakeFeatures(new FeatureMaker());
            Say($"features of {count:N0} images, {width} columns: {clock.Elapsed.TotalSeconds:0.0} s");
            for (var repeat = 0; repeat < 3; repeat++)
            {
                using var again = Workspace.Open(folder.FullName);
                var plain = Timed(() => again.Status());
                var with = Timed(() => again.Status(coverage: true));
                Say($"status: {plain.Seconds:0.00} s; with coverage: {with.Seconds:0.00} s");
                if (repeat == 0) Say($"coverage: {with.Value.Coverage:0.0%}");
            }
            using var rows = SourceFeatures.Of(workspace.Sources())!;
            int[] labelled = [.. Enumerable.Range(0, rows.Count).Where(i => i % (count / labels) == 0)];
            Errors(rows, labelled);
            Page(rows, labelled);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // the share by many samples beside the one of a tenfold sample
    private static void Errors(FeatureRows rows, int[] labelled)
    {
        int[] others = [.. Enumerable.Range(0, rows.Count).Except(labelled)];
        var random = new Random(1);
        double By(int times) => LabelCover.Share(rows, new(Some([.. labelled, .. others], times * LabelCover.Standing),
            Some(others, times * LabelCover.Looked), labelled))!.Value;
        int[] Some(int[] images, int most)
        {
            random.Shuffle(images);
            return images[..Math.Min(most, images.Length)];
        }
        var near = By(Tenfold);
        double[] shares = [.. Enumerable.Range(0, Draws).Select(_ => By(1))];
        Say($"by a sample of {Tenfold} times the size: {near:0.0%}; {Draws} samples are off by");
        var off = shares.Select(s => Math.Abs(s - near)).Order().ToArray();
        Say($"{off.Average():0.0%} in the mean, {off[^1]:0.0%} at most");
    }

    private static void Page(FeatureRows rows, int[] labelled)
    {
        var unit = UnitRows.Of(rows.Rows([.. Enumerable.Range(0, rows.Count)]), rows.Dim);
        var (share, given) = (new CoveredShare(unit), new bool[rows.Count]);
        foreach (var row in labelled) given[row] = true;
        Say($"the page, first: {Timed(() => share.Of([.. given], default)).Seconds:0.000} s");
        for (var repeat = 0; repeat < 3; repeat++)
        {
            for (var i = 1; i <= More; i++) given[(repeat * More + i) * 31 % rows.Count] = true;
            Say($"after {More} more labels: {Timed(() => share.Of([.. given], default)).Seconds:0.000} s");
        }
    }

    private static (double Seconds, T Value) Timed<T>(Func<T> work)
    {
        var clock = Stopwatch.StartNew();
        var value = work();
        return (clock.Elapsed.TotalSeconds, value);
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
