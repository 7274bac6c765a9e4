namespace Vaal.Tests.House;

/// <summary>Sentences of the documents and lines of code stay short.</summary>
public sealed class PlainEnglishTests
{
    private const int MostWords = 28, MostColumns = 120, MostLines = 310;

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

    [Fact]
    public void Code_LinesOver120Columns_AreRefused()
    {
        var faults =
            from file in Repository.Code()
            from line in File.ReadLines(file).Index()
            where line.Item.Length > MostColumns
            select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Index + 1}: found {line.Item.Length}";
        var list = string.Join('\n', faults);
        Assert.True(list.Length == 0, $"expected at most {MostColumns} columns; break these lines:\n{list}");
    }

    /// <summary>Of the product; files of tests are lists of cases, and a style sheet is one list.</summary>
    [Fact]
    public void Code_FilesOverAbout300Lines_AreRefused()
    {
        var faults =
            from file in Repository.Code()
            where file.StartsWith(Path.Combine(Repository.Root, "src"), StringComparison.Ordinal)
            where !file.EndsWith(".css", StringComparison.Ordinal)
            let lines = File.ReadLines(file).Count()
            where lines > MostLines
            select $"{Path.GetRelativePath(Repository.Root, file)}: found {lines}";
        var list = string.Join('\n', faults);
        Assert.True(list.Length == 0, $"expected at most {MostLines} lines; give each purpose a file:\n{list}");
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
}
