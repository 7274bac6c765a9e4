using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using Vaal.Data;
using Vaal.Data.Formats;

namespace Vaal.Tests.Data;

/// <summary>What holds for every format in the table, on a tiny instance that is written here.</summary>
public sealed class DataFormatsTests : IDisposable
{
    private static readonly LoadOptions _options = new() { Size = 32, Threads = 2 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => [.. DataFormats.All.Keys];

    public static TheoryData<string> InFolders =>
        [.. DataFormats.All.Keys.Where(n => !n.StartsWith("embedded", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(InFolders))]
    public void Load_TinyInstance_IdsLabelsAndPixelsAreRight(string format)
    {
        var (poolLabels, testLabels) = Write(format, middle: 77);
        using var data = DataFormats.Load(_folder.Path, _options); // detected
        Assert.Equal(poolLabels, data.Pool.Classes);
        Assert.Equal(testLabels, data.Test?.Classes);
        // every format's tiny image has its number in the pool, times ten, as its upper left, and `middle` in the
        // middle of the first
        Assert.Equal(77, Middle(data.Pool[0]));
        for (var id = 1; id < data.Pool.Count; id++) Assert.Equal(10 * id, Middle(data.Pool[id]));
        Assert.Equal((32, 32), (data.Pool.Height, data.Pool.Width));
        Assert.True(data.ClassNames.Count > poolLabels.DefaultIfEmpty(-1).Max());
        Assert.Matches("^[0-9a-f]{64}$", data.Fingerprint);
    }

    [Theory, MemberData(nameof(Names))]
    public void Load_Twice_SameFingerprintAndPixels(string format)
    {
        Write(format, middle: 77);
        var path = format.StartsWith("embedded", StringComparison.Ordinal) ? format : _folder.Path;
        using var first = DataFormats.Load(path, _options, format);
        using var second = DataFormats.Load(path, _options, format);
        Assert.Equal(first.Fingerprint, second.Fingerprint);
        Assert.Equal(first.Pool.Paths, second.Pool.Paths);
        for (var id = 0; id < first.Pool.Count; id++) Assert.True(first.Pool[id].SequenceEqual(second.Pool[id]));
    }

    [Theory, MemberData(nameof(InFolders))]
    public void Load_OnePixelDiffers_FingerprintDiffers(string format)
    {
        Write(format, middle: 77);
        string before;
        using (var data = DataFormats.Load(_folder.Path, _options, format)) before = data.Fingerprint;
        Write(format, middle: 78);
        using var after = DataFormats.Load(_folder.Path, _options, format);
        Assert.NotEqual(before, after.Fingerprint);
    }

    [Theory, MemberData(nameof(InFolders))]
    public void Load_NoSuchFolderEmptyFolderOrFile_IsOneClearLine(string format)
    {
        foreach (var name in new[] { format, null })
        {
            Assert.Contains("there is no", Problem(Path.Combine(_folder.Path, "none"), name), StringComparison.Ordinal);
            Assert.EndsWith("is empty", Problem(_folder.Path, name), StringComparison.Ordinal);
        }
        Assert.Contains(
            "is a file; expected the folder", Problem(_folder.Write("notes/a.txt", "a"), format),
            StringComparison.Ordinal);
        Assert.Contains("holds no", Problem(_folder.Path, format), StringComparison.Ordinal);
        Assert.Contains(
            "formats are: embedded, embedded-photos, cifar10, cifar100, idx, camvid, cityscapes, bdd100k, voc, " +
            "image-masks, multi-label, class-folder, flat-folder", Problem(_folder.Path, null),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("embedded-photos")]
    public void Load_EmbeddedFormatOfAnotherPath_IsRefused(string format) => Assert.Equal(
        $"{format} comes with the program and is not in '{_folder.Path}'; name it by --data {format}",
        Problem(_folder.Path, format));

    [Fact]
    public void Embedded_AFolderOfThatName_GoesFirst()
    {
        Assert.True(Embedded.IsMeant(_folder["embedded"], _folder["embedded"]));
        Directory.CreateDirectory(_folder["embedded"]);
        Assert.False(Embedded.IsMeant(_folder["embedded"], _folder["embedded"]));
    }

    [Fact]
    public void Load_UnknownFormat_ListsTheChoices()
        => Assert.Equal(
            "no data format 'mnist'; there are: embedded, embedded-photos, cifar10, cifar100, idx, camvid, " +
            "cityscapes, bdd100k, voc, image-masks, multi-label, class-folder, flat-folder",
            Problem(_folder.Path, "mnist"));

    [Fact]
    public void Load_BadOptions_NamesEveryProblem()
    {
        var e = Assert.Throws<InputException>(() => DataFormats.Load("embedded", new() { Size = 50, Threads = -1 }));
        Assert.Equal(
            "image size is 50; it must be 32, 64, 128 or 256; threads is -1; it must be 0 (one a processor) or more",
            e.Message);
    }

    private string Problem(string path, string? format)
    {
        var e = Assert.Throws<InputException>(() => DataFormats.Load(path, _options, format));
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }

    /// <summary>Three pool images, of which the first has this byte in its middle, and where the format has them two
    /// test images.</summary>
    private (int[] Pool, int[]? Test) Write(string format, byte middle)
    {
        switch (format)
        {
            case "cifar10":
                _folder.Write("data_batch_1.bin", Cifar(middle, [3], [9], [0]));
                _folder.Write("test_batch.bin", Cifar(0, [1], [2]));
                return ([3, 9, 0], [1, 2]);
            case "cifar100":
                _folder.Write("train.bin", Cifar(middle, [19, 99], [0, 5], [7, 6]));
                _folder.Write("test.bin", Cifar(0, [7, 6], [0, 5]));
                return ([99, 5, 6], [6, 5]);
            case "idx":
                _folder.Write("train-images-idx3-ubyte", IdxImages(middle, 3));
                _folder.Write("train-labels.idx1-ubyte", IdxLabels(4, 9, 0));
                _folder.Write("t10k-images.idx3-ubyte.gz", Gzip(IdxImages(0, 2)));
                _folder.Write("t10k-labels-idx1-ubyte.gz", Gzip(IdxLabels(1, 1)));
                return ([4, 9, 0], [1, 1]);
            case "camvid":
                return Masked(middle, "train/{0}.png", "trainannot/{0}.png", "test/{0}.png", "testannot/{0}.png");
            case "cityscapes":
                return Masked(
                    middle, "leftImg8bit/train/ulm/{0}_leftImg8bit.png", "gtFine/train/ulm/{0}_gtFine_labelIds.png",
                    "leftImg8bit/val/ulm/{0}_leftImg8bit.png", "gtFine/val/ulm/{0}_gtFine_labelIds.png");
            case "bdd100k":
                return Masked(
                    middle, "images/10k/train/{0}.png", "labels/sem_seg/masks/train/{0}.png", "images/10k/val/{0}.png",
                    "labels/sem_seg/masks/val/{0}.png");
            case "voc":
                _folder.Write("ImageSets/Segmentation/train.txt", "0\n1\n2\n");
                _folder.Write("ImageSets/Segmentation/val.txt", "8\n9\n");
                return Masked(
                    middle, "JPEGImages/{0}.png", "SegmentationClass/{0}.png", "JPEGImages/{0}.png",
                    "SegmentationClass/{0}.png");
            case "image-masks":
                _folder.Write("classes.csv", "id,name\n0,sky\n7,road\n");
                return Masked(
                    middle, "images/train/{0}.png", "masks/train/{0}.png", "images/val/{0}.png", "masks/val/{0}.png");
            case "multi-label":
                foreach (
                    var (path, value) in new[] { ("train/1.png", middle), ("train/2.png", 10), ("train/3.png", 20),
                        ("test/1.png", 0), ("test/2.png", 0) })
                    _folder.Write(path, TestImages.Grey(32, 32, (_, _) => value));
                _folder.Write("train/_classes.csv", "filename,cat,dog\n1.png,1,1\n2.png,0,0\n3.png,0,1\n");
                _folder.Write("test/_classes.csv", "filename,cat,dog\n1.png,1,0\n2.png,0,1\n");
                return ([], []);
            case "class-folder":
                foreach (
                    var (path, value) in new[] { ("train/b/deep/1.png", middle), ("train/b/x.PNG", 10),
                        ("train/c/y.png", 20), ("test/a/z.png", 0), ("test/c/z.png", 0) })
                    _folder.Write(path, TestImages.Grey(32, 32, (_, _) => value));
                return ([1, 1, 2], [0, 2]);
            case "flat-folder":
                foreach (var (path, value) in new[] { ("A/1.png", middle), ("a.png", 10), ("b.png", 20) })
                    _folder.Write(path, TestImages.Grey(32, 32, (_, _) => value));
                return ([], null);
            default:
                return ([], null);
        }
    }

    /// <summary>Pictures with masks of one class: id 7.</summary>
    private (int[] Pool, int[]? Test) Masked(byte middle, string image, string mask, string testImage, string testMask)
    {
        foreach (var (id, value) in new[] { (0, middle), (1, 10), (2, 20), (8, 0), (9, 0) })
        {
            _folder.Write(
                string.Format(CultureInfo.InvariantCulture, id < 8 ? image : testImage, id),
                TestImages.Grey(32, 32, (_, _) => value));
            _folder.Write(
                string.Format(CultureInfo.InvariantCulture, id < 8 ? mask : testMask, id),
                TestImages.Grey(32, 32, (_, _) => 7));
        }
        return ([], []);
    }

    private static int Middle(ReadOnlySpan<byte> image) => image[16 * 32 + 16];

    internal static byte[] Cifar(byte first, params byte[][] labels)
        => [.. labels.SelectMany((l, i) => l.Concat(Enumerable.Repeat(i == 0 ? first : (byte)(10 * i), 3072)))];

    internal static byte[] IdxImages(byte first, int count)
        => [.. IdxHeader(0x803, count, 28, 28), .. Enumerable.Range(0, count)
            .SelectMany(i => Enumerable.Repeat(i == 0 ? first : (byte)(10 * i), 28 * 28))];

    internal static byte[] IdxLabels(params byte[] labels) => [.. IdxHeader(0x801, labels.Length), .. labels];

    internal static byte[] IdxHeader(params int[] numbers) => [.. numbers.SelectMany(n =>
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, n);
        return bytes;
    })];

    internal static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest)) zip.Write(bytes);
        return packed.ToArray();
    }
}
