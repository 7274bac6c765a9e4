using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Labels;

/// <summary>
/// Label files and trees as other tools leave them, below <c>cases</c> of the real data, each with its right value.
/// </summary>
public sealed class LabelCasesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string> Cases => new()
    {
        { "01-yolo-yaml-other-name", ".", "images/train/p1.png: box tin 9 4 6 8, box jar 9 4 6 8 | images/val/p2.png: "
            + "box jar 9 4 6 8" },
        { "02-roboflow-coco-splits", ".", "test/test_a_jpg.rf.02.png: box tin 2 3 10 6 | train/train_a_jpg.rf.00.png: "
            + "box tin 2 3 10 6 | valid/valid_a_jpg.rf.01.png: box tin 2 3 10 6" },
        { "03-roboflow-classes-csv", ".", "train/train1.png: ripe | train/train2.png: raw | valid/valid1.png: ripe | "
            + "valid/valid2.png: raw" },
        { "05-voc-lowercase-annotations", ".", "images/p1.png: box tin 2 3 10 6 | images/p2.png: box tin 2 3 10 6, box "
            + "jar 2 3 10 6" },
        { "06-voc-one-level-down", ".", "SET/JPEGImages/p1.png: box tin 2 3 10 6 | SET/JPEGImages/p2.png: box jar 2 3 "
            + "10 6" },
        { "07-labelme-tree", ".", "annotated/p1.png: box tin 2 3 10 6 | annotated/p2.png: box tin 2 3 10 6" },
        { "08-via-tree", ".", "val/p1.png: polygon - 2 3 12 3 12 9 | val/p2.png: polygon - 2 3 12 3 12 9" },
        { "09-labelimg-classes-in-labels", ".", "images/p1.png: box jar 9 4 6 8" },
        { "10-same-name-other-folder", "all.json", "batch_1/0001.png: box tin 2 3 10 6" },
        { "11-yolo-pose-odd", ".", "images/p1.png: box tin 7.2 4.8 9.6 6.4" },
        { "12-yolo-names-flow-map", ".", "images/p1.png: box big jar 9 4 6 8" },
        { "13-ls-yolo-notes-json", ".", "images/1a2b3c4d-p1.png: box jar 9 4 6 8" },
        { "14-csv-boxes-header", "t.csv", "p1.png: box tin 2 3 10 6, box tin 1 1 4 4 | p2.png: box jar 2 3 10 6 | "
            + "p3.png: box jar 2 3 10 6, box tin 1 1 4 4" },
        { "15-csv-boxes-no-header", "t.csv", "p1.png: box tin 3 4 17 8 | p2.png: box jar 1 2 7 7 | p3.png: nothing" },
        { "16-csv-json-cells", "t.csv", "p1.png: box tin 2.4 1.6 4.8 4.8" },
        { "17-csv-space-after-comma", "t.csv", "p1.png: tin | p2.png: tin" },
        { "18-csv-excel-sep-line", "t.csv", "p1.png: tin" },
        { "19-ls-one-object", "1.json", "p1.png: tin" },
        { "19-ls-one-object", "2.json", "p2.png: jar" },
        { "19-ls-one-object", ".", "p1.png: tin | p2.png: jar" },
    };

    /// <summary>The cases that are folders.</summary>
    public static TheoryData<string, string> Folders =>
        [.. Cases.Where(c => c.Data.Item2 == ".").Select(c => (c.Data.Item1, c.Data.Item3))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Import_FilesOfAnotherTool_GivesTheRightLabels(string name, string file, string labels)
    {
        using var workspace = Case(name);
        workspace.Import(Path.Combine(_folder["data"], file), new());
        Assert.Equal(labels, Said(workspace));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Import_TheSameAsAnArchiveFromElsewhere_GivesTheSameLabels(string name, string labels)
    {
        using var workspace = Case(name);
        ZipFile.CreateFromDirectory(RealData.Folder($"cases/{name}/data"), _folder["all.zip"]);
        workspace.Import(_folder["all.zip"], new());
        Assert.Equal(labels, Said(workspace));
    }

    [Fact]
    public void Import_NameInAContradictingFolder_IsNoImage()
    {
        using var workspace = Case("10-same-name-other-folder");
        var report = workspace.Import(_folder["data/all.json"], new());
        Assert.Equal(["no image 'batch_2/0001.png' in the workspace; 'batch_1/0001.png' has the same file name, but "
            + "lies in another folder",
            "no image 'batch_3/0002.png' in the workspace; 'batch_2/0002.png' has the same file name, but lies in "
                + "another folder"], report.Problems.Select(p => p.Message));
    }

    /// <summary>Of a workspace of one of the folders: its own name tells which entries are its.</summary>
    [Fact]
    public void Import_FileOfSeveralFolders_TakesThoseOfTheImageFolderOnly()
    {
        Case("10-same-name-other-folder").Dispose();
        Directory.Delete(_folder["data/.vaal"], recursive: true);
        File.Copy(_folder["data/batch_1/0001.png"], _folder["data/batch_2/0001.png"]);
        using var workspace = Workspace.Create(_folder["data/batch_2"]);
        workspace.Index(new() { NearDuplicates = 0 });
        workspace.Import(_folder["data/all.json"], new());
        Assert.Equal("0001.png: box jar 2 3 10 6", Said(workspace));
    }

    [Fact]
    public void Import_KeyPoints_AreSaidToBeLeftOut()
    {
        using var workspace = Case("11-yolo-pose-odd");
        Assert.Contains(workspace.Import(_folder["data"], new()).Problems, p => p.Message == "4 key points not read");
    }

    [Fact]
    public void Import_SeveralClassesInACell_AreRefused()
    {
        using var workspace = Case("16-csv-json-cells");
        var problem = Assert.Single(workspace.Import(_folder["data/t.csv"], new()).Problems);
        Assert.Equal($"line 3: has the classes 'tin' and 'jar'; {Text.OneOnly}", problem.ToString());
    }

    [Fact]
    public void Import_RoboflowMasks_AreLabelsAndNoImages()
    {
        using var workspace = Case("04-roboflow-masks-beside");
        Assert.Equal(["train/train1_jpg.rf.1.png", "valid/valid1_jpg.rf.1.png"], workspace.Images().Select(i => i.Path)
            .Order());
        var report = workspace.Import(_folder["data"], new());
        Assert.DoesNotContain(workspace.Labels(), l => l.Class is "train" or "valid");
        Assert.All(report.Problems, p => Assert.Contains("_mask.png", p.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Decode_WebpTurnedByExifWithPrefix_IsTheSamePicture()
    {
        using var workspace = Case("20-webp-exif-orientation");
        Assert.All(workspace.Images(), i => Assert.Equal((16, 24), (i.Width, i.Height)));
        Assert.Single(workspace.Images(), i => i.DuplicateOf is not null);
    }

    [Theory]
    [InlineData("0345-json-ls-x.json")]
    [InlineData("0614-coco-poly-1e308-x.json")]
    [InlineData("0620-coco-bbox-x.json")]
    [InlineData("0678-cvat-1e308-x.xml")]
    [InlineData("0777-ls-rect-x.json")]
    public void Import_NumbersThatAreNotPossible_AreListedAndEveryExportWorks(string file)
    {
        var path = Path.Combine(RealData.Folder("cases/attack"), "non-finite", file);
        for (var i = 1; i <= 20; i++) _folder.Write($"data/{i:000}.jpg", Pictures.Random(i));
        using var workspace = Workspace.Create(_folder["data"]);
        workspace.Index(new() { NearDuplicates = 0 });
        Assert.NotEmpty(workspace.Import(path, new()).Problems);
        foreach (var format in new[] { "coco", "label-studio", "json", "cvat" })
            workspace.Export(ExportWhat.All, format, _folder[$"out.{format}"]);
    }

    [Theory]
    [InlineData("yaml-escapes", "café")]
    [InlineData("yaml-names-twice/0730-yolo-yaml-2names", null)]
    [InlineData("yaml-not-utf8/0734-yolo-yaml-inv", null)]
    public void Import_YamlThatIsOdd_GivesTheRightClassOrIsRefused(string name, string? expected)
    {
        var path = Path.Combine(RealData.Folder("cases/attack"), name);
        if (expected is null)
            Assert.Contains("data.yaml", Assert.Throws<InputException>(() => Read(path)).Message,
                StringComparison.Ordinal);
        else Assert.Equal(expected, Assert.Single(Assert.Single(Read(path).Annotations).Shapes).Class);
    }

    [Fact]
    public void Import_RowWithAnotherSeparator_IsListed()
    {
        var problem = Assert.Single(
            Read(Path.Combine(RealData.Folder("cases/attack"), "csv-mixed/0661-csv-mixed-x.csv")).Problems);
        Assert.Equal("line 2: has 1 cell; expected 2, as in the first line; the row is separated by ';'",
            problem.ToString());
    }

    [Fact]
    public void Import_Pipe_IsRefusedAtOnce()
    {
        Assert.SkipWhen(RuntimeInformation.IsOSPlatform(OSPlatform.Windows), "no pipes in folders");
        foreach (var name in new[] { "labels.csv", "labels.json", "labels/p1.txt" })
        {
            Directory.CreateDirectory(_folder["labels"]);
            using var made = System.Diagnostics.Process.Start("mkfifo", _folder[name])!;
            made.WaitForExit();
        }
        Assert.Contains("is a pipe or a device",
            Assert.Throws<InputException>(() => Read(_folder["labels.csv"])).Message, StringComparison.Ordinal);
        Assert.Contains("is a pipe or a device",
            Assert.Throws<InputException>(() => Read(_folder["labels.json"])).Message, StringComparison.Ordinal);
        Assert.Contains("is a pipe or a device", Assert.Throws<InputException>(() => Read("/dev/zero")).Message,
            StringComparison.Ordinal);
        _folder.Write("data.yaml", "names: [cat]");
        Assert.Contains("is a pipe or a device",
            Assert.Throws<InputException>(() => Read(_folder.Path, "yolo")).Message, StringComparison.Ordinal);
    }

    private static ImportResult Read(string path, string? format = null)
        => LabelFormats.Import(path, format, new ImportContext(_ => (120, 120)));

    private Workspace Case(string name)
    {
        var source = RealData.Folder($"cases/{name}/data");
        foreach (var file in Sources.Files(source))
            _folder.Write("data/" + Sources.Relative(source, file), File.ReadAllBytes(file));
        var workspace = Workspace.Create(_folder["data"]);
        workspace.Index(new() { NearDuplicates = 0 });
        return workspace;
    }

    /// <summary>Every label, by path, with its shapes in pixels.</summary>
    internal static string Said(Workspace workspace)
    {
        var paths = workspace.Images().ToDictionary(i => i.Id, i => i.Path);
        return string.Join(" | ", workspace.Labels().OrderBy(l => paths[l.Image], StringComparer.Ordinal).Select(l =>
        {
            string[] parts = [.. l.Class is null ? Array.Empty<string>() : [l.Class], .. l.Shapes.Select(Words)];
            return $"{paths[l.Image]}: {(parts.Length == 0 ? "nothing" : string.Join(", ", parts))}";
        }));
    }

    private static string Words(Shape shape)
    {
        double[] numbers = shape switch
        {
            Box b => [b.X, b.Y, b.Width, b.Height],
            Polygon p => [.. p.Rings.SelectMany(r => r).SelectMany(q => new[] { q.X, q.Y })],
            Mask m => [.. m.Runs],
            _ => [],
        };
        var told = string.Join(' ', numbers.Select(n => Math.Round(n, 3).ToString(CultureInfo.InvariantCulture)));
        return $"{shape.GetType().Name.ToLowerInvariant()} {shape.Class ?? "-"} {told}";
    }
}
