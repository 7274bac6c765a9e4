using CsCheck;
using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Sets of classes that go out and come back.</summary>
public sealed partial class WorkspaceMultiLabelTests
{
    /// <summary>Classes with separators, quotes and signs that begin formulas; sets of none to all of them.</summary>
    private static readonly string[] Names = ["cat", "a,b", "x|y; z", "=1+1", "[odd]", "\"q\"", "größe", "dog"];

    public static TheoryData<string> SeveralFormats =>
        [.. LabelFormats.All.Values.Where(f => f is { HoldsSeveral: true, Write: not null }).Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(SeveralFormats))]
    public void Export_AnySets_ComeBackAsTheyWere(string format)
    {
        var none = LabelFormats.Named(format).HoldsNone;
        var round = 0;
        Gen.Int[none ? 0 : 1, (1 << Names.Length) - 1].Array[Images].Sample(sets =>
        {
            using var from = Made($"from{round}", several: true);
            using var to = Made($"to{round}", several: true);
            from.AddClasses(Names);
            var images = from.Images();
            from.Annotate([.. sets.Select((bits, i) => new LabelOperation($"{i}", images[i].Id, LabelKind.Label)
            {
                Classes = [.. Names.Where((_, k) => (bits >> k & 1) == 1)],
            })], "ann");
            var (file, count, _) = from.Export(ExportWhat.Labelled, format);
            round++;
            var report = to.Import(file, new() { Format = format });
            return report.Problems.Count == 0 && count == Images && Said(from) == Said(to);
        }, iter: 4, threads: 1, seed: "0N0XIzNsQ0O2");
    }

    /// <summary>As on the page: shapes of a class that the image has still stay, and so do classes without
    /// shapes.</summary>
    [Fact]
    public void Import_Replace_KeepsWhatTheNewLabelDoesNotSpeakOf()
    {
        var id = _ids["0.png"];
        var (cat, dog) = (new Box("cat", 1, 1, 9, 9), new Box("dog", 1, 1, 9, 9));
        _w.Annotate([new("a", id, LabelKind.Label) { Classes = ["cat", "dog", "sky"], Shapes = [cat, dog] }], "ann");
        Import("path,label\n0.png,cat|sky|emu\n", options: new() { Replace = true });
        Assert.Equal("0: cat emu sky", Said());
        Assert.Equal([cat], _w.LabelFor(id)!.Shapes);
        ImportReport Drawn(bool replace) => Import(
            """[{ "path": "0.png", "shapes": [{ "type": "box", "class": "dog", "box": [1, 1, 9, 9] }] }]""", "in.json",
            new() { Replace = replace });
        Drawn(replace: true);
        Assert.Equal("0: dog emu sky", Said());
        Assert.Equal([dog], _w.LabelFor(id)!.Shapes);
        foreach (var replace in new[] { true, false })
        {
            var again = Drawn(replace);
            Assert.Equal((1, 0, 0), (again.Unchanged, again.Replaced, again.Problems.Count));
        }
    }

    [Theory]
    [InlineData("image-folder"), InlineData("masks")]
    public void Export_ToAFormatOfOneClass_IsRefusedInOneLine(string format)
    {
        Import("path,label\n0.png,cat|dog\n1.png,cat\n");
        Assert.Equal($"{format} holds one class an image, and 0.png has 'cat' and 'dog'; export as coco, csv, cvat, "
            + "json, label-studio, one-hot, parquet",
            Assert.Throws<InputException>(() => _w.Export(ExportWhat.Labelled, format)).Message);
    }

    [Fact]
    public void Export_SetsOfOneClass_FitAFormatOfOneClass()
    {
        Import("path,label\n0.png,cat\n1.png,dog\n");
        var (path, _, _) = _w.Export(ExportWhat.Labelled, "image-folder");
        Assert.True(File.Exists(Path.Combine(path, "dog", "1.png")));
    }

    [Fact]
    public void Export_OneHot_LeavesBlanksToBeFilledIn()
    {
        _w.AddClasses("cat", "dog");
        Import("path,label\n0.png,cat\n1.png,[]\n");
        var (file, _, _) = _w.Export(ExportWhat.All, "one-hot");
        var text = File.ReadAllText(file);
        Assert.Equal("filename,cat,dog\n0.png,1,0\n1.png,0,0\n2.png,,\n3.png,,\n4.png,,\n5.png,,\n", text);
        var report = Import(text.Replace("3.png,,", "3.png,1,1", StringComparison.Ordinal), "filled.csv");
        Assert.Equal((1, 2, 0), (report.Added, report.Unchanged, report.Problems.Count));
        Assert.Equal("0: cat | 1: (none) | 3: cat dog", Said());
    }

    [Fact]
    public void Export_LabelStudio_AsksForSeveralChoices()
    {
        Import("path,label\n0.png,cat|dog\n");
        var (path, _, _) = _w.Export(ExportWhat.All, "label-studio");
        Assert.Contains("<Choices name=\"choice\" toName=\"image\" choice=\"multiple\">",
            File.ReadAllText(Path.ChangeExtension(path, ".config.xml")), StringComparison.Ordinal);
    }
}
