using Parquet;
using Parquet.Schema;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>Classes of manifests, files that are longer than what is looked at, and texts that are none.</summary>
public sealed partial class MisreadingTests
{
    private const string SpreadsheetError =
        "the class is the spreadsheet's error '#N/A'; expected a name, mend the formula";

    [Theory]
    [InlineData(" cat", false, "cat")]
    [InlineData("cat|dog", true, "cat|dog")]
    [InlineData("cat|dog", false, "t.parquet row 1: 'a.png' has the classes 'cat', 'dog'; " + Text.OneOnly)]
    [InlineData("#N/A", false, "t.parquet row 1: " + SpreadsheetError)]
    [InlineData("#N/A", true, "t.parquet row 1: " + SpreadsheetError)]
    [InlineData("['cat', 'dog']", true,
        "t.parquet row 1: the classes are '['cat', 'dog']'; expected names, found structured text")]
    [InlineData("{cat}", true, "t.parquet row 1: the classes are '{cat}'; expected names, found structured text")]
    public async Task Manifest_ClassesOfParquet_AreThoseOfCsv(string label, bool several, string expected) =>
        Assert.Equal(expected, ClassIn(await TableOf(label), several));

    [Theory]
    [InlineData("path,label\na.png,#N/A\n", true, "m.csv line 2: " + SpreadsheetError)]
    [InlineData("path,label\na.png,{cat}\n", true,
        "m.csv line 2: the classes are '{cat}'; expected names, found structured text")]
    [InlineData("path,label,rank,score,reason,pre_label\na.png,a|b,,,,\n", true, "[\"a|b\"]")]
    [InlineData("path,label,rank,score,reason,pre_label\na.png,a|b,,,,\n", false, "a|b")]
    [InlineData("path,label,rank,score,reason,pre_label\na.png,#N/A,,,,\n", false, "m.csv line 2: " + SpreadsheetError)]
    public void Manifest_ClassesOfCsv_AreChecked(string text, bool several, string expected) =>
        Assert.Equal(expected, ClassIn(_folder.Write("m.csv", text), several));

    [Fact]
    public async Task Parquet_ErrorOfASpreadsheet_IsNoClass()
    {
        using var workspace = Pictures();
        var report = workspace.Import(await TableOf("#N/A"), new());
        Assert.Equal(("", "row 1: " + SpreadsheetError),
            (LabelCasesTests.Said(workspace), string.Join(" | ", report.Problems)));
    }

    /// <summary>With sorted keys the picture comes before the shapes.</summary>
    [Fact]
    public void LabelMe_ShapesBehindALongPicture_AreRead()
    {
        void Write(string name, string shapes) => _folder.Write($"labels/{name}.json", $$$"""
            {"flags": {}, "imageData": "{{{new string('A', 400_000)}}}", "imageHeight": 64,
             "imagePath": "{{{name}}}.png", "imageWidth": 64, {{{shapes}}}"version": "5.2.1"}
            """);
        Write("a", """
            "shapes": [{"label": "cat", "points": [[2, 3], [12, 9]], "shape_type": "rectangle"}],
            """);
        Write("b", "");
        using var workspace = Pictures();
        var report = workspace.Import(_folder["labels"], new());
        Assert.Equal(("a.png: box cat 2 3 10 6", "b.json: has no 'shapes'"),
            (LabelCasesTests.Said(workspace), string.Join(" | ", report.Problems)));
    }

    [Fact]
    public void Supervisely_SizeBehindLongObjects_IsRead()
    {
        _folder.Write("data/img/a.png", Tests.Pictures.Random(7));
        _folder.Write("data/ann/a.png.json", $$$"""
            {"description": "", "objects": [{"classTitle": "cat", "description": "{{{new string('A', 400_000)}}}",
              "geometryType": "rectangle", "points": {"exterior": [[2, 3], [12, 9]], "interior": []}}],
             "size": {"height": 64, "width": 64}, "tags": []}
            """);
        using var workspace = Pictures();
        Assert.Empty(workspace.Import(_folder["data"], new()).Problems);
        Assert.Equal("img/a.png: box cat 2 3 10 6", LabelCasesTests.Said(workspace));
    }

