using System.Globalization;

namespace Vaal.Bench;

/// <summary>
/// Error rates of the verdict by D's AUC on held-out images, on the rows of <see cref="HealthBench"/>, file by file.
/// That was the verdict until it was judged by <see cref="FairSample"/>, whose rates <see cref="FairSampleBench"/>
/// prints.
/// </summary>
internal static class HealthRates
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    private sealed record Row(
        string Data, int Labelled, int Missing, int Seed, RankingHealth Health, double Enrichment);

    public static int Print(string[] files)
    {
        var runs = files.Select(
            f => (Name: Path.GetFileNameWithoutExtension(f), Rows: File.ReadLines(f).Skip(1).Select(Parse).ToList()))
            .ToList();
        Console.WriteLine(
            "| runs | truth | informative | weak | no better than random | two trainings agree, least to most |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, rows) in runs)
            foreach (var truth in rows.GroupBy(r => r.Missing == 0))
            {
                var kind = truth.Key ? "nothing to find" : "classes missing";
                var rates = Enum.GetValues<Trust>().Select(t => Rate([.. truth], r => Verdict(r) == t));
                var range = Range([.. truth.Select(r => r.Health.SeedAgreement)]);
                Console.WriteLine(
                    $"| {name} | {kind} ({truth.Count()}) | {string.Join(" | ", rates)} | {range} |");
            }
        Console.WriteLine();
        Console.WriteLine(
            "| runs | end of the interval below which a ranking is called random | nothing to find: called random | " +
            "something to find: called random |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (name, rows) in runs)
            foreach (var threshold in new[] { 0.54, 0.56, 0.58, 0.60, 0.62 })
                Console.WriteLine(
                    string.Create(
                        Invariant,
                        $"| {name} | {threshold:0.00} | " +
                        $"{Rate([.. rows.Where(r => r.Missing == 0)], r => Random(r, threshold))} | " +
                        $"{Rate([.. rows.Where(r => r.Missing > 0)], r => Random(r, threshold))} |"));
        Console.WriteLine();
        Console.WriteLine(
            "| runs | data, labelled | missing classes | number | mean AUC | informative | weak | no better than " +
            "random | mean enrichment | agreement | seed agreement |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (name, rows) in runs)
            foreach (var group in rows.GroupBy(r => (r.Data, r.Labelled, r.Missing)))
                Console.WriteLine(Line(name, group.Key, [.. group]));
        return 0;
    }

    private static Trust Verdict(Row row) => HealthVerdict.Of(row.Health).Trust;

    private static bool Random(Row row, double threshold) =>
        Verdict(row) != Trust.Informative && row.Health.Sample!.High < threshold
        && row.Health.Sample.TopChance >= HealthVerdict.NothingAtTheTop;

    private static string Range(List<double> values) =>
        values.Exists(double.IsNaN) ? "–" : string.Create(Invariant, $"{values.Min():0.00} to {values.Max():0.00}");

    private static string Line(string name, (string Data, int Labelled, int Missing) of, List<Row> rows)
    {
        string Share(Trust trust) => Rate(rows, r => Verdict(r) == trust);
        string Mean(Func<Row, double> of) =>
            rows.Average(of) is var mean && double.IsNaN(mean) ? "–" : mean.ToString("0.00", Invariant);
        return string.Create(Invariant,
            $"| {name} | {of.Data}, {of.Labelled} | {of.Missing} | {rows.Count} | " +
                $"{rows.Average(r => r.Health.HeldOutAuc):0.000} | {Share(Trust.Informative)} | {Share(Trust.Weak)} " +
                $"| {Share(Trust.NoBetterThanRandom)} | {Mean(r => r.Enrichment)} | {Mean(r => r.Health.Agreement)} " +
                $"| {Mean(r => r.Health.SeedAgreement)} |");
    }

    private static string Rate(List<Row> rows, Func<Row, bool> test)
    {
        var wilson = Statistics.Wilson(rows.Count(test), rows.Count);
        return string.Create(
            Invariant, $"{rows.Count(test)}/{rows.Count} ({100 * wilson.Low:0}–{100 * wilson.High:0}%)");
    }

    private static Row Parse(string line)
    {
        var f = line.Split(',');
        double N(int at) => double.Parse(f[at], Invariant);
        int I(int at) => int.Parse(f[at], Invariant);
        // the share of the mean image's error is what the verdict looks at; 32 dimensions in the preset
        var health = new RankingHealth(N(7), I(14), N(15), N(16), 1)
        {
            Sample = new FairSample(I(10), I(11), N(7), N(8), N(9), N(12), N(13)),
            KlPerUnit = new double[32],
            ScoreSpread = N(17),
            Agreement = N(18),
            SeedAgreement = N(19),
        };
        return new(f[0], I(2), I(3), I(4), health, N(20));
    }
}
