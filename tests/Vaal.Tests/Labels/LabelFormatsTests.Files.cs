using System.IO.Compression;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>Folders and archives: what is overwritten, unpacked or left alone.</summary>
public sealed partial class LabelFormatsTests
{
    [Theory]
    [InlineData("yolo")]
    [InlineData("image-folder")]
    public void ExportFolder_SomebodyElsesOrChanged_IsLeftAlone(string format)
    {
        using var pictures = new TemporaryFolder();
        using var output = new TemporaryFolder();
        var request = new ExportRequest(
            [new ExportRow("a.png", pictures.Write("a.png", Picture(2, 2)), 2, 2) { Class = "cat",
            Shapes = [new Box("cat", 0, 0, 2, 2)] }], []);
        output.Write("theirs/notes.txt", "mine");
        var problem = Assert.Throws<InputException>(() => LabelFormats.Export(request, format, output["theirs"]));
        Assert.EndsWith(
            "theirs is not empty and is not an export of vaal; move it away or export to another folder",
            problem.Message,
            StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(output["theirs/notes.txt"]));

        output.Write("table/vaal.csv", "path,label");                              // a file of that name is no mark
        output.Write("table/thesis.tex", "mine");
        Assert.Contains(
            "not an export of vaal",
            Assert.Throws<InputException>(() => LabelFormats.Export(request, format, output["table"])).Message,
            StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(output["table/thesis.tex"]));

        LabelFormats.Export(request, format, output["ours"]);
        LabelFormats.Export(request, format, output["ours"]);                       // as it was left: replaced
        var picture = Sources.Files(output["ours"]).Single(f => f.EndsWith("a.png", StringComparison.Ordinal));
        foreach (var work in new Action[]
        {
            () => output.Write("ours/extra.txt", "work"),
            () => File.AppendAllText(output["ours/vaal.csv"], "a.png,dog,,,,,a.png\n"),
            () => File.Move(picture, Path.Combine(output["ours"], "elsewhere.png")),
            () => File.Delete(picture),
        })
        {
            // also at once: no time of writing tells it
            work();
            var before = Contents(output);
            Assert.Contains(
                "has been changed",
                Assert.Throws<InputException>(() => LabelFormats.Export(request, format, output["ours"])).Message,
                StringComparison.Ordinal);
            Assert.Equal(before, Contents(output));
            Directory.Delete(output["ours"], recursive: true);
            LabelFormats.Export(request, format, output["ours"]);
        }
    }

    /// <summary>Two exports to one folder would mix what they write: the second is refused.</summary>
    [Fact]
    public void ExportFolder_WhileAnotherWritesIt_IsRefused_AndTheOtherIsWhole()
    {
        using var output = new TemporaryFolder();
        ExportFolder.Create(output["tree"], folder =>
        {
            File.WriteAllText(Path.Combine(folder, "a.txt"), "a");
            Assert.Equal($"another export writes {output["tree"]}; wait for it, or export to another folder",
                Assert.Throws<InputException>(() => ExportFolder.Create(output["tree"], _ => { })).Message);
            ExportFolder.Create(output["other"], other => File.WriteAllText(Path.Combine(other, "b.txt"), "b"));
        });
        Assert.Equal("a", File.ReadAllText(output["tree/a.txt"]));
        Assert.Equal("b", File.ReadAllText(output["other/b.txt"]));
        Assert.Equal(["other", "tree"],
            Directory.EnumerateFileSystemEntries(output["."]).Select(Path.GetFileName).Order());
        ExportFolder.Create(output["tree"], folder => File.WriteAllText(Path.Combine(folder, "c.txt"), "c"));
        Assert.Equal("c", File.ReadAllText(output["tree/c.txt"]));
    }

    // the user's own images are only ever read, whatever becomes of an export
    [Theory]
    [InlineData("yolo")]
    [InlineData("masks")]
    [InlineData("image-folder")]
    public void ExportFolder_Pictures_AreCopiesAndNoneMayBeMissing(string format)
    {
        using var pictures = new TemporaryFolder();
        using var output = new TemporaryFolder();
        var bytes = Picture(2, 2);
        Shape[] shapes = format == "yolo" ? [new Box("cat", 0, 0, 2, 2)] : [];
        var request = new ExportRequest(
            [new ExportRow("a.png", pictures.Write("a.png", bytes), 2, 2) { Class = "cat", Shapes = shapes },
            new ExportRow("b.png", pictures.Write("b.png", bytes), 2, 2) { Class = "cat", Shapes = shapes }], []);
        File.SetAttributes(pictures["a.png"], FileAttributes.ReadOnly);
        LabelFormats.Export(request, format, output["out"]);
        var copy = Sources.Files(output["out"]).Single(f => f.EndsWith("a.png", StringComparison.Ordinal));
        Assert.Equal(bytes, File.ReadAllBytes(copy));
        File.AppendAllText(copy, "x");
        Assert.Equal(bytes, File.ReadAllBytes(pictures["a.png"]));
        File.Delete(pictures["b.png"]);
        Assert.Equal(
            "the image b.png is not there any more; run 'vaal init' again",
            Assert.Throws<InputException>(() => LabelFormats.Export(request, format, output["again"])).Message);
        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(output.Path).Select(Path.GetFileName));
        File.SetAttributes(pictures["a.png"], FileAttributes.Normal);
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void Export_FailsHalfWay_LeavesWhatWasThere(string format)
    {
        using var output = new TemporaryFolder();
        var good = new ExportRow("a.jpg", output.Write("a.jpg", Picture(2, 2)), 2, 2)
        {
            Class = "cat",
            Shapes = [new Box("cat", 0, 0, 2, 2)]
        };
        LabelFormats.Export(new ExportRequest([good], ["cat"]), format, Target(output, format));
        var before = Contents(output);
        var bad = new ExportRequest(new Failing([good, good]), ["cat"]);
        Assert.Throws<InvalidOperationException>(() => LabelFormats.Export(bad, format, Target(output, format)));
        Assert.Equal(before, Contents(output));
    }

