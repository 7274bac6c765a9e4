using Vaal.Data;

namespace Vaal.Tests.Data;

/// <summary>Decoding that was killed: what its last checkpoint knows of is not decoded again.</summary>
public sealed class PackedCacheKillTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _cache = new();

    public PackedCacheKillTests()
    {
        for (var i = 0; i < 5; i++) _folder.Write($"{i}.png", TestImages.Grey(1, 1, (_, _) => 10));
    }

    public void Dispose()
    {
        _folder.Dispose();
        _cache.Dispose();
    }

    private LoadOptions Options => new() { Size = 32, Channels = 1, Threads = 1, CacheFolder = _cache.Path };

    /// <summary>The first pixel of each image.</summary>
    private int[] Values(LoadOptions? options = null)
    {
        using var data = DataFormats.Load(_folder.Path, options ?? Options);
        return [.. Enumerable.Range(0, data.Pool.Count).Select(id => (int)data.Pool[id][0])];
    }

    /// <summary>Where the cache lies, which is not there any more.</summary>
    private string Place()
    {
        Values();
        var place = Assert.Single(Directory.GetFiles(_cache.Path));
        File.Delete(place);
        return place;
    }

    /// <summary>Writes three images, other than they are, a checkpoint and half of a block.</summary>
    private FileStream Begin(string place)
    {
        var file = new FileStream(Path.Combine(_cache.Path,
            $".{Path.GetFileName(place)}.{Environment.MachineName}-0123.tmp"), FileMode.CreateNew, FileAccess.ReadWrite,
            FileShare.None);
        var writer = new PackedFile.Writer(file);
        var pixels = new byte[3 * 32 * 32];
        Array.Fill(pixels, (byte)200);
        writer.Append(pixels,
            SourceFiles.Sorted(_folder.Path, []).Take(3).Select(f => new PackedEntry(f, 1, 1, null)));
        writer.Checkpoint($"{place}.part", Options);
        file.Write(new byte[500]);
        return file;
    }

    [Fact]
    public void Open_AfterAKill_GoesOnFromTheCheckpoint()
    {
        var place = Place();
        Begin(place).Dispose();
        Assert.Equal([200, 200, 200, 10, 10], Values());
        Assert.Equal(place, Assert.Single(Directory.GetFiles(_cache.Path)));
        Assert.Equal([200, 200, 200, 10, 10], Values());
    }

    /// <summary>Its pixels take long to check.</summary>
    [Fact]
    public void Open_StoppedWhileWhatWasLeftIsChecked_KeepsIt()
    {
        Begin(Place()).Dispose();
        Assert.ThrowsAny<OperationCanceledException>(() => Values(new(Options) { Cancel = new(true) }));
        Assert.Equal([200, 200, 200, 10, 10], Values());
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(4096 + 3 * 32 * 32 - 1)]
    public void Open_WhatWasLeftIsDamaged_DecodesAll(int at)
    {
        var place = Place();
        using (var file = Begin(place))
        {
            file.Position = at;
            file.WriteByte(7);
        }
        Assert.Equal([10, 10, 10, 10, 10], Values());
        Assert.Equal(place, Assert.Single(Directory.GetFiles(_cache.Path)));
    }

    [Fact]
    public void Open_WhatWasLeftIsCutShort_DecodesAll()
    {
        using (var file = Begin(Place())) file.SetLength(5000);
        Assert.Equal([10, 10, 10, 10, 10], Values());
    }

    [Fact]
    public void Open_AnotherProcessWritesStill_LeavesItsFile()
    {
        using var file = Begin(Place());
        Assert.Equal([10, 10, 10, 10, 10], Values());
        Assert.True(File.Exists(file.Name));
    }

    /// <summary>A cache that knows more is not replaced by one that knows less.</summary>
    [Fact]
    public void Open_MoreIsThereThanWasLeft_KeepsIt()
    {
        using var aside = new TemporaryFolder();
        Begin(Place()).Dispose();
        Move(_cache, aside);
        Values();
        Move(aside, _cache);
        _folder.Write("9.png", TestImages.Grey(1, 1, (_, _) => 90));
        Assert.Equal([10, 10, 10, 10, 10, 90], Values());
        Assert.Single(Directory.GetFiles(_cache.Path));

        static void Move(TemporaryFolder from, TemporaryFolder to)
        {
            foreach (var file in Directory.GetFiles(from.Path)) File.Move(file, to[Path.GetFileName(file)]);
        }
    }

    [Fact]
    public void Open_WhileItDecodes_HasACheckpointAndNoneAfterwards()
    {
        var seen = new List<string>();
        Values(new(Options)
        {
            CheckpointEvery = TimeSpan.Zero,
            Report = _ => seen.AddRange(Directory.GetFiles(_cache.Path, "*.part")),
        });
        Assert.EndsWith(".pixels.part", Assert.Single(seen), StringComparison.Ordinal);
        Assert.EndsWith(".pixels", Assert.Single(Directory.GetFiles(_cache.Path)), StringComparison.Ordinal);
    }
}
