using System.Formats.Tar;
using CsCheck;
using Vaal.Data;
using Vaal.Data.Fetch;

namespace Vaal.Tests.Data;

/// <summary>Archives.</summary>
public sealed partial class FetchTests
{
    [Theory]
    [InlineData("unpacking set.tar.gz, kB", 1)]
    [InlineData("unpacking set.tar.gz, kB", 2)]
    [InlineData("checksums of set", 1)]
    public void Fetch_StoppedWhileUnpacking_GoesOnWithoutTheServer(string phase, int events)
    {
        var archive = Tar(true, ("x", Bytes), ("y", Bytes), ("z", Bytes));
        using var stop = new CancellationTokenSource();
        using var server = new FileServer(a => a.Number == 1 ? FileServer.Proper(a, archive) : new Answer(404, []));
        var source = Source(server, Of("set.tar.gz", archive));
        Assert.Throws<OperationCanceledException>(
            () => Store.Fetch(
                source, Options(stop.Token, e => { if (e.Phase == phase && --events == 0) stop.Cancel(); })));
        Assert.False(Directory.Exists(_folder["data/set"]));
        _folder.Write("data/set.part/unpacked/left-over", "of a start that was killed");
        Assert.True(Store.Fetch(source, Options()));
        Assert.Single(server.Requests);
        Assert.Equal(
            ["SHA256SUMS", "x", "y", "z"], Directory.EnumerateFiles(_folder["data/set"]).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
        Assert.Empty(Store.Check(source));
    }

    [Theory]
    [InlineData("cifar10")]
    [InlineData("caltech256")]
    public void Fetch_ArchiveLaidOutAsPublished_IsReadByItsFormat(string name)
    {
        var archive = name == "cifar10"
            ? Tar(true, ("cifar-10-batches-bin/", null),
                ("cifar-10-batches-bin/data_batch_1.bin", DataFormatsTests.Cifar(1, [1], [2])),
                ("cifar-10-batches-bin/test_batch.bin", DataFormatsTests.Cifar(1, [3])))
            : Tar(false, ("256_ObjectCategories/", null),
                ("256_ObjectCategories/001.ak47/001_0001.jpg", TestImages.Rgb(32, 32, 1, 2, 3)),
                ("256_ObjectCategories/198.spider/RENAME2", "a script that was left in"u8.ToArray()),
                    ("256_ObjectCategories/198.spider/198_0001.jpg", TestImages.Rgb(32, 32, 3, 2, 1)));
        using var server = new FileServer(a => FileServer.Proper(a, archive));
        var published = DataSources.Named(name);
        var source = published with { Address = server.Address, Files = [Of(published.Files[0].Name, archive)] };
        Store.Fetch(source, Options());
        using var data = DataFormats.Load(Store.Images(source), new LoadOptions { Size = 32 });
        Assert.Equal(2, data.Pool.Count);
        if (name == "caltech256") Assert.Equal(["001.ak47", "198.spider"], data.ClassNames);
        else Assert.Equal(("cifar10", 1), (data.Name, data.Test!.Count));
        // the packed cache lies beside, and is no concern of it
        Assert.Empty(Store.Check(source));
    }

    [Theory]
    [InlineData("../out.txt")]
    [InlineData("a/../../out.txt")]
    [InlineData("/tmp/vaal-out.txt")]
    [InlineData("a\\..\\..\\out.txt")]
    [InlineData("../unpacked-too/out.txt")]
    public void Unpack_PathThatLeadsOut_IsRefused(string name)
    {
        var archive = Tar(false, ("fine.txt", Bytes), (name, Bytes));
        using var server = new FileServer(a => FileServer.Proper(a, archive));
        Assert.Contains(
            "set.tar holds a file that leads out of its folder",
            Assert.Throws<InputException>(() => Store.Fetch(Source(server, Of("set.tar", archive)), Options())).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            ["fine.txt"], Directory.EnumerateFiles(_folder.Path, "*.txt", SearchOption.AllDirectories)
            .Select(Path.GetFileName));
        Assert.False(File.Exists("/tmp/vaal-out.txt"));
        Assert.False(Directory.Exists(_folder["data/set"]));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    public void Unpack_Link_IsRefused(TarEntryType type)
    {
        var packed = new MemoryStream();
        using (var tar = new TarWriter(packed, TarEntryFormat.Ustar, leaveOpen: true))
            tar.WriteEntry(new UstarTarEntry(type, "link") { LinkName = "/etc" });
        var path = _folder.Write("a.tar", packed.ToArray());
        Assert.Contains(
            $"a.tar holds link, a {type}",
            Assert.Throws<InputException>(() => TarArchive.Unpack(path, _folder["to"], null, default)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.tar.gz", 1_000)]
    [InlineData("a.tar", 1_300)]
    public void Unpack_CutShort_IsDamaged(string name, int length)
    {
        var path = _folder.Write(name, Tar(name.EndsWith("gz", StringComparison.Ordinal), ("x", Bytes))[..length]);
        Assert.StartsWith(
            $"{name} is damaged: ",
            Assert.Throws<InputException>(() => TarArchive.Unpack(path, _folder["to"], null, default)).Message,
            StringComparison.Ordinal);
    }
}
