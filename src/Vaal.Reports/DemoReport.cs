using Vaal.Experiments;

namespace Vaal.Reports;

/// <summary>What a demo came to, as files: <c>results.csv</c> and <c>results.json</c>, and the learning curves as PNG
/// and SVG.</summary>
public static class DemoReport
{
    private const string Mark = "demo.txt";

    /// <summary>That nothing of anybody else would be replaced, and that the folder can be made.</summary>
    /// <exception cref="InputException">the folder is not empty and holds no earlier demo, or cannot be
    /// made</exception>
    public static void Check(string folder)
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

    /// <summary>Writes all of it into a folder, which is made.</summary>
    public static void Save(DemoResult result, string folder)
    {
        ArgumentNullException.ThrowIfNull(result);
        RunFolder.Make(folder);
        AtomicFile.WriteAllText(
            Path.Combine(folder, Mark), string.Concat(result.Words.Prepend(result.Title).Select(line => $"{line}\n")));
        ResultsFile.Write(folder, result.Rows);
        var plot = new LearningCurvePlot(result.Title,
            string.Join(' ', result.Words.Take(2)), ComparisonSummary.Curves(result.Rows));
        plot.Save(Path.Combine(folder, "learning-curves.png"));
        plot.Save(Path.Combine(folder, "learning-curves.svg"));
    }
}