    /// <summary>The first release does not say that a line is open.</summary>
    [Fact]
    public void Bdd100k_LanesOfTheFirstRelease_AreListed() => Assert.Equal(
        ("a.png: polygon area/drivable 1 1 9 1 9 9", "b.json: 'a.png', not read: 2 'lane/single white'"),
        Imported("b.json", """
            {"name": "a.png", "attributes": {"weather": "clear"}, "frames": [{"timestamp": 10000, "objects": [
              {"category": "lane/single white", "id": 1, "poly2d": [[1, 1, "L"], [9, 1, "L"], [9, 9, "L"]]},
              {"category": "lane/single white", "id": 2, "poly2d": [[1, 1, "L"], [9, 1, "C"], [9, 9, "C"]]},
              {"category": "area/drivable", "id": 3, "poly2d": [[1, 1, "L"], [9, 1, "L"], [9, 9, "L"]]}]}]}
            """));

    /// <summary>A list of names beside the labels does not know of the key points that data.yaml states.</summary>
    [Fact]
    public void Yolo_KeyPointsWithAListOfNamesBeside_AreNoPolygon()
    {
        _folder.Write("in/data.yaml", "kpt_shape: [2, 2]\nnames: [cat]\n");
        _folder.Write("in/labels/classes.txt", "cat\n");
        _folder.Write("in/labels/a.txt", "0 0.5 0.5 0.5 0.5 0.1 0.1 0.2 0.2\n");
        var result = LabelFormats.Import(_folder["in"], null, new ImportContext(_ => (64, 64)));
        Assert.Equal(new Box("cat", 16, 16, 32, 32), Assert.Single(Assert.Single(result.Annotations).Shapes));
        Assert.Equal("labels/a.txt: 2 key points not read", Assert.Single(result.Problems).ToString());
    }

    /// <summary>Half a surrogate pair is JSON, and no text.</summary>
    [Theory]
    [InlineData("path,label\na.png,\"[\"\"\\ud800\"\"]\"\n",
        "line 2: the class is '[\"\\ud800\"]'; expected a name, found structured text")]
    [InlineData("filename,region_shape_attributes,region_attributes\na.png,\"{\"\"name\"\":\"\"\\ud800\"\"}\",{}\n",
        "line 2: '{\"name\":\"\\ud800\"}' has text that is not valid Unicode")]
    [InlineData("image,id,label,annotator,annotation_id\na.png,1,\"[\"\"\\ud800\"\"]\",1,1\n",
        "line 2: '[\"\\ud800\"]' has text that is not valid Unicode")]
    public void Csv_HalfASurrogatePairInJson_IsListed(string text, string problem) =>
        Assert.Equal(("", problem), Imported("t.csv", text));

    /// <summary>As deep as JSON may be, one level down. A list in a list is no choice.</summary>
    [Fact]
    public void LabelStudio_DeepestCell_IsListed() => Assert.Equal(("", "line 2: not read: 1 'label'"),
        Imported("t.csv", "image,id,label,annotator,annotation_id\na.png,1,\"" + new string('[', 64) + "\"\"cat\"\""
            + new string(']', 64) + "\",1,1\n"));

    // the class of the only row, or why there is none
    private static string? ClassIn(string table, bool several)
    {
        try
        {
            return Assert.Single(Manifest.Read(table, ImportContext.Empty with { MultiLabel = several })).Class;
        }
        catch (InputException e)
        {
            return e.Message;
        }
    }

    private async Task<string> TableOf(string label)
    {
        var (path, labels) = (new DataField<string>("path"), new DataField<string>("label"));
        using var stream = File.Create(_folder["t.parquet"]);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(path, labels), stream);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(path, new[] { "a.png" });
        await group.WriteAsync(labels, new[] { label });
        return _folder["t.parquet"];
    }
}
