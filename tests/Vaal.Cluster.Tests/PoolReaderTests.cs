using System.Formats.Tar;
using Parquet;
using Parquet.Schema;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;
using Vaal.Tests;

namespace Vaal.Cluster.Tests;

public sealed class PoolReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<LeftOutEntry> _leftOut = [];

    [Fact]
    public void Table_MissingDoubledAndDamagedEntries_AreLeftOutWithTheirLines()
    {
        _folder.Write("a.png", TinyJob.Png(0));
        _folder.Write("b,c.png", TinyJob.Png(1));
        _folder.Write("empty.png", []);
        var table = _folder.Write("pool.csv",
            "path,label\na.png,x\nmissing.png,\na.png,y\n\"b,c.png\",\nempty.png,\n,z\n\"open.png,\n");
        var entries = Entries(table);
        Assert.Equal([("a.png", "x"), ("b,c.png", null)], entries.Select(e => (e.Location, e.Label)));
        Assert.Equal(["line 3", "line 4", "line 6", "line 7", "line 8"], _leftOut.Select(l => l.Where));
        Assert.Contains("no such file", _leftOut[0].Problem);
        Assert.Contains("twice", _leftOut[1].Problem);
    }

    /// <summary>A quote that nobody closes costs its own line alone.</summary>
    [Fact]
    public void Table_CellsWithLineBreaks_AreReadWhole()
    {
        foreach (var name in new[] { "a.png", "b.png", "c.png", "d.png" }) _folder.Write(name, TinyJob.Png(0));
        var entries = Entries(_folder.Write("pool.csv",
            "path,note,label\na.png,\"one\n\ntwo, \"\"three\"\"\",x\n\nb.png,,y\n"
            + "\"open.png,,\n\"c.png\",,z\nd.png,,\n"));
        Assert.Equal([("a.png", "x"), ("b.png", "y"), ("c.png", "z"), ("d.png", null)],
            entries.Select(e => (e.Location, e.Label)));
        Assert.Equal("line 7", Assert.Single(_leftOut).Where);
    }

    [Fact]
    public void Table_Links_AreThatWhichTheyLeadTo()
    {
        var picture = _folder.Write("store/picture", TinyJob.Png(0));
        File.CreateSymbolicLink(_folder["a.png"], picture);
        File.CreateSymbolicLink(_folder["b.png"], _folder["nowhere"]);
        var entry = Assert.Single(Entries(_folder.Write("pool.csv", "path\na.png\nb.png\n")));
        var file = new FileInfo(picture);
        Assert.Equal(("a.png", file.Length, file.LastWriteTimeUtc.Ticks),
            (entry.Location, entry.Length, entry.Modified));
        Assert.Contains("no such file", Assert.Single(_leftOut).Problem);
    }

    [Fact]
    public void Table_WithoutAPath_SaysWhatItHas()
    {
        var error = Assert.Throws<InputException>(() => Entries(_folder.Write("pool.csv", "name,label\na,b\n")));
        Assert.Contains("no column 'path' or 'url'", error.Message);
    }

    [Fact]
    public async Task Parquet_OfTwoRowGroups_IsReadAsTheTableIs()
    {
        foreach (var name in new[] { "a.png", "b.png", "c.png" }) _folder.Write(name, TinyJob.Png(0));
        await WriteParquet("pool.parquet", "path", (["a.png", "missing.png", null], ["x", "x", "x"]),
            (["b.png", "a.png", "c.png"], [null, "y", " "]));
        var entries = Entries(_folder["pool.parquet"]);
        Assert.Equal([("a.png", "x"), ("b.png", null), ("c.png", null)], entries.Select(e => (e.Location, e.Label)));
        Assert.Equal(["row 2", "row 3", "row 5"], _leftOut.Select(l => l.Where));
        Assert.Contains("no such file", _leftOut[0].Problem);
        Assert.Contains("names no image", _leftOut[1].Problem);
        Assert.Contains("twice", _leftOut[2].Problem);
    }

    [Fact]
    public async Task Parquet_LabelsThatAreNumbers_AreTheirDigits()
    {
        foreach (var name in new[] { "a.png", "b.png" }) _folder.Write(name, TinyJob.Png(0));
        var (some, all) = (new DataField<long?>("label"), new DataField<int>("label"));
        await Write("some.parquet", some, async g => await g.WriteAsync<long>(some, new long?[] { -7, null }));
        await Write("all.parquet", all, async g => await g.WriteAsync<int>(all, new[] { 3, 12 }));
        Assert.Equal(["-7", null], Entries(_folder["some.parquet"]).Select(e => e.Label));
        Assert.Equal(["3", "12"], Entries(_folder["all.parquet"]).Select(e => e.Label));
        var real = new DataField<double>("label");
        await Write("real.parquet", real, async g => await g.WriteAsync<double>(real, new[] { 0.5, 1.5 }));
        Assert.StartsWith("expected text or whole numbers in column 'label' of real.parquet, found Double",
            Assert.Throws<InputException>(() => Entries(_folder["real.parquet"])).Message, StringComparison.Ordinal);

        async Task Write(string file, DataField labels, Func<ParquetRowGroupWriter, Task> write)
        {
            var paths = new DataField<string>("path");
            await using var stream = File.Create(_folder[file]);
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(paths, labels), stream);
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(paths, new[] { "a.png", "b.png" });
            await write(group);
        }
    }

    [Fact]
    public async Task Parquet_CutShortOrWithoutAPath_IsRefusedByName()
    {
        await WriteParquet("other.parquet", "name", (["a.png"], ["x"]));
        Assert.Contains("other.parquet has no column 'path' or 'url' (found: 'name', 'label')",
            Assert.Throws<InputException>(() => Entries(_folder["other.parquet"])).Message);
        await WriteParquet("cut.parquet", "path", (["a.png"], ["x"]));
        var bytes = File.ReadAllBytes(_folder["cut.parquet"]);
        File.WriteAllBytes(_folder["cut.parquet"], bytes[..^20]);
        Assert.Contains("cut.parquet is not a whole Parquet file",
            Assert.Throws<InputException>(() => Entries(_folder["cut.parquet"])).Message);
    }

    [Fact]
    public void Tar_InWebDatasetsLayout_GivesImagesWithTheirClasses()
    {
        WriteTar("shard.tar", ("0.png", TinyJob.Png(0)), ("0.cls", "cat"u8.ToArray()), ("1.png", TinyJob.Png(1)),
            ("2.txt", "no image"u8.ToArray()), ("3.cls", "dog"u8.ToArray()), ("3.png", TinyJob.Png(3)));
        var entries = Entries(_folder["shard.tar"]);
        Assert.Equal(["cat", null, "dog"], entries.Select(e => e.Label));
        using var reader = new ImageReader(_folder.Path, new());
        Assert.Equal(TinyJob.Png(3), reader.Read(entries[2]).Bytes);
        Assert.Equal(TinyJob.Png(0), reader.Read(entries[0]).Bytes);
    }

    [Fact]
    public void Tar_CutShort_GivesWhatIsWholeAndSaysSo()
    {
        WriteTar("shard.tar", ("0.png", TinyJob.Png(0)), ("1.png", TinyJob.Png(1)));
        var bytes = File.ReadAllBytes(_folder["shard.tar"]);
        File.WriteAllBytes(_folder["shard.tar"], bytes[..1_300]);
        _ = Entries(_folder["shard.tar"]);
        Assert.Contains(_leftOut, l => l.Problem.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public void Folder_WithALoopOfLinks_GivesEachArchiveOnce()
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(_folder["sub"]);
        WriteTar("sub/t.TAR", ("x.png", TinyJob.Png(1)));
        Directory.CreateSymbolicLink(_folder["sub/again"], _folder.Path);
        Assert.StartsWith("sub/t.TAR#", Assert.Single(Entries(_folder.Path)).Location);
        using var reader = new ImageReader(_folder.Path, new());
        Assert.Equal(TinyJob.Png(1), reader.Read(Assert.Single(Entries(_folder.Path))).Bytes);
    }

    [Fact]
    public void Folder_WithImagesAndArchives_GivesBoth()
    {
        _folder.Write("sub/a.png", TinyJob.Png(0));
        WriteTar("t.tar", ("x.png", TinyJob.Png(1)));
        var entries = Entries(_folder.Path);
        Assert.Equal("sub/a.png", entries[0].Location);
        Assert.StartsWith("t.tar#", entries[1].Location);
    }

    /// <summary>Workers would look for its images in the other folder.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("shard.tar")]
    [InlineData("s3://there/photos/")]
    public void Root_OfWhatIsNoTable_IsRefused(string pool)
    {
        _folder.Write("a.png", TinyJob.Png(0));
        WriteTar("shard.tar", ("0.png", TinyJob.Png(0)));
        var named = pool.Contains("://", StringComparison.Ordinal) ? pool : Path.Combine(_folder.Path, pool);
        Assert.Equal($"expected a table of paths with --root, found {named}, whose images lie in it; leave --root out",
            Assert.Throws<InputException>(() => Entries(named, _folder["other"])).Message);
    }

    [Fact]
    public void Table_WithARoot_IsOfTheImagesThere()
    {
        _folder.Write("images/a.png", TinyJob.Png(0));
        var table = _folder.Write("pool.csv", "path\na.png\n");
        Assert.Equal("a.png", Assert.Single(Entries(table, _folder["images"])).Location);
        Assert.Empty(Entries(table));
    }

    [Fact]
    public void Read_LinkToAPipe_IsNoFile()
    {
        if (OperatingSystem.IsWindows()) return;
        System.Diagnostics.Process.Start("mkfifo", [_folder["pipe"]]).WaitForExit();
        File.CreateSymbolicLink(_folder["a.png"], "pipe");
        using var reader = new ImageReader(_folder.Path, new());
        Assert.Equal("it is a pipe or a device", reader.Read(new PoolEntry("a.png")).Problem);
        File.Delete(_folder["a.png"]);
        File.Move(_folder["pipe"], _folder["b.png"]);
        Assert.Empty(Entries(_folder.Path));
        Assert.Equal("it is a pipe or a device", Assert.Single(_leftOut).Problem);
    }

    [Fact]
    public void Pool_ThatIsNotThere_IsRefused() =>
        Assert.Contains("found no", Assert.Throws<InputException>(() => Entries(_folder["nothing"])).Message);

    [Fact]
    public void Make_InAFolderOfAnotherJob_SaysWhatDiffers()
    {
        using var tiny = new TinyJob(20, 5);
        tiny.Made("out");
        var store = OutputStore.Open(tiny["out"]);
        var error = Assert.Throws<InputException>(() => JobMaker.Make(store, tiny.Wanted with { Budget = 8, Seed = 2 },
            tiny.Pool, tiny["images"], new()));
        Assert.Contains("budget 7, not 8; seed 1, not 2", error.Message);
        Assert.True(JobMaker.Make(store, tiny.Wanted, tiny.Pool, tiny["images"], new()).Again);
        tiny.Folder.Write("other/thesis.txt", "mine");
        Assert.Contains("thesis.txt", Assert.Throws<InputException>(() => JobMaker.Make(
            OutputStore.Open(tiny["other"]), tiny.Wanted, tiny.Pool, tiny["images"], new())).Message);
    }

    /// <summary>What another job left would be taken for done.</summary>
    [Theory]
    [InlineData("rows/0000/000000.rows")]
    [InlineData("mine/thesis.txt")]
    public void Make_InAFolderWithFolders_IsRefused(string file)
    {
        using var tiny = new TinyJob(20, 5);
        tiny.Folder.Write($"out/{file}", "mine");
        Assert.StartsWith($"expected a new or empty folder, found {file.Split('/')[0]} in ",
            Assert.Throws<InputException>(() => tiny.Made("out")).Message, StringComparison.Ordinal);
        // of a job that was not made to its end
        tiny.Folder.Write("other/entries/0000/000000.tsv", "half");
        Assert.Equal(20, tiny.Made("other").Job.Images);
    }

    [Fact]
    public void Make_WithoutOneUsableImage_SaysWhy()
    {
        using var tiny = new TinyJob(20, 5);
        Assert.Equal("expected images in the pool, found none: 20 entries cannot be used, the first: line 2, 0000.png: "
            + "there is no such file; check the pool and --root", Assert.Throws<InputException>(() => JobMaker.Make(
                OutputStore.Open(tiny["out"]), tiny.Wanted, tiny.Pool, tiny["nowhere"], new())).Message);
    }

    [Fact]
    public void Make_UnderAnotherName_RenamesAJobThatNoSiloBegan()
    {
        using var tiny = new TinyJob(20, 5);
        var (job, files) = tiny.Made("out");
        (JobManifest Job, bool Again) Renamed(string name) =>
            JobMaker.Make(files.Store, tiny.Wanted with { Name = name }, tiny.Pool, tiny["images"], new());
        Assert.Equal(("second", true), (Renamed("second").Job.Name, files.NeedManifest().Name == "second"));
        Assert.Throws<InputException>(() => JobMaker.Make(files.Store,
            tiny.Wanted with { Name = "third", Budget = 8 }, tiny.Pool, tiny["images"], new()));
        Assert.Equal("second", files.NeedManifest().Name);
        files.TakeBook(job.Stages[0], 0);
        Assert.Contains("name second, not third", Assert.Throws<InputException>(() => Renamed("third")).Message);
    }

    [Fact]
    public void Make_WithoutClasses_AsksForLabels()
    {
        using var tiny = new TinyJob(20, 0);
        Assert.Contains("labels of at least two classes",
            Assert.Throws<InputException>(() => tiny.Made("out")).Message);
    }

    public void Dispose() => _folder.Dispose();

    private List<PoolEntry> Entries(string pool, string? root = null) =>
        [.. new PoolReader(pool, root, new(), _leftOut.Add).Entries()];

    private async Task WriteParquet(string file, string column, params (string?[] Paths, string?[] Labels)[] groups)
    {
        var (paths, labels) = (new DataField<string>(column), new DataField<string>("label"));
        await using var stream = File.Create(_folder[file]);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(paths, labels), stream);
        foreach (var rows in groups)
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(paths, rows.Paths!);
            await group.WriteAsync(labels, rows.Labels!);
        }
    }

    private void WriteTar(string name, params (string Name, byte[] Bytes)[] files)
    {
        using var tar = new TarWriter(File.Create(_folder[name]));
        foreach (var (file, bytes) in files)
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, file) { DataStream = new MemoryStream(bytes) });
    }
}
