using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using CsCheck;
using Vaal.Data;
using Vaal.Data.Fetch;

namespace Vaal.Tests.Data;

/// <summary>Data sets fetched from a server on this machine, a good one and every kind of bad one.</summary>
public sealed class FetchTests : IDisposable
{
    private static readonly byte[] Bytes = Noise(100_000, 1);
    private readonly TemporaryFolder _folder = new();
    private readonly List<double> _waits = [];

    public void Dispose() => _folder.Dispose();

    private static byte[] Noise(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static RemoteFile Of(string name, byte[] bytes) =>
        new(name, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));

    private static DataSource Source(FileServer server, params RemoteFile[] files) =>
        new("set", "1", "free", server.Address, files);

    private FetchOptions Options(CancellationToken cancel = default, Action<TrainEvent>? report = null) =>
        new()
        {
            Wait = (time, _) => _waits.Add(time.TotalSeconds),
            Patience = TimeSpan.FromMinutes(2),
            Report = report,
            Cancel = cancel
        };

    private DataStore Store => new(_folder["data"]);

    private string Here => _folder["data/set/a.bin"];

    private string Part => _folder["data/set.part/a.bin.part"];

    // one file, a.bin, as the server gives it
    private bool Fetch(FileServer server) => Store.Fetch(Source(server, Of("a.bin", Bytes)), Options());

