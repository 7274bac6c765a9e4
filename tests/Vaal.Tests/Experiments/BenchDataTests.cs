using System.Security.Cryptography;
using Vaal.Data;
using Vaal.Experiments;

namespace Vaal.Tests.Experiments;

/// <summary>The images of a bench: every draw goes by the seed of the data, and every key is used.</summary>
public sealed class BenchDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>40 pictures in two folders, all different, and no test set.</summary>
    public BenchDataTests()
    {
        for (var i = 0; i < 40; i++)
            _folder.Write($"w/{(i % 2 == 0 ? "a" : "b")}/{i:00}.png",
                TestImages.Grey(32, 32, (x, y) => (i * 37 + x * (i + 1) + y * 5) % 256));
    }

    public void Dispose() => _folder.Dispose();

    private BenchData Of(int? images = null, double imbalance = 1, int copies = 1) =>
        new() { Data = _folder["w"], Images = images, Imbalance = imbalance, Copies = copies };

    private static string Bytes(ImageSet images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var id = 0; id < images.Count; id++) hash.AppendData(images[id]);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>The test set is that of the seed too, as the folder has none.</summary>
    [Theory]
    [InlineData(null, 1.0, 1), InlineData(20, 1.0, 1), InlineData(null, 4.0, 1), InlineData(null, 1.0, 2)]
    public void Load_OtherSeed_DrawsOtherImages(int? images, double imbalance, int copies)
    {
        var data = Of(images, imbalance, copies);
        using var one = data.Load();
        using var again = data.Load();
        using var other = (data with { DataSeed = 2 }).Load();
        Assert.Equal((Bytes(one.Pool), Bytes(one.Test!)), (Bytes(again.Pool), Bytes(again.Test!)));
        Assert.NotEqual(Bytes(one.Test!), Bytes(other.Test!));
        Assert.NotEqual(Bytes(one.Pool), Bytes(other.Pool));
    }

    /// <summary>The set has a test part of its own, so that only the draw in question can differ.</summary>
    [Theory]
    [InlineData(200, 1.0, 1), InlineData(null, 50.0, 1), InlineData(null, 1.0, 2)]
    public void Load_SetWithItsOwnTest_EachDrawGoesByTheSeed(int? images, double imbalance, int copies)
    {
        var data = new BenchData { Data = "embedded", Images = images, Imbalance = imbalance, Copies = copies };
        using var one = data.Load();
        using var other = (data with { DataSeed = 2 }).Load();
        Assert.Equal(one.Pool.Count, other.Pool.Count);
        Assert.NotEqual(Bytes(one.Pool), Bytes(other.Pool));
    }

    [Fact]
    public void Load_SizeOfThePictures_IsTheOneThatIsAskedFor()
    {
        using var data = (Of() with { Size = 64 }).Load();
        Assert.Equal((64, 64), (data.Pool.Height, data.Pool.Width));
    }
}
