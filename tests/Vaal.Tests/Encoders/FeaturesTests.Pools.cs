using Vaal.Data;
using Vaal.Encoders;

namespace Vaal.Tests.Encoders;

/// <summary>Features of a data set's images by an encoder of the table: what it learns from, and when they are
/// stale.</summary>
public sealed partial class FeaturesTests
{
    private string Kept => _folder["features"];

    /// <summary>Trains a VAE, for a moment, where pixels-vae keeps that of this pool.</summary>
    /// <returns>its digest</returns>
    private string Train(ImageSet pool)
    {
        using var encoder = PixelsVaeEncoder.OpenBriefly(
            new EncoderContext { State = SourceFeatures.StateOf(pool, Kept), Pool = () => new Pool(pool) },
            iterations: 3);
        return encoder.Digest;
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Source_PixelsVae_LearnsFromEachDataSetWithoutFilesAnew()
    {
        using (var other = TinyImages.Set(6)) Train(other);
        using var data = new DataSet("made", TinyImages.Set(6, seed: 2), TinyImages.Set(3, seed: 3),
            ["a", "b", "c", "d"], [], "made");
        var (pool, test) = SourceFeatures.OfBoth(data.Pool, data.Test!, "pixels-vae", Kept);
        using (pool)
        using (test)
            Assert.Equal(pool.Digest, test.Digest);
        // the pool's serves the test images
        Assert.Equal(2, Directory.GetFiles(Kept, "pixels-vae.safetensors", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void PixelsVae_CopiedPool_TestImagesGetThePoolsDigest()
    {
        using var data = TinyImages.Data(6, test: 3).WithCopies(2, seed: 1);
        var (ofTest, ofPool) = (Train(data.Test!), Train(data.Pool));
        Assert.NotEqual(ofTest, ofPool);
        var (pool, test) = SourceFeatures.OfBoth(data.Pool, data.Test!, "pixels-vae", Kept);
        using (pool)
        using (test)
        {
            Assert.Equal((12, 3), (pool.Count, test.Count));
            Assert.Equal((ofPool, ofPool), (pool.Digest, test.Digest));
        }
    }

    /// <summary>Whichever of the two was used first, and although both are of one folder.</summary>
    [Fact]
    public void PixelsVae_PartOfAPool_IsTrainedAnew()
    {
        string[] paths = ["0.png", "1.png", "2.png", "3.png"];
        foreach (var (i, path) in paths.Index()) _folder.Write($"photos/{path}", Pictures.Random(i));
        using var tiny = TinyImages.Set(4);
        using var whole = new ImageSet([.. Enumerable.Range(0, 4).SelectMany(id => tiny[id].ToArray())], 1, 32, 32,
            paths: paths)
        { Root = _folder["photos"] };
        using var part = whole.Subset([0, 2]);
        var (ofWhole, ofPart) = (Train(whole), Train(part));
        Assert.NotEqual(ofWhole, ofPart);
        using var all = SourceFeatures.Of(whole, "pixels-vae", Kept);
        using var some = SourceFeatures.Of(part, "pixels-vae", Kept);
        Assert.Equal((ofWhole, ofPart), (all.Digest, some.Digest));
    }

    /// <summary>A link's own length and time stay as they are.</summary>
    [Fact]
    public void Source_LinkedPictureChanges_IsEncodedAnew()
    {
        var picture = _folder.Write("elsewhere/picture", Pictures.Random(1));
        Directory.CreateDirectory(_folder["photos"]);
        File.CreateSymbolicLink(_folder["photos/a.png"], picture);
        using var images = new ImageSet(new byte[64 * 64], 1, 64, 64, paths: ["a.png"]) { Root = _folder["photos"] };
        var before = Row();
        Assert.Equal(before, Row());
        _folder.Write("elsewhere/picture", Pictures.Random(2));
        File.SetLastWriteTimeUtc(picture, DateTime.UtcNow.AddHours(1));
        Assert.NotEqual(before, Row());

        float[] Row()
        {
            using var rows = SourceFeatures.Of(images, "resnet18", Kept);
            return rows.Rows([0]);
        }
    }
}