    /// <summary>
    /// Breaks when the fourth pass over the rows comes to the second: the first ones check them and count the classes.
    /// </summary>
    private sealed class Failing(ExportRow[] rows) : IReadOnlyList<ExportRow>
    {
        private int _passes;

        public int Count => rows.Length;
        public ExportRow this[int index] => index == 0 ? rows[0] : throw new InvalidOperationException("gone");

        public IEnumerator<ExportRow> GetEnumerator()
        {
            _passes++;
            yield return rows[0];
            yield return _passes <= 3 ? rows[1] : throw new InvalidOperationException("gone");
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>A hundred thousand images take a while to copy.</summary>
    [Theory]
    [InlineData("yolo")]
    [InlineData("image-folder")]
    [InlineData("masks")]
    public void Export_StoppedBetweenTwoImages_LeavesNothing(string format)
    {
        using var pictures = new TemporaryFolder();
        using var output = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var rows = new Watched([Row("a.png"), Row("b.png")], () =>
        {
            if (Directory.EnumerateFiles(output.Path, "a.png", SearchOption.AllDirectories).Any()) stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => LabelFormats.Export(
            new ExportRequest(rows, ["cat"]) { Cancel = stop.Token }, format, output["out"]));
        Assert.True(stop.IsCancellationRequested);
        Assert.Empty(Directory.EnumerateFileSystemEntries(output.Path));

        ExportRow Row(string name) => new(name, pictures.Write(name, Picture(2, 2)), 2, 2)
        {
            Class = "cat",
            Shapes = [new Box("cat", 0, 0, 2, 2)]
        };
    }

    /// <summary>Calls somebody before each row but the first.</summary>
    private sealed class Watched(ExportRow[] rows, Action between) : IReadOnlyList<ExportRow>
    {
        public int Count => rows.Length;
        public ExportRow this[int index] => rows[index];

        public IEnumerator<ExportRow> GetEnumerator()
        {
            foreach (var (i, row) in rows.Index())
            {
                if (i > 0) between();
                yield return row;
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private static List<string> Contents(TemporaryFolder folder)
        => [.. Sources.Files(folder.Path)
            .Select(f =>
                $"{Sources.Relative(folder.Path, f)} " +
                $"{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}")];

    [Fact]
    public void Zip_OfExport_IsRead()
    {
        using var folder = new TemporaryFolder();
        ZipFile.CreateFromDirectory(
            InteropSamples.Folder("datumaro", "cvat_dataset", "for_images", "export_project"), folder["cvat.zip"]);
        var result = LabelFormats.Import(folder["cvat.zip"], null, ImportContext.Empty);
        Assert.Equal(6, result.Annotations.Count);
        ZipFile.CreateFromDirectory(
            InteropSamples.Folder("datumaro", "imagenet_dataset"), folder["images.zip"], CompressionLevel.Fastest,
            includeBaseDirectory: true);
        Assert.Equal(3, LabelFormats.Import(folder["images.zip"], null, ImportContext.Empty).Annotations.Count);
    }

    [Fact]
    public void Zip_EntriesThatLeaveTheFolder_AreListedAndNeverWritten()
    {
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["x.zip"], ZipArchiveMode.Create))
            foreach (
                var name in new[] { "labels.csv", "../escaped.csv", "/absolute.csv", "a/../../b.csv", "C:\\x.csv" })
            {
                using var entry = new StreamWriter(zip.CreateEntry(name).Open());
                entry.Write("path,label\na.jpg,cat\n");
            }
        var result = LabelFormats.Import(folder["x.zip"], null, ImportContext.Empty);
        Assert.Equal("a.jpg", Assert.Single(result.Annotations).Image);
        Assert.Equal(
            ["archive entry '../escaped.csv'", "archive entry '/absolute.csv'", "archive entry 'a/../../b.csv'",
                "archive entry 'C:\\x.csv'"], result.Problems.Select(p => p.Where));
        Assert.False(File.Exists(Path.Combine(Path.GetTempPath(), "escaped.csv")));
    }

    [Fact]
    public void Zip_Bomb_StopsAtTheLimit()
    {
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["x.zip"], ZipArchiveMode.Create))
        using (var entry = zip.CreateEntry("labels.csv").Open())
            for (var i = 0; i < 64; i++) entry.Write(new byte[1 << 20]);
        var context = ImportContext.Empty with { MaxUnpackedBytes = 8 << 20 };
        Assert.Equal(
            "the archive unpacks to more than 8 MiB",
            Assert.Throws<InputException>(() => LabelFormats.Import(folder["x.zip"], null, context)).Message);
    }

    [Fact]
    public void Import_FileOverTheLimit_IsRefusedUnread()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("l.csv", "path,label\n" + new string('x', 3 << 20));
        var problem = Assert.Throws<InputException>(
            () => LabelFormats.Import(path, null, ImportContext.Empty with { MaxFileBytes = 1 << 20 }));
        Assert.Equal("l.csv has 3 MiB; at most 1 MiB are read; split it", problem.Message);
    }
}
