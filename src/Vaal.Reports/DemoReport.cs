using Vaal.Experiments;

namespace Vaal.Reports;

/// <summary><c>vaal demo</c>: from no label on, what <c>vaal next</c> does by default, against random sampling and
/// against the paper's VAAL, on images that come with the program.</summary>
public static class DemoReport
{
    private const string Mark = "demo.txt";

    /// <summary>The image sets by name; the first is the usual one.</summary>
    public static IReadOnlyCollection<string> Sets => Demo.Sets;

    /// <summary>Compares, and writes <c>results.csv</c>, <c>results.json</c>, and the learning curves as PNG and
    /// SVG.</summary>
    /// <param name="set">one of <see cref="Sets"/></param>
    /// <param name="folder">for these files; new, empty, or of an earlier demo, whose files are replaced</param>
    /// <param name="seed">the first of seven</param>
    /// <exception cref="InputException">there is no such set, there are no seven seeds from the first on, or the folder
    /// holds something else or cannot be made</exception>
    public static Report Run(string set, string folder, long seed = 1, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        Check(folder);
        var result = Demo.Run(set, seed, report, cancel);
        Save(result, folder);
        return result;
    }

    /// <summary>That nothing of anybody else would be replaced, and that the folder can be made.</summary>
    /// <exception cref="InputException">the folder is not empty and holds no earlier demo, or cannot be
    /// made</exception>
    internal static void Check(string folder)
    {
        if (!Path.Exists(folder))
        {
            RunFolder.Make(folder);
            return;
        }
        if (Directory.Exists(folder) && (!Directory.EnumerateFileSystemEntries(folder).Any()
            || File.Exists(Path.Combine(folder, Mark)))) return;
        throw new InputException(
            $"expected a new folder, or one of an earlier demo, found {folder}; give another one with --out");
    }

    private static void Save(DemoResult result, string folder)
    {
        RunFolder.Make(folder);
        AtomicFile.WriteAllText(
            Path.Combine(folder, Mark), string.Concat(result.Words.Prepend(result.Title).Select(line => $"{line}\n")));
        ResultsFile.Write(folder, result.Rows);
        var plot = new LearningCurvePlot(result.Title, string.Join(' ', result.Words.Take(2)), result.Curves);
        plot.Save(Path.Combine(folder, "learning-curves.png"));
        plot.Save(Path.Combine(folder, "learning-curves.svg"));
    }
}
