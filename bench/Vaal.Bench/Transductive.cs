using System.Globalization;
using System.Numerics.Tensors;
using Vaal.Coverage;
using Vaal.Experiments;
using Vaal.Heads;

namespace Vaal.Bench;

/// <summary>
/// Does a head that also learns from spread labels beat the plain one, by how many labels a class? Labels are drawn at
/// random, as many of each class. Each seed has another random part of the pool, and all heads have the same labels.
/// A line of the file is a finished run: the same command goes on after a stop.
/// </summary>
internal static class Transductive
{
    private const string Header =
        "data,perClass,seed,plain,spread,chosen,plainRecall,spreadRecall,chosenRecall,spreads";
    private static readonly int[] PerClass = [1, 2, 5, 10, 20];
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>What came of one draw of labels.</summary>
    /// <param name="Accuracy">of the plain head, of the one with spread labels and of the one that was chosen</param>
    /// <param name="Recall">the same, the mean over the classes</param>
    private sealed record Row(string Data, int PerClass, int Seed, double[] Accuracy, double[] Recall, bool Spreads);

    /// <summary>transductive run CONFIG.json DATA ROWS.csv | tables ROWS.csv | calibration CONFIG.json DATA
    /// SEEDS</summary>
    public static int Run(string[] args)
    {
        if (args.Text(0) == "run") Measure(StudyConfig.Read(args.Text(1)), args.Text(2), args.Text(3));
        else if (args.Text(0) == "tables") Tables(Read(args.Text(1)));
        else if (args.Text(0) == "calibration")
            TransductiveCalibration.Measure(StudyConfig.Read(args.Text(1)), args.Text(2), args.Number(3, 3));
        else throw new InputException($"expected run, tables or calibration, found '{args.Text(0)}'");
        return 0;
    }

    private static void Measure(StudyConfig config, string folder, string file)
    {
        if (!File.Exists(file)) File.WriteAllText(file, Header + "\n");
        var done = Read(file).Select(r => (r.Data, r.PerClass, r.Seed)).ToHashSet();
        using var sets = new StudySets(config, folder);
        for (var seed = 1; seed <= config.Seeds; seed++)
            foreach (var data in config.Data)
                foreach (var perClass in PerClass.Where(n => !done.Contains((data.Name, n, seed))))
                {
                    var part = sets.Features(data, config.Encoder).Part(config.Share, seed);
                    var row = Try(data.Name, part, perClass, seed);
                    string[] numbers = [.. row.Accuracy.Concat(row.Recall)
                        .Select(v => v.ToString("0.0000", Invariant))];
                    File.AppendAllText(file,
                        $"{row.Data},{perClass},{seed},{string.Join(',', numbers)},{(row.Spreads ? 1 : 0)}\n");
                }
    }

    private static Row Try(string name, FeatureTask task, int perClass, int seed)
    {
        var labelled = Draw(task, perClass, seed);
        var rows = UnitRows.Of(task.Pool, task.Width);
        var tests = UnitRows.Of(task.Test, task.Width, rows.Mean);
        var asked = tests.Copy([.. Enumerable.Range(0, tests.Count)]);
        int[] classes = [.. labelled.Select(row => task.Classes[row])];
        TransductiveHead[] heads = [.. new bool?[] { false, true, null }.Select(wanted =>
            TransductiveHead.Fit(rows, labelled, classes, task.ClassCount, seed: seed, spreads: wanted))];
        var right = Array.ConvertAll(heads, head => Right(head, asked, task));
        return new(name, perClass, seed, [.. right.Select(r => r.Average(hit => hit ? 1.0 : 0))],
            [.. right.Select(r => Recall(r, task.TestClasses))], heads[2].Spreads);
    }

    internal static int[] Draw(FeatureTask task, int perClass, long seed)
    {
        int[] rows = [.. Enumerable.Range(0, task.Count)];
        new Random((int)Seeds.Derive(seed, "labels", perClass)).Shuffle(rows);
        return [.. rows.GroupBy(row => task.Classes[row]).SelectMany(g => g.Take(perClass)).Order()];
    }

    private static bool[] Right(TransductiveHead head, float[] asked, FeatureTask task)
    {
        var (logits, k) = (head.Head.Logits(asked), task.ClassCount);
        return [.. task.TestClasses.Select((c, i) =>
            TensorPrimitives.IndexOfMax<double>(logits.AsSpan(i * k, k)) == c)];
    }

    private static double Recall(bool[] right, int[] classes) =>
        classes.Zip(right).GroupBy(p => p.First).Average(g => g.Average(p => p.Second ? 1.0 : 0));

    // a line that was stopped while it was written is left out, and written again
    private static Row[] Read(string file)
    {
        var text = File.ReadAllText(file);
        string[] lines = [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        if (!text.EndsWith('\n')) AtomicFile.WriteAllText(file, string.Concat(lines.Select(l => l + "\n")));
        return [.. lines.Skip(1).Select(line =>
        {
            var cells = line.Split(',');
            double[] numbers = [.. cells[3..9].Select(c => double.Parse(c, Invariant))];
            return new Row(cells[0], int.Parse(cells[1], Invariant), int.Parse(cells[2], Invariant), numbers[..3],
                numbers[3..], cells[9] == "1");
        })];
    }

    private static void Tables(Row[] rows)
    {
        var cells = rows.GroupBy(r => (r.Data, r.PerClass)).ToArray();
        double[] p = PairedTests.Holm([.. cells.Select(c => PairedTests.SignFlip(Of(c, r => r.Accuracy[2]),
            Of(c, r => r.Accuracy[0])))]);
        Console.WriteLine("| data | labels a class | plain, % | chosen minus plain | p, Holm "
            + "| mean recall, the same | spread minus plain | spreads |\n|---|---:|---:|---|---:|---|---|---|");
        foreach (var (i, cell) in cells.Index())
        {
            string Ahead(Func<Row, double> a, Func<Row, double> b) =>
                SignedPoints.Of(PairedTests.Difference(Of(cell, a), Of(cell, b)));
            Console.WriteLine(string.Create(Invariant,
                $"| {cell.Key.Data} | {cell.Key.PerClass} | {100 * cell.Average(r => r.Accuracy[0]):0.0} ")
                + $"| {Ahead(r => r.Accuracy[2], r => r.Accuracy[0])} | {p[i].ToString("0.000", Invariant)} "
                + $"| {Ahead(r => r.Recall[2], r => r.Recall[0])} | {Ahead(r => r.Accuracy[1], r => r.Accuracy[0])} "
                + $"| {cell.Count(r => r.Spreads)} of {cell.Count()} |");
        }
    }

    private static double[] Of(IEnumerable<Row> rows, Func<Row, double> of) =>
        [.. rows.OrderBy(r => r.Seed).Select(of)];
}
