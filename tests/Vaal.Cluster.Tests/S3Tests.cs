using System.Formats.Tar;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Tests;

/// <summary>Buckets and servers: there, not there, slow and busy.</summary>
public sealed class S3Tests : IDisposable
{
    private readonly FakeS3 _server = new();
    private readonly S3Options _options;

    public S3Tests() => _options = _server.Options;

    [Fact]
    public void Store_WritesOnce_ReadsPartsAndLists()
    {
        var store = OutputStore.Open("s3://there/job/", _options);
        Assert.True(store.WriteOnce("rows/0000/000001.rows", [1, 2, 3, 4]));
        Assert.False(store.WriteOnce("rows/0000/000001.rows", [9]));
        Assert.Equal([1, 2, 3, 4], store.Read("rows/0000/000001.rows")!);
        Assert.Equal([2, 3], store.Read("rows/0000/000001.rows", 1, 2));
        Assert.Null(store.Read("rows/0000/000002.rows"));
        Assert.Equal(["000001.rows"], store.List("rows/0000"));
        Assert.Empty(store.List(""));
        Assert.True(store.Exists("rows/0000/000001.rows"));
        store.Delete("rows/0000/000001.rows");
        Assert.False(store.Exists("rows/0000/000001.rows"));
    }

    [Fact]
    public void Bucket_ThatIsNotThere_IsNamed()
    {
        var error = Assert.Throws<BucketException>(() => OutputStore.Open("s3://missing/x", _options).Read("y"));
        Assert.Contains("expected a bucket 'missing', found none", error.Message);
        Assert.Throws<InputException>(() => OutputStore.Open("s3:///x", _options));
    }

    [Fact]
    public void Server_ThatIsBusy_IsAskedAgain_ButNotForEver()
    {
        var store = OutputStore.Open("s3://there/job", _options);
        _server.Busy = 2;
        Assert.True(store.WriteOnce("a", [1]));
        Assert.Equal(3, _server.Requests);
        _server.Busy = 100;
        Assert.Contains("no answer after 3 tries", Assert.Throws<IOException>(() => store.Read("a")).Message);
    }

    [Fact]
    public void Server_ThatIsSlow_IsGivenUpAndMayBeTriedAgain()
    {
        _server.Delay = TimeSpan.FromSeconds(2);
        var hurried = OutputStore.Open("s3://there/job",
            _options with { Patience = TimeSpan.FromMilliseconds(200), Tries = 2 });
        Assert.Throws<IOException>(() => hurried.Read("a"));
    }

    [Fact]
    public void Job_OnBuckets_ChoosesWhatItChoosesOnFiles()
    {
        using var tiny = new TinyJob(40, 0, "random");
        for (var i = 0; i < 40; i++) _server[$"photos/{i:0000}.png"] = TinyJob.Png(i);
        _server["photos/notes.txt"] = [1];
        var expected = tiny.OneMachine();
        var store = OutputStore.Open("s3://there/jobs/one", _options);
        var (job, _) = JobMaker.Make(store, tiny.Wanted, "s3://there/photos/", null, _options);
        using var images = new ImageReader(job.Root, _options);
        var files = new JobFiles(store);
        new LocalJob(job, files, new ShardWork(job, files, tiny.Encoder, images)).Run();
        Assert.Equal(expected.Picks.Select(p => (p.Id, p.Score)), files.Choice()!.Picks.Select(p => (p.Id, p.Score)));
        Assert.StartsWith("s3://there/photos/", files.Choice()!.Picks[0].Location);
    }

    [Fact]
    public void Image_OnAServer_IsReadTriedAgainOrLeftOut()
    {
        _server["photos/a.png"] = TinyJob.Png(0);
        using var images = new ImageReader(null, _options);
        _server.Busy = 2;
        Assert.Equal(TinyJob.Png(0), images.Read(new($"{_server.Endpoint}/there/photos/a.png")).Bytes);
        Assert.Contains("404", images.Read(new($"{_server.Endpoint}/there/photos/b.png")).Problem);
        _server.Busy = 100;
        // what does not answer for now must never become a result
        Assert.Throws<IOException>(() => images.Read(new($"{_server.Endpoint}/there/photos/a.png")));
    }

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Tar_InABucket_GivesItsImagesByTheirBytes(TarEntryFormat format)
    {
        // too long for a header, so that the name has blocks of its own
        var longName = $"{new string('d', 120)}/{new string('n', 120)}.png";
        (string Name, byte[] Bytes)[] files =
        [
            ("0.png", Noise(700)), ("0.cls", "7"u8.ToArray()), ("1.idx", [1]), (longName, Noise(513)),
            ("3.cls", "dog"u8.ToArray()), ("3.png", Noise(70_001)),
        ];
        _server["photos/x.tar"] = Tar(format, files);
        var leftOut = new List<LeftOutEntry>();
        PoolEntry[] entries = [.. new PoolReader("s3://there/photos/", null, _options, leftOut.Add).Entries()];
        Assert.Empty(leftOut);
        Assert.Equal(["7", null, "dog"], entries.Select(e => e.Label));
        using var images = new ImageReader(null, _options);
        foreach (var (entry, (name, bytes)) in entries.Zip(files.Where(f => f.Bytes.Length > 500)))
        {
            Assert.EndsWith("#" + name, entry.Location);
            Assert.Equal(bytes, images.Read(entry).Bytes);
            Assert.StartsWith("bytes=", _server.Range);
        }
    }

    [Fact]
    public void Tar_ThatIsShorterByNow_HasNotThatImage()
    {
        _server["x.tar"] = new byte[1_000];
        using var images = new ImageReader(null, _options);
        Assert.Equal(100, images.Read(new("s3://there/x.tar#900+100#a.png")).Bytes!.Length);
        Assert.Equal("the archive ends before it", images.Read(new("s3://there/x.tar#900+101#a.png")).Problem);
        Assert.Equal("the archive ends before it", images.Read(new("s3://there/x.tar#1000+1#a.png")).Problem);
        Assert.Equal("the file is empty", images.Read(new("s3://there/x.tar#512+0#a.png")).Problem);
        Assert.Equal("there is no such object", images.Read(new("s3://there/y.tar#0+1#a.png")).Problem);
    }

    public void Dispose() => _server.Dispose();

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Tar(TarEntryFormat format, (string Name, byte[] Bytes)[] files)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, format, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                TarEntry entry = format == TarEntryFormat.Gnu ? new GnuTarEntry(TarEntryType.RegularFile, name)
                    : new PaxTarEntry(TarEntryType.RegularFile, name);
                entry.DataStream = new MemoryStream(bytes);
                tar.WriteEntry(entry);
            }
        }
        return archive.ToArray();
    }
}
