using CsCheck;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

public sealed class CsvTests
{
    private static ImportResult Read(string text, string name = "labels.csv")
    {
        using var folder = new TemporaryFolder();
        return LabelFormats.Import(folder.Write(name, text), "csv", ImportContext.Empty);
    }

    private static (string, string?, string)[] Rows(ImportResult result) =>
        [.. result.Annotations.Select(a => (a.Image, a.Class, a.Where))];

    [Theory]
    [InlineData("path,label\na.jpg,cat\nb.jpg,dog\n")]
    [InlineData("path;label\r\na.jpg;cat\r\nb.jpg;dog")]
    [InlineData("label\tpath\ncat\ta.jpg\ndog\tb.jpg\n")]
    [InlineData("\uFEFFid,Image,Choice\n1,a.jpg,cat\n2,b.jpg,dog\n")]
    [InlineData("\"path\",\"label\"\n\"a.jpg\",\"cat\"\n\"b.jpg\",\"dog\"\n")]
    public void Read_UsualWaysToWriteIt_GivesSameRows(string text)
        => Assert.Equal([("a.jpg", "cat", "line 2"), ("b.jpg", "dog", "line 3")], Rows(Read(text)));

    [Fact]
    public void Read_NoHeader_TakesFirstTwoColumns()
        => Assert.Equal(
            [("x/a.jpg", "cat", "line 1"), ("b.png", "dog", "line 2")], Rows(Read("x/a.jpg,cat\nb.png,dog\n")));

    [Fact]
    public void Read_QuotedCells_KeepDelimiterQuoteAndLineBreak()
    {
        var result = Read("path,label\n\"a, \"\"b\"\".jpg\",\"two\nlines\"\nc.jpg,x\n");
        Assert.Equal([("a, \"b\".jpg", "two\nlines", "line 2"), ("c.jpg", "x", "line 4")], Rows(result));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Read_MalformedRows_AreListedByLineAndChangeNothingElse()
    {
        var result = Read(
            "path,label\na.jpg,cat\nb.jpg\n\n../c.jpg,cat\n,cat\n\"d.jpg\"x,cat\ne.jpg,\nf.jpg,dog\ng.jpg,\"open\n");
        Assert.Equal([("a.jpg", "cat", "line 2"), ("f.jpg", "dog", "line 9")], Rows(result));
        Assert.Equal(["line 3", "line 5", "line 6", "line 7", "line 10"], result.Problems.Select(p => p.Where));
    }

    [Fact]
    public void Read_NotUtf8_IsListed()
    {
        using var folder = new TemporaryFolder();
        var result = LabelFormats.Import(
            folder.Write("l.csv", [.. "path,label\na.jpg,caf"u8, 0xE9, (byte)'\n']), null, ImportContext.Empty);
        Assert.Equal("line 2", Assert.Single(result.Problems).Where);
        Assert.Empty(result.Annotations);
    }

    [Theory]
    [InlineData("path,label")]
    [InlineData("path,label,rank,score,reason,pre_label")]                      // a table that vaal wrote
    public void Read_ErrorsOfASpreadsheet_AreListedAndNoClasses(string header)
    {
        var more = new string(',', header.Count(c => c == ',') - 1);
        string[] errors = ["#N/A", "#REF!", "#NAME?", "#DIV/0!", "#BEZUG!", "#NV", "Err:502"];
        var result = Read(header + "\na.jpg,cat" + more + "\n"
            + string.Concat(errors.Select((e, i) => $"{i}.jpg,{e}{more}\n")) + $"b.jpg,#1{more}\n");
        Assert.Equal(["cat", "#1"], result.Annotations.Select(a => a.Class));
        Assert.Equal(errors.Length, result.Problems.Count);
        Assert.All(result.Problems, p => Assert.Contains("is the spreadsheet's error '", p.Message));
    }

    [Theory]
    [InlineData("labels.xlsx")]
    [InlineData("labels.XLS")]
    [InlineData("labels.ods")]
    public void Import_Spreadsheet_SaysWhatToSave(string name)
    {
        using var folder = new TemporaryFolder();
        var e = Assert.Throws<InputException>(() =>
            LabelFormats.Import(folder.Write(name, "PK\u0003\u0004"), null, ImportContext.Empty));
        Assert.Contains("found the spreadsheet", e.Message);
        Assert.Contains("save it as 'CSV UTF-8'", e.Message);
    }

    [Fact]
    public void Read_NoImageColumn_SaysWhatWasFound()
    {
        var problem = Assert.Throws<InputException>(() => Read("id,score\n1,2\n"));
        Assert.Equal("labels.csv has no column for the image; name one 'path' (found: 'id', 'score')", problem.Message);
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+a", "'+a")]
    [InlineData("-a", "'-a")]
    [InlineData("@a", "'@a")]
    [InlineData("\ta", "'\ta")]
    [InlineData("\ra", "'\ra")]
    [InlineData("'=a", "''=a")]
    [InlineData("'a", "'a")]
    [InlineData("a=b", "a=b")]
    [InlineData("", "")]
    public void Guard_CellLikeFormula_GetsApostropheThatReadingTakesAway(string cell, string guarded)
    {
        Assert.Equal(guarded, Csv.Guard(cell));
        Assert.Equal(cell, Csv.Unguard(guarded));
    }

    [Fact]
    public void Guard_AnyCell_ComesBackAndNeverBeginsLikeFormula() =>
        Gen.String[Gen.Char["'=+-@\t\rab"], 0, 6].Sample(cell =>
    {
        var guarded = Csv.Guard(cell)!;
        Assert.Equal(cell, Csv.Unguard(guarded));
        Assert.DoesNotContain(guarded.FirstOrDefault(), "=+-@\t\r");
    });

    [Fact]
    public void Rows_AnyCells_ComeBackFromLines() =>
        Gen.String[Gen.Char["a,;\"\n\r'= é"], 0, 5].Array[2, 4].Array[1, 5].Sample(rows =>
    {
        // a row of blanks is no row
        var told = rows.Select(r => r.Prepend("x").ToArray()).ToArray();
        var read = CsvText.Rows(string.Concat(told.Select(CsvText.Line)), ',').ToArray();
        Assert.Equal(told, read.Select(r => r.Cells));
        Assert.All(read, r => Assert.Null(r.Problem));
    });

    [Fact]
    public void Write_HostileNames_FileHoldsNoFormula()
    {
        using var folder = new TemporaryFolder();
        var row = new ExportRow(
            "=cmd|' /C calc'!A0.jpg", "", 1, 1)
        { Class = "@SUM(1)", Rank = 1, Score = -0.25, Reason = "+1" };
        LabelFormats.Export(new ExportRequest([row], []), "csv", folder["out.csv"]);
        Assert.Equal(
            "path,label,rank,score,reason,pre_label\n\"'=cmd|' /C calc'!A0.jpg\",'@SUM(1),1,-0.25,'+1,\n",
            File.ReadAllText(folder["out.csv"]));
    }

    [Fact]
    public void Manifest_Csv_GivesPathsAndClasses()
    {
        using var folder = new TemporaryFolder();
        var rows =
            Manifest.Read(folder.Write("m.csv", "id,path,label\n1,a.jpg,cat\n2,/data/b.jpg,\n"), ImportContext.Empty);
        Assert.Equal(
            [new Manifest.Row("a.jpg", "cat", "line 2"), new Manifest.Row("/data/b.jpg", null, "line 3")], rows);
    }
}
