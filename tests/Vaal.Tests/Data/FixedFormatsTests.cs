using System.Security.Cryptography;
using Vaal.Data;
using Vaal.Data.Formats;

namespace Vaal.Tests.Data;

/// <summary>CIFAR, IDX and the embedded set: what is particular to each, on made and on real data.</summary>
public sealed class FixedFormatsTests : IDisposable
{
    private static readonly LoadOptions _options = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Cifar10_BatchesAreMissing_NamesThemAndUsesTheOthers()
    {
        _folder.Write("cifar-10-batches-bin/data_batch_2.bin", DataFormatsTests.Cifar(1, [1]));
        _folder.Write("cifar-10-batches-bin/data_batch_5.bin", DataFormatsTests.Cifar(2, [2], [3]));
        using var data = DataFormats.Load(_folder.Path, _options);
        Assert.Equal([1, 2, 3], data.Pool.Classes);
        Assert.Equal((1, 2, 10), (data.Pool[0][0], data.Pool[1][0], data.Pool[2][3071]));
        Assert.Null(data.Test);
        Assert.Equal(
            ["data_batch_2.bin holds 1 image; the official file has 10,000",
                "data_batch_5.bin holds 2 images; the official file has 10,000",
             "missing: data_batch_1.bin, data_batch_3.bin, data_batch_4.bin; the pool is the 3 images of the others",
                 "missing: test_batch.bin; there is no test set"],
            data.Notes);
    }

