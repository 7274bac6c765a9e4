using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using CsCheck;
using Vaal.Data.Fetch;

namespace Vaal.Tests.Data;

/// <summary>Data sets fetched from a server on this machine, a good one and every kind of bad one.</summary>
public sealed partial class FetchTests : IDisposable
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

    /// <summary>A fetched set is a folder like others, and people make workspaces in it.</summary>
    [Fact]
    public void Fetch_DamagedSet_KeepsWhatTheUserPutThere()
    {
        var archive = Tar(true, ("inner/", null), ("inner/x", Bytes), ("inner/deep/", null), ("inner/deep/y", Bytes));
        using var server = new FileServer(a => FileServer.Proper(a, archive));
        var source = Source(server, Of("set.tar.gz", archive)) with { Inside = "inner" };
        Store.Fetch(source, Options());
        _folder.Write("data/set/inner/.vaal/vaal.db", "labels");
        _folder.Write("data/set/inner/x", "damaged");
        Directory.Delete(_folder["data/set/inner/deep"], recursive: true);
        Assert.True(Store.Fetch(source, Options()));
        Assert.Empty(Store.Check(source));
        Assert.Equal(Bytes, File.ReadAllBytes(_folder["data/set/inner/deep/y"]));
        Assert.Equal("labels", File.ReadAllText(_folder["data/set/inner/.vaal/vaal.db"]));
        Assert.False(Directory.Exists(_folder["data/set.part"]));
    }

    [Fact]
    public void Fetch_KilledBeforeItTidiedUp_TidiesUpNextTime()
    {
        using var server = new FileServer(a => FileServer.Proper(a, Bytes));
        Assert.True(Fetch(server));
        _folder.Write("data/set.part/a.bin", Bytes);
        Assert.False(Fetch(server));
        Assert.False(Directory.Exists(_folder["data/set.part"]));
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Fetch_LockThatCannotBeOpened_IsNotTakenForAnotherProcess()
    {
        using var server = new FileServer(a => FileServer.Proper(a, Bytes));
        Directory.CreateDirectory(_folder["data"]);
        File.CreateSymbolicLink(_folder["data/.set.lock"], ".set.lock");
        Assert.Contains(".set.lock", Assert.ThrowsAny<IOException>(() => Fetch(server)).Message,
            StringComparison.Ordinal);
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

    [Fact]
    public void Sources_EveryOne_SaysWhatItNeeds() => Assert.All(DataSources.All.Values, s =>
    {
        Assert.True(s.Instead is null == s.Files.Length > 0, s.Name);
        Assert.All(
            s.Files, f =>
                Assert.True(f.Bytes > 0 && f.Sha256.Length == 64 && f.Sha256 == f.Sha256.ToLowerInvariant(), f.Name));
    });
}
