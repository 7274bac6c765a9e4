using System.Reflection;
using Vaal.Data.Features;

namespace Vaal.Tests.Encoders;

/// <summary>A file of features on a disk that is full.</summary>
public sealed class FeatureFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Whoever disposes it after the failure hears of no other one, and the next process may write.</summary>
    [Fact]
    public void EndWriting_DiskIsFull_SaysSoAndLetsGo()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs Linux's /dev/full for a genuine 'no space left'");
        using var file = FeatureFile.Open(_folder["features/x.features"], new string('a', 64), 2);
        file.BeginWriting(TimeSpan.Zero, default);
        var writer = typeof(FeatureFile).GetField("_writer", BindingFlags.Instance | BindingFlags.NonPublic)!;
        ((FileStream)writer.GetValue(file)!).Dispose();
        writer.SetValue(file, new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite));
        Assert.True(AtomicFile.IsDiskFull(Assert.ThrowsAny<IOException>(
            () => file.Append([new(1, 2)], [(Half)1, (Half)2], []))));
        Assert.True(AtomicFile.IsDiskFull(Assert.ThrowsAny<IOException>(file.EndWriting)));
        Assert.False(file.IsWriting);
        file.Dispose();
        var path = _folder["features/features.lock"];
        using var free = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }
}