    private static byte[] Tar(bool gzip, params (string Name, byte[]? Bytes)[] entries)
    {
        var packed = new MemoryStream();
        using (Stream outer = gzip
            ? new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)
            : new BufferedStream(packed))
        using (var tar = new TarWriter(outer, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, bytes) in entries)
                tar.WriteEntry(bytes is null
                    ? new UstarTarEntry(TarEntryType.Directory, name)
                    : new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
        }
        return packed.ToArray();
    }

    [Theory]
    [InlineData("set.tar.gz")]
    [InlineData("set.tar")]
    public void Fetch_Archive_IsUnpackedVerifiedAndNotFetchedAgain(string name)
    {
        var archive = Tar(
            name.EndsWith("gz", StringComparison.Ordinal), ("inner/", null), ("inner/x.bin", Bytes),
            ("inner/deep/y.txt", "why"u8.ToArray()), ("inner/empty", []));
        using var server = new FileServer(a => FileServer.Proper(a, archive));
        var source = Source(server, Of(name, archive)) with { Inside = "inner" };
        Assert.False(Store.Holds(source));
        Assert.True(Store.Fetch(source, Options()));
        Assert.Equal(Bytes, File.ReadAllBytes(_folder["data/set/inner/x.bin"]));
        Assert.Equal("why", File.ReadAllText(_folder["data/set/inner/deep/y.txt"]));
        Assert.Equal(0, new FileInfo(_folder["data/set/inner/empty"]).Length);
        Assert.Equal(
            [".set.lock", "set"], Directory.EnumerateFileSystemEntries(_folder["data"])
            .Select(Path.GetFileName).Order());
        Assert.Equal(_folder["data/set/inner"], Store.Images(source));
        Assert.Empty(Store.Check(source));
        Assert.False(Store.Fetch(source, Options()));
        Assert.Equal(name, Assert.Single(server.Requests).Name);
    }

    [Fact]
    public void Fetch_SeveralFiles_LieAsTheyCameAndSumsSuitSha256sum()
    {
        var second = Noise(10, 2);
        using var server = new FileServer(a => FileServer.Proper(a, a.Name == "a.bin" ? Bytes : second));
        var events = new List<TrainEvent>();
        Store.Fetch(Source(server, Of("a.bin", Bytes), Of("b.gz", second)), Options(report: events.Add));
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
        Assert.Equal(second, File.ReadAllBytes(_folder["data/set/b.gz"]));
        string[] expected = [
            $"{Convert.ToHexStringLower(SHA256.HashData(Bytes))}  a.bin",
            $"{Convert.ToHexStringLower(SHA256.HashData(second))}  b.gz"];
        Assert.Equal(expected, File.ReadAllLines(_folder["data/set/SHA256SUMS"])[1..]);
        var fetching = events.Where(e => e.Phase == "fetching a.bin, kB").ToList();
        Assert.Equal((0, 100), (fetching[0].Done, fetching[0].Total));
        Assert.Equal(fetching.Select(e => e.Done).Order(), fetching.Select(e => e.Done));
    }

    [Fact]
    public void Fetch_ConnectionDrops_GoesOnWhereItWasAndWaitsLonger()
    {
        using var server =
            new FileServer(a => FileServer.Proper(a, Bytes) with { CutAfter = a.Number < 4 ? 30_000 : null });
        Assert.True(Fetch(server));
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
        Assert.Equal([null, 30_000, 60_000, 90_000], server.Requests.Select(r => r.From));
        Assert.Equal([null, "\"1\"", "\"1\"", "\"1\""], server.Requests.Select(r => r.IfRange));
        Assert.Equal([1, 2, 4], _waits);
    }

    [Fact]
    public void Fetch_EveryAttemptDrops_GivesUpAndTheNextGoesOn()
    {
        using (var bad = new FileServer(a => FileServer.Proper(a, Bytes) with { CutAfter = 1_000 }))
        {
            var message = Assert.Throws<InputException>(() => Fetch(bad)).Message;
            Assert.Contains(
                "5 times in a row; 5,000 of 100,000 bytes are here, and the same command continues from there", message,
                StringComparison.Ordinal);
            Assert.Equal(5, bad.Requests.Count);
        }
        Assert.Equal([1, 2, 4, 8], _waits);
        Assert.False(Directory.Exists(_folder["data/set"]));
        using var good = new FileServer(a => FileServer.Proper(a, Bytes));
        Assert.True(Fetch(good));
        Assert.Equal(5_000, Assert.Single(good.Requests).From);
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
    }

    [Fact]
    public void Fetch_DropsThatBringMuch_AreNotCounted()
    {
        var large = Noise(9 << 20, 3);
        using var server = new FileServer(a => FileServer.Proper(a, large) with { CutAfter = 1 << 20 });
        Store.Fetch(Source(server, Of("a.bin", large)), Options());
        Assert.Equal(9, server.Requests.Count);
        Assert.All(_waits, w => Assert.Equal(1, w));
        Assert.True(large.AsSpan().SequenceEqual(File.ReadAllBytes(Here)));
    }

    [Fact]
    public void Fetch_ServerIgnoresRanges_BeginsAnew()
    {
        using var server = new FileServer(a => new Answer(200, Bytes) { CutAfter = a.Number == 1 ? 70_000 : null });
        Assert.True(Fetch(server));
        Assert.Equal([null, 70_000], server.Requests.Select(r => r.From));
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
    }

    [Fact]
    public void Fetch_FileChangedMeanwhile_IsTakenWhole()
    {
        var old = Noise(Bytes.Length, 9);
        using var server = new FileServer(a => a.Number == 1
            ? FileServer.Proper(a, old, "\"old\"") with { CutAfter = 50_000 }
            : FileServer.Proper(a, Bytes, "\"new\""));
        Assert.True(Fetch(server));
        Assert.Equal([(null, null), (50_000, "\"old\"")], server.Requests.Select(r => (r.From, r.IfRange)));
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
    }

    [Theory]
    [InlineData("ETag: W/\"1\"", null)]
    [InlineData("Last-Modified: Thu, 31 Aug 2017 10:50:27 GMT", "Thu, 31 Aug 2017 10:50:27 GMT")]
    public void Fetch_WeakTagOrDate_AsksForTheRestAsItMay(string header, string? ifRange)
    {
        using var server = new FileServer(a => a.Number == 1
            ? new Answer(200, Bytes, header) { CutAfter = 50_000 }
            : FileServer.Proper(a, Bytes, ifRange ?? ""));
        Assert.True(Fetch(server));
        Assert.Equal([(null, null), (50_000, ifRange)], server.Requests.Select(r => (r.From, r.IfRange)));
    }

    [Fact]
    public void Fetch_FileChangedAndNobodySaysSo_ChecksumTellsAndItIsFetchedAnew()
    {
        var old = Noise(Bytes.Length, 9);
        using var server = new FileServer(
            a => a.Number == 1 ? new Answer(200, old) { CutAfter = 50_000 } : FileServer.Proper(a, Bytes));
        Assert.True(Fetch(server));
        Assert.Equal([null, 50_000, null], server.Requests.Select(r => r.From));
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
    }

    [Fact]
    public void Fetch_WrongBytes_AreRefusedAndNotKept()
    {
        using var server = new FileServer(a => FileServer.Proper(a, Noise(Bytes.Length, 9)));
        var message = Assert.Throws<InputException>(() => Fetch(server)).Message;
        Assert.StartsWith(
            "expected a.bin with SHA-256 ", message, StringComparison.Ordinal);
        Assert.Contains($", found another file at {server.Address}a.bin, which", message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.bin*", SearchOption.AllDirectories));
        Assert.Single(server.Requests);
        Assert.False(Store.Holds(Source(server)));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public void Fetch_Refused_IsOneClearLineAndNotTriedAgain(int status)
    {
        using var server = new FileServer(_ => new Answer(status, "no"u8.ToArray()));
        Assert.Equal(
            $"{server.Address}a.bin: the server answers {status} As told; give another server with --from",
            Assert.Throws<InputException>(() => Fetch(server)).Message);
        Assert.Single(server.Requests);
        Assert.Empty(_waits);
    }

    [Fact]
    public void Fetch_ServerIsBusy_IsTriedAgain()
    {
        using var server =
            new FileServer(a => a.Number < 3 ? new Answer(503, "busy"u8.ToArray()) : FileServer.Proper(a, Bytes));
        Assert.True(Fetch(server));
        Assert.Equal([1, 2], _waits);
    }

    [Theory]
    [InlineData(99_999)]
    [InlineData(100_001)]
    public void Fetch_AnotherLengthIsTold_IsRefusedAtOnce(int length)
    {
        using var server = new FileServer(_ => new Answer(200, new byte[length]));
        Assert.Contains(
            $"expected a.bin of 100,000 bytes, found {length:N0} bytes at",
            Assert.Throws<InputException>(() => Fetch(server)).Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Fetch_BodyTooLongWithoutLength_IsRefused()
    {
        using var server = new FileServer(_ => new Answer(200, [.. Bytes, 0]) { TellsLength = false });
        Assert.Contains(
            "has more than the 100,000 bytes of a.bin", Assert.Throws<InputException>(() => Fetch(server)).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Here));
    }

    [Fact]
    public void Fetch_BodyTooShortWithoutLength_GoesOn()
    {
        using var server = new FileServer(
            a => FileServer.Proper(a, Bytes) with { TellsLength = false, CutAfter = a.Number == 1 ? 60_000 : null });
        Assert.True(Fetch(server));
        Assert.Equal([null, 60_000], server.Requests.Select(r => r.From));
    }

    [Fact]
    public void Fetch_StoppedOnASlowServer_EndsSoonAndGoesOnLater()
    {
        using var stop = new CancellationTokenSource();
        using (var slow = new FileServer(a => FileServer.Proper(a, Bytes) with { PauseAfter = 40_000 }))
        {
            var fetch = Task.Run(() => Store.Fetch(Source(slow, Of("a.bin", Bytes)), Options(stop.Token)));
            Assert.True(slow.Paused.Wait(TimeSpan.FromMinutes(2)));
            Assert.True(
                SpinWait.SpinUntil(
                    () => File.Exists(Part) && new FileInfo(Part).Length == 40_000, TimeSpan.FromMinutes(2)));
            stop.Cancel();
            Assert.IsAssignableFrom<OperationCanceledException>(
                Assert.Throws<AggregateException>(() => fetch.Wait(TimeSpan.FromMinutes(2))).InnerException);
        }
        using var good = new FileServer(a => FileServer.Proper(a, Bytes));
        Assert.Equal(40_000, Store.Partly(Source(good, Of("a.bin", Bytes))));
        Assert.True(Fetch(good));
        Assert.Equal((40_000, "\"1\""), (Assert.Single(good.Requests).From, Assert.Single(good.Requests).IfRange));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Fetch_ServerFallsSilent_IsLeftAndTriedAgain()
    {
        using var server =
            new FileServer(a => FileServer.Proper(a, Bytes) with { PauseAfter = a.Number == 1 ? 40_000 : null });
        Assert.True(
            Store.Fetch(Source(server, Of("a.bin", Bytes)), Options() with { Patience = TimeSpan.FromSeconds(2) }));
        // on a busy machine the patience may end before all of it has come
        Assert.Null(server.Requests.First().From);
        Assert.InRange(server.Requests.ElementAt(1).From ?? 0, 0, 40_000);
    }

    /// <summary>It never falls silent, and would take days.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Fetch_ServerSendsAByteNowAndThen_IsLeft()
    {
        using var server =
            new FileServer(a => FileServer.Proper(a, Bytes) with { Drip = TimeSpan.FromMilliseconds(50) });
        var options = Options() with { Patience = TimeSpan.FromMilliseconds(300) };
        var error = Assert.Throws<InputException>(() => Store.Fetch(Source(server, Of("a.bin", Bytes)), options));
        Assert.Contains("sent nothing, or hardly anything", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 4, 8], _waits);                                          // between five attempts
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/a.bin")]
    [InlineData("gopher://x/")]
    public void Fetch_RedirectToAnotherScheme_IsOneLine(string address)
    {
        using var server = new FileServer(_ => new(302, [], $"Location: {address}"));
        var error = Assert.Throws<InputException>(() => Fetch(server));
        Assert.Contains("give another server", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Here));
    }

    [Theory]
    [InlineData("file:///etc/")]
    [InlineData("ftp://127.0.0.1/")]
    public void Fetch_FromAnotherScheme_IsOneLine(string address)
    {
        var source = new DataSource("set", "1", "free", address, Of("a.bin", Bytes));
        Assert.Contains(
            "is not the address of a server",
            Assert.Throws<InputException>(() => Store.Fetch(source, Options())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Fetch_NobodyListens_SaysSo()
    {
        var nowhere = new DataSource("set", "1", "free", "http://127.0.0.1:1/", Of("a.bin", Bytes));
        Assert.Contains(
            "127.0.0.1:1/a.bin: the connection broke (",
            Assert.Throws<InputException>(() => Store.Fetch(nowhere, Options())).Message, StringComparison.Ordinal);
        Assert.Equal(4, _waits.Count);
    }

    /// <summary>Whatever servers do: in the end there is the right file, or none.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Fetch_AnyServer_GivesTheRightFileOrNone() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 100_000], Gen.Bool, (kind, cut, length) => (kind, cut, length)).Array[0, 6]
            .Sample(answers =>
        {
            using var folder = new TemporaryFolder();
            var other = Noise(Bytes.Length, 9);
            using var server = new FileServer(a =>
            {
                var (kind, cut, length) = a.Number <= answers.Length ? answers[a.Number - 1] : (6, Bytes.Length, true);
                var answer = kind switch
                {
                    0 => FileServer.Proper(a, other, "\"other\""),
                    1 => new Answer(200, Bytes),
                    2 => new Answer(500, []),
                    3 => new Answer(416, []),
                    4 => new Answer(
                        206, Bytes[..(cut / 2)], $"Content-Range: bytes 0-{Math.Max(0, cut / 2 - 1)}/{Bytes.Length}"),
                    _ => FileServer.Proper(a, Bytes),
                };
                return answer with { CutAfter = cut, TellsLength = length };
            });
            var store = new DataStore(folder.Path);
            var source = Source(server, Of("a.bin", Bytes));
            for (var start = 0; start < 8; start++)
            {
                try { store.Fetch(source, Options()); }
                catch (InputException) { Assert.False(Directory.Exists(folder["set"])); }
                if (store.Holds(source)) break;
            }
            Assert.Equal(Bytes, File.ReadAllBytes(folder["set/a.bin"]));
        }, iter: 100, threads: 1);

    [Fact]
    public void Check_MissingAndDamagedFiles_AreNamedAndFetchedAnew()
    {
        var archive = Tar(true, ("x", Bytes), ("y", Bytes), ("z", Bytes));
        using var server = new FileServer(a => FileServer.Proper(a, archive));
        var source = Source(server, Of("set.tar.gz", archive));
        Assert.Equal([$"{_folder["data/set"]} is not there; 'vaal data fetch set' fetches it"], Store.Check(source));
        Store.Fetch(source, Options());
        File.Delete(_folder["data/set/x"]);
        using (var file = File.OpenWrite(_folder["data/set/z"])) file.WriteByte((byte)~Bytes[0]);
        Assert.Equal(
            [$"{_folder["data/set/x"]} is missing", $"{_folder["data/set/z"]} is damaged"], Store.Check(source));
        Assert.True(Store.Fetch(source, Options()));
        Assert.Empty(Store.Check(source));
        var sums = File.ReadAllLines(_folder["data/set/SHA256SUMS"]);
        foreach (var bad in new[] { sums[..^1], [], [.. sums[..^1], "nonsense"] })
        {
            File.WriteAllLines(_folder["data/set/SHA256SUMS"], bad);
            Assert.Contains("SHA256SUMS is damaged", Assert.Single(Store.Check(source)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Fetch_SomethingElseLiesThere_IsLeftAlone()
    {
        _folder.Write("data/set/mine.txt", "mine");
        using var server = new FileServer(a => FileServer.Proper(a, Bytes));
        Assert.Contains(
            "is there already and vaal did not make it", Assert.Throws<InputException>(() => Fetch(server)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "SHA256SUMS is missing, so vaal did not make that folder", Assert.Single(Store.Check(Source(server))),
            StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder["data/set/mine.txt"]));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void Fetch_AnotherProcessFetches_IsRefused()
    {
        using var server = new FileServer(a => FileServer.Proper(a, Bytes));
        Directory.CreateDirectory(_folder["data"]);
        using (new FileStream(_folder["data/.set.lock"], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
            Assert.StartsWith(
                "another process fetches set into ", Assert.Throws<InputException>(() => Fetch(server)).Message,
                StringComparison.Ordinal);
        Assert.True(Fetch(server));
    }

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

    [Fact]
    public void Sources_EveryOne_SaysWhatItNeeds() => Assert.All(DataSources.All.Values, s =>
    {
        Assert.True(s.Instead is null == s.Files.Length > 0, s.Name);
        Assert.All(
            s.Files, f =>
                Assert.True(f.Bytes > 0 && f.Sha256.Length == 64 && f.Sha256 == f.Sha256.ToLowerInvariant(), f.Name));
    });
}
