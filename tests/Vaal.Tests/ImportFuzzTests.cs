using System.Diagnostics;
using System.Text;
using CsCheck;
using Vaal.Interop;

namespace Vaal.Tests;

/// <summary>Genuine files, damaged: an importer lists what it cannot use or refuses in one line, soon and in little memory.</summary>
public sealed class ImportFuzzTests
{
    private const int EachFormat = 90;
    private static readonly string[] Nasty =
    [
        "-1", "1e999", "99999999999999999999", "null", "[]", "{}", "\"\"", "NaN", "../../x", "\\u0000", "\\ud800", "0", "4294967295", "\"", "<", "&x;",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>", "[[[[[[[[", "\uFEFF", "\r", ",,,,", "100000000", "65536", "<a><a><a><a>",
    ];

    /// <summary>Format, the file that is damaged, and the rest that belongs to it.</summary>
    private static (string Format, string Folder, string File)[] Samples(TemporaryFolder own)
    {
        var request = new ExportRequest([.. Enumerable.Range(0, 20).Select(i => new ExportRow($"a{i}.jpg", "", 40, 30)
        {
            Class = "cat", Shapes = [new Box("cat", 1, 2, 3, 4), new Mask("dog", [3, 40, 1157], 40, 30), new Polygon("cat", [[new(1, 2), new(3, 4), new(5, 6)]])], Rank = i, Score = 0.5, Reason = "x",
        })], []);
        foreach (var (format, file) in new[] { ("csv", "own/l.csv"), ("parquet", "own/l.parquet"), ("json", "own/l.json"), ("cvat", "own/l.xml"), ("coco", "coco/l.json") })
            LabelFormats.Export(request, format, own[file]);
        var jsonl = own.Write("own/l.jsonl", string.Concat(Enumerable.Range(0, 20).Select(i => $$"""{"path":"a{{i}}.jpg","label":"cat","shapes":[{"type":"box","box":[1,2,3,4]}]}""" + "\n")));
        string Data(params string[] parts) => InteropSamples.Folder(parts);
        var voc = Data("datumaro", "voc_dataset", "voc_dataset1");
        var yolo = Data("datumaro", "yolo_dataset", "strict");
        return
        [
            ("csv", "", own["own/l.csv"]), ("parquet", "", own["own/l.parquet"]), ("json", "", own["own/l.json"]), ("json", "", jsonl),
            ("cvat", "", own["own/l.xml"]), ("cvat", "", Path.Combine(Data("datumaro", "cvat_dataset", "for_images", "export_task"), "train.xml")),
            ("coco", "", own["coco/l.json"]), ("coco", "", Path.Combine(Data("datumaro", "coco_dataset", "coco_instances"), "annotations", "instances_val.json")),
            ("label-studio", "", Path.Combine(Data("label-studio-brush"), "export.json")), ("label-studio", "", Path.Combine(Data("label-studio-sdk", "test_export_coco"), "data.json")),
            ("voc", voc, "Annotations/2007_000001.xml"), ("voc", voc, "ImageSets/Main/aeroplane_train.txt"),
            ("yolo", yolo, "obj_train_data/1.txt"), ("yolo", yolo, "obj.names"),
        ];
    }

    [Fact]
    public void Import_DamagedSamples_EndInOneLineSoonAndInLittleMemory()
    {
        using var own = new TemporaryFolder();
        var samples = Samples(own);
        var (tried, refused, problems) = (0, 0, 0);
        foreach (var (format, folder, file) in samples)
        {
            var original = File.ReadAllBytes(Path.Combine(folder, file));
            Gen.Int[0, int.MaxValue].Sample(seed =>
            {
                using var copy = new TemporaryFolder();
                var target = folder.Length > 0 ? Copied(folder, copy) : copy.Path;
                var path = Path.Combine(target, folder.Length > 0 ? file : Path.GetFileName(file));
                File.WriteAllBytes(path, Damaged(original, new Random(seed)));
                var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
                try
                {
                    var result = LabelFormats.Import(folder.Length > 0 ? target : path, format, new ImportContext(_ => (15, 10)));
                    Interlocked.Add(ref problems, result.Problems.Count);
                    Assert.All(result.Problems, p => Assert.DoesNotContain('\n', p.ToString()));
                    Assert.All(result.Annotations, a => Assert.Null(ImageNames.Unsafe(a.Image)));
                }
                catch (InputException e)
                {
                    Interlocked.Increment(ref refused);
                    Assert.DoesNotContain('\n', e.Message);
                }
                Interlocked.Increment(ref tried);
                Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 << 20);
            }, iter: EachFormat, threads: 1, seed: "0N0XIzNsQ0O2");
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{tried} damaged files: {refused} refused, {problems} problems listed");
        Assert.True(tried >= 500, $"only {tried} damaged files were tried");
        Assert.True(refused > tried / 20 && problems > tried / 20, "the damage is too mild to say anything");
    }

    private static string Copied(string folder, TemporaryFolder copy)
    {
        foreach (var file in Sources.Files(folder)) copy.Write(Sources.Relative(folder, file), File.ReadAllBytes(file));
        return copy.Path;
    }

    /// <summary>One to four wounds: bytes changed, cut out, doubled, cut off, or a number or text replaced by a nasty one.</summary>
    private static byte[] Damaged(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var wounds = random.Next(1, 5); wounds > 0; wounds--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    for (var i = at; i < at + Math.Min(length, 4); i++) bytes[i] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3 when random.Next(3) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Nasty[random.Next(Nasty.Length)]));
                    break;
                default:
                    while (at < bytes.Count && !char.IsAsciiDigit((char)bytes[at])) at++;
                    var end = at;
                    while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end])) end++;
                    bytes.RemoveRange(at, end - at);
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Nasty[random.Next(Nasty.Length)]));
                    break;
            }
        }
        return [.. bytes];
    }

    [Theory]
    [InlineData("json", "[")]
    [InlineData("coco", "{\"a\":")]
    [InlineData("label-studio", "[")]
    public void Import_JsonNestedMillionDeep_IsRefused(string format, string nest)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("deep.json", string.Concat(Enumerable.Repeat(nest, 1_000_000)));
        Assert.Contains("not valid JSON", Assert.Throws<InputException>(() => LabelFormats.Import(path, format, ImportContext.Empty)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_XmlNestedDeep_IsReadWithoutHarm()
    {
        using var folder = new TemporaryFolder();
        var nest = string.Concat(Enumerable.Repeat("<a>", 200_000)) + string.Concat(Enumerable.Repeat("</a>", 200_000));
        var path = folder.Write("annotations.xml", $"<annotations><image name=\"a.jpg\" width=\"1\" height=\"1\"><tag label=\"x\"/>{nest}</image></annotations>");
        Assert.Equal("x", Assert.Single(LabelFormats.Import(path, null, ImportContext.Empty).Annotations).Class);
        folder.Write("voc/a.xml", $"<annotation><object>{nest}</object></annotation>");
        Assert.Equal("a.xml: an object has no <bndbox>", Assert.Single(LabelFormats.Import(folder["voc"], "voc", ImportContext.Empty).Problems).ToString());
    }

    [Fact]
    public void Import_ManyHugeMasksInSmallFile_StopsInTime()
    {
        using var folder = new TemporaryFolder();
        var counts = "[0," + string.Join(',', Enumerable.Repeat("1,1", 4_999)) + ",1,99990001]";
        var annotations = string.Join(',', Enumerable.Range(0, 300).Select(i => $$$"""{"id":{{{i}}},"image_id":1,"category_id":1,"segmentation":{"size":[10000,10000],"counts":{{{counts}}}}}"""));
        var path = folder.Write("c.json", $$"""{"images":[{"id":1,"file_name":"a.jpg"}],"categories":[{"id":1,"name":"a"}],"annotations":[{{annotations}}]}""");
        var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
        Assert.Contains("too large or too many", Assert.Throws<InputException>(() => LabelFormats.Import(path, null, ImportContext.Empty)).Message, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 30);
    }
}
