using System.Globalization;
using Vaal.Data.Labels;

namespace Vaal.Experiments;

/// <summary>What a run chose, in <c>picks.csv</c>: round, rank, the image's number in the pool and its path, which for
/// a region says where in the image it lies.</summary>
internal static class PicksFile
{
    public const string Name = "picks.csv";

    /// <summary>Replaces the file whole.</summary>
    public static void Write(string folder, IEnumerable<RoundResult> rounds, IReadOnlyList<string> paths)
    {
        var rows = from round in rounds
                   from pick in round.Picks.Index()
                   select CsvText.Line(
                       [Text(round.Round), Text(pick.Index + 1), Text(pick.Item), paths.Count == 0
                           ? null
                           : Csv.Guard(paths[pick.Item])]);
        AtomicFile.WriteAllText(Path.Combine(folder, Name), string.Concat(rows.Prepend("round,rank,id,path\n")));

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