    [Theory]
    [InlineData(3072, "cut short or damaged: expected a multiple of 3,073 bytes (one image), "
        + "found 3,072 bytes; copy it again")]
    [InlineData(3074, "cut short or damaged: expected a multiple of 3,073 bytes (one image), "
        + "found 3,074 bytes; copy it again")]
    [InlineData(0, "is empty")]
    public void Cifar10_WrongLength_IsRefusedWithPathAndNumbers(int length, string message)
    {
        _folder.Write("data_batch_1.bin", new byte[length]);
        var problem = Problem();
        Assert.Contains("data_batch_1.bin", problem, StringComparison.Ordinal);
        Assert.EndsWith(message, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Cifar10_LabelOutOfRange_IsRefusedWithItsPlace()
    {
        _folder.Write("data_batch_1.bin", DataFormatsTests.Cifar(0, [9], [10]));
        Assert.EndsWith(
            "data_batch_1.bin is damaged: label 10 in image 1; expected 0..9", Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Cifar100_LabelsOutOfRangeOrInTwoSuperClasses_AreRefused()
    {
        _folder.Write("train.bin", DataFormatsTests.Cifar(0, [20, 0]));
        Assert.EndsWith("label 20 in image 0; expected 0..19", Problem(), StringComparison.Ordinal);
        _folder.Write("train.bin", DataFormatsTests.Cifar(0, [19, 100]));
        Assert.EndsWith("label 100 in image 0; expected 0..99", Problem(), StringComparison.Ordinal);
        _folder.Write("train.bin", DataFormatsTests.Cifar(0, [3, 50], [4, 50]));
        Assert.EndsWith(
            "image 1 puts class 50 into super-class 4; earlier ones put it into 3", Problem(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad magic", "begins with 0x00000801; expected 0x00000803")]
    [InlineData("header cut", "cut short: it has part of its header")]
    [InlineData("truncated", "cut short: it has 2 of 3 images")]
    [InlineData("truncated gz", "cut short: it has")]
    [InlineData("bomb", "its header says 2147483647 × 28 × 28 bytes, and the file has")]
    [InlineData("too long", "it is longer than its header says")]
    [InlineData("counts differ", "has 3 images")]
    [InlineData("label", "label 10 at image 1; expected 0..9")]
    [InlineData("no labels", "has no labels beside it")]
    [InlineData("size", "has images of 33×33; expected at most 32×32")]
    [InlineData("wide", "its header says 3 × 0 × 4294967295 bytes, and the file has")]
    [InlineData("many labels", "its header says 3000000000 bytes, and the file has")]
    public void Idx_Damaged_IsRefusedInOneLine(string what, string message)
    {
        var (images, labels) = (DataFormatsTests.IdxImages(0, 3), DataFormatsTests.IdxLabels(1, 2, 3));
        images = what switch
        {
            "bad magic" => labels,
            "header cut" => images[..10],
            "truncated" => images[..^5],
            "truncated gz" => DataFormatsTests.Gzip(images)[..^20],
            "bomb" => [.. DataFormatsTests.IdxHeader(0x803, int.MaxValue, 28, 28), 0, 0],
            "too long" => [.. images, 0],
            "size" => [.. DataFormatsTests.IdxHeader(0x803, 3, 33, 33), .. new byte[3 * 33 * 33]],
            "wide" => DataFormatsTests.IdxHeader(0x803, 3, 0, -1),
            _ => images,
        };
        if (what == "counts differ") labels = DataFormatsTests.IdxLabels(1, 2);
        if (what == "label") labels = DataFormatsTests.IdxLabels(1, 10, 3);
        // gzip might make 3 GB of these 3 MB
        if (what == "many labels")
            labels = [.. DataFormatsTests.IdxHeader(0x801, unchecked((int)3_000_000_000)), .. new byte[3_000_000]];
        _folder.Write("train-images-idx3-ubyte.gz", images);
        if (what != "no labels") _folder.Write("train-labels-idx1-ubyte", labels);
        Assert.Contains(message, Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Idx_TwentyEightPixels_LieInTheMiddleOfZeros()
    {
        _folder.Write(
            "train-images-idx3-ubyte",
            [.. DataFormatsTests.IdxHeader(0x803, 1, 28, 28), .. Enumerable.Range(0, 784)
                .Select(i => (byte)(i % 255 + 1))]);
        _folder.Write("train-labels-idx1-ubyte", DataFormatsTests.IdxLabels(0));
        using var data = DataFormats.Load(_folder.Path, _options);
        for (var y = 0; y < 32; y++)
        {
            for (var x = 0; x < 32; x++)
            {
                var inside = x is >= 2 and < 30 && y is >= 2 and < 30;
                Assert.Equal(inside ? ((y - 2) * 28 + x - 2) % 255 + 1 : 0, data.Pool[0][y * 32 + x]);
            }
        }
    }

    /// <summary>A link is as long as the path that it holds, here one letter.</summary>
    [Theory]
    [InlineData("cifar10")]
    [InlineData("idx")]
    public void Load_LinkedFiles_AreRead(string format)
    {
        (string Name, byte[] Bytes)[] files = format == "cifar10"
            ? [("data_batch_1.bin", DataFormatsTests.Cifar(1, [3], [9], [0]))]
            : [("train-images-idx3-ubyte", DataFormatsTests.IdxImages(1, 3)),
                ("train-labels-idx1-ubyte", DataFormatsTests.IdxLabels(3, 9, 0))];
        foreach (var (i, (name, bytes)) in files.Index())
        {
            _folder.Write($"{i}", bytes);
            File.CreateSymbolicLink(_folder[name], $"{i}");
        }
        using var data = DataFormats.Load(_folder.Path, _options, format);
        Assert.Equal([3, 9, 0], data.Pool.Classes);
    }

    [Fact]
    public void Cifar10_RealFiles_CountsLabelsAndBytes()
    {
        using var data = DataFormats.Load(RealData.Folder("cifar10"), _options);
        Assert.Equal((30_000, 10_000), (data.Pool.Count, data.Test!.Count));
        Assert.Equal(
            ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
            data.ClassNames);
        // frog, truck, truck, deer, ...: as everybody's first look at it
        Assert.Equal([6, 9, 9, 4, 1, 1, 2, 7, 8, 3], data.Pool.Classes.Take(10));
        Assert.Equal([3, 8, 8, 0, 6, 6, 1, 6, 3, 1], data.Test.Classes.Take(10));
        Assert.All(Enumerable.Range(0, 10), c => Assert.Equal(1_000, data.Test.Classes.Count(l => l == c)));
        Assert.Equal(
            ["missing: data_batch_4.bin, data_batch_5.bin; the pool is the 30,000 images of the others"], data.Notes);
        // put together again, the sets are the official file
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var id = 0; id < 10_000; id++)
        {
            sum.AppendData([(byte)data.Test.Classes[id]]);
            sum.AppendData(data.Test[id]);
        }
        Assert.Equal(
            "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
            Convert.ToHexStringLower(sum.GetHashAndReset()));
    }

    [Fact]
    public void Cifar100_RealFiles_CountsNamesAndSuperClasses()
    {
        var folder = RealData.Folder("cifar100");
        using var data = DataFormats.Load(folder, _options);
        Assert.Equal((6_000, 2_000), (data.Pool.Count, data.Test!.Count));
        Assert.All(
            Enumerable.Range(0, 100), c =>
                Assert.Equal((60, 20), (data.Pool.Classes.Count(l => l == c), data.Test.Classes.Count(l => l == c))));
        string[] coarse = File.ReadAllLines(Path.Combine(folder, "coarse_label_names.txt"));
        string[] Members(string name) =>
            [.. Enumerable.Range(0, 100).Where(c => coarse[data.SuperClasses[c]] == name)
                .Select(c => data.ClassNames[c])];
        // from the data set's description
        Assert.Equal(["orchid", "poppy", "rose", "sunflower", "tulip"], Members("flowers"));
        Assert.Equal(["bicycle", "bus", "motorcycle", "pickup_truck", "train"], Members("vehicles_1"));
        Assert.All(data.SuperClasses.CountBy(s => s), s => Assert.Equal(5, s.Value));
    }

    [Fact]
    public void Cifar10_RealFileCutShort_IsRefused()
    {
        _folder.Write(
            "data_batch_1.bin",
            File.ReadAllBytes(Path.Combine(RealData.Folder("cifar10"), "test_batch.bin"))[..20_000_000]);
        Assert.EndsWith(
            "expected a multiple of 3,073 bytes (one image), found 20,000,000 bytes; copy it again",
            Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Idx_FashionMnist_CountsLabelsAndFirstImage()
    {
        using var data = DataFormats.Load(RealData.FashionMnist(), _options);
        Assert.Equal((60_000, 10_000), (data.Pool.Count, data.Test!.Count));
        Assert.Equal([9, 0, 0, 3, 0, 2, 7, 2, 5, 5], data.Pool.Classes.Take(10));
        Assert.Equal([9, 2, 1, 1, 6, 1, 4, 6, 5, 7], data.Test.Classes.Take(10));
        Assert.Equal("Ankle boot", data.ClassNames[data.Pool.Classes[0]]);
        Assert.All(Enumerable.Range(0, 10), c => Assert.Equal(6_000, data.Pool.Classes.Count(l => l == c)));
        var sum = 0L;
        for (var id = 0; id < data.Pool.Count; id++) foreach (var b in data.Pool[id]) sum += b;
        Assert.Equal(0.2860, sum / 255.0 / (60_000 * 784), 4); // the mean that everybody normalises Fashion-MNIST with
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void Embedded_Load_IsStratified()
    {
        using var data = DataFormats.Load("embedded", _options);
        Assert.Equal(("embedded", 5_000, 1_000), (data.Name, data.Pool.Count, data.Test!.Count));
        Assert.Equal((1, 32, 32), (data.Pool.Channels, data.Pool.Height, data.Pool.Width));
        Assert.All(
            Enumerable.Range(0, 10), c =>
                Assert.Equal((500, 100), (data.Pool.Classes.Count(l => l == c), data.Test.Classes.Count(l => l == c))));
        Assert.True(data.Pool.Classes.Take(100).Distinct().Count() == 10, "classes are mixed, not one after the other");
    }

    [Fact]
    public void Embedded_EveryImage_IsTheOriginalAtItsIndex()
    {
        using var original = DataFormats.Load(RealData.FashionMnist(), _options);
        using var data = DataFormats.Load("embedded", _options);
        var (indices, _, _) = Embedded.Unpack();
        Assert.Equal((5_000, 1_000), (indices[..5_000].Distinct().Count(), indices[5_000..].Distinct().Count()));
        for (var i = 0; i < 6_000; i++)
        {
            var (mine, theirs, id) = i < 5_000
                ? (data.Pool, original.Pool, i)
                : (data.Test!, original.Test!, i - 5_000);
            Assert.Equal(theirs.Classes[indices[i]], mine.Classes[id]);
            Assert.True(mine[id].SequenceEqual(theirs[indices[i]]), $"image {i}");
        }
    }

    [Fact]
    public void Embedded_Resources_AreSmallAndCarryTheirLicence()
    {
        using var data = typeof(Embedded).Assembly.GetManifestResourceStream("fashion-mnist.br")!;
        Assert.InRange(data.Length, 1, 3_000_000);
        using var notice =
            new StreamReader(typeof(Embedded).Assembly.GetManifestResourceStream("fashion-mnist.NOTICE")!);
        var text = notice.ReadToEnd();
        Assert.Contains("Zalando SE", text, StringComparison.Ordinal);
        Assert.Contains("Permission is hereby granted, free of charge", text, StringComparison.Ordinal);
    }

    private string Problem() => Assert.Throws<InputException>(() => DataFormats.Load(_folder.Path, _options)).Message;
}
