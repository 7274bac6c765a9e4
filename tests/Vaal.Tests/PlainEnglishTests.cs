using System.Globalization;

namespace Vaal.Tests;

/// <summary>
/// Sentences of the documents and lines of code stay short. PlainEnglish.txt counts the long lines that were there
/// before, a line a file: <c>count name</c>. A file that moves keeps its count. A count may only fall.
/// </summary>
public sealed class PlainEnglishTests
{
    private const int MostWords = 28, MostColumns = 120;

    private static string Accepted => Path.Combine(Repository.Root, "tests", "Vaal.Tests", "PlainEnglish.txt");

    [Fact]
    public void Documents_OneSentenceInTen_IsLongerThan28WordsAtMost()
    {
        var faults = new List<string>();
        foreach (var page in Repository.Documents())
        {
            var sentences = Prose.Sentences(File.ReadAllText(Path.Combine(Repository.Root, page))).ToList();
            var found = Prose.NinetiethPercentile(sentences.Select(Prose.Words));
            if (found > MostWords) faults.Add($"{page}: found {found}; the longest: {sentences.MaxBy(Prose.Words)}");
        }
        var message = $"expected at most {MostWords} words; split sentences:\n{string.Join('\n', faults)}";
        Assert.True(faults.Count == 0, message);
    }

    /// <summary>VAAL_ACCEPT_LINES=1 writes counts that have fallen; none ever rises.</summary>
    [Fact]
    public void Code_NewLinesOver120Columns_AreRefused()
    {
        var actual = LongLines();
        var accepted = File.ReadAllLines(Accepted).Select(l => l.Split(' '))
            .ToDictionary(l => l[1], l => int.Parse(l[0], CultureInfo.InvariantCulture));
        if (Environment.GetEnvironmentVariable("VAAL_ACCEPT_LINES") == "1")
        {
            var fallen = accepted.Select(a => (Name: a.Key, Count: Math.Min(a.Value, actual.GetValueOrDefault(a.Key))))
                .Where(a => a.Count > 0).OrderBy(a => a.Name, StringComparer.Ordinal);
            File.WriteAllLines(Accepted, fallen.Select(a => $"{a.Count} {a.Name}"));
        }
        var faults = actual.Where(a => a.Value > accepted.GetValueOrDefault(a.Key))
            .Select(a => $"{a.Key}: expected at most {accepted.GetValueOrDefault(a.Key)}, found {a.Value}");
        Assert.True(!faults.Any(), $"lines over {MostColumns} columns; break them:\n{string.Join('\n', faults)}");
    }

    [Theory]
    [InlineData("One. Two words here now. Three is (a longer one).\n", "Two words here now./Three is (a longer one).")]
    [InlineData("It is\non two lines\n# A heading\n- an item of mine", "It is on two lines/an item of mine")]
    [InlineData("```\na line of code here\n```\nSee [this page here](a/b.md) now", "See [this page here] now")]
    [InlineData("| a cell with four words | +1.5 (+1.1 to +1.9) |\n|---|---|", "a cell with four words")]
    public void Sentences_OfMarkdown_AreParagraphsCutAtFullStops(string markdown, string sentences) =>
        Assert.Equal(sentences, string.Join('/', Prose.Sentences(markdown)));

    [Fact]
    public void Words_SignsAlone_DoNotCount() => Assert.Equal(4, Prose.Words("a → `vaal next` – 12"));

    [Fact]
    public void NinetiethPercentile_OfTenLengths_IsTheNinth() =>
        Assert.Equal(9, Prose.NinetiethPercentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]));

    private static Dictionary<string, int> LongLines() =>
        Repository.Sources().GroupBy(p => Path.GetFileName(p)!)
            .Select(g => (Name: g.Key, Count: g.Sum(p => File.ReadLines(p).Count(l => l.Length > MostColumns))))
            .Where(g => g.Count > 0).ToDictionary(g => g.Name, g => g.Count);
}
