using System.Globalization;
using Vaal.Experiments;

namespace Vaal.Bench;

/// <summary>The CSV file of a study: a row a batch.</summary>
internal static class StudyRows
{
    private const string Header = "setting,data,strategy,seed,round,labels,accuracy";

    /// <summary>Leaves out the last run if it was stopped while it was written. Those before it are whole: a run is
    /// written at its end, and one that emptied its pool has fewer rows than rounds.</summary>
    /// <param name="rounds">of each setting</param>
    /// <exception cref="InputException">the file has rows of another setting; it stays as it was</exception>
    public static List<(string Setting, string Data, ResultRow Row)> Finished(
        string file, IReadOnlyDictionary<string, int> rounds)
    {
        if (!File.Exists(file))
        {
            File.WriteAllText(file, Header + "\n");
            return [];
        }
        var text = File.ReadAllText(file);
        string[] lines = [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n').Skip(1).Where(l => l.Length > 0)];
        if (lines.Select(SettingOf).FirstOrDefault(s => !rounds.ContainsKey(s)) is { } other)
            throw new InputException($"{file}: {Unknown.Name("setting", other, rounds.Keys)}");
        if (lines is [.., var end] && lines.Count(l => RunOf(l) == RunOf(end)) < rounds[SettingOf(end)])
            lines = [.. lines.Where(l => RunOf(l) != RunOf(end))];
        AtomicFile.WriteAllText(file, string.Concat(lines.Prepend(Header).Select(l => l + "\n")));
        return Read(file);
    }

    public static List<(string Setting, string Data, ResultRow Row)> Read(string file) =>
    [
        .. File.ReadLines(file).Skip(1).Select(line =>
        {
            var cells = line.Split(',');
            double N(int i) => double.Parse(cells[i], CultureInfo.InvariantCulture);
            return (cells[0], cells[1], ResultRow.Of(cells[2], (long)N(3),
                new((int)N(4), (int)N(5), N(6), [], 0, 0, null), cells[1]));
        }),
    ];

    private static string SettingOf(string line) => line.Split(',')[0];

    private static string RunOf(string line) => string.Join(',', line.Split(',').Take(4));
}
