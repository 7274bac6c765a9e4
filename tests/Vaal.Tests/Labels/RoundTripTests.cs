using CsCheck;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>
/// What is written comes back from every format, whatever classes and files are called and wherever shapes lie.
/// </summary>
public sealed class RoundTripTests
{
    private const int Width = 97, Height = 61;

    // what some format gives a meaning to, line breaks, both forms of é, other scripts, an emoji
    private static readonly string[] Parts =
    [
        "a", "B", "0", "1e5", "true", "null", "#", "#N/A", "%", "%20", "&", "'", "\"", ",", ";", "|", ":", "/", "\\",
        "..", ".", "=", "+", "-", "@", "[", "]", "{", "}", "<", ">", "~", "*", "?", "_", " ", "  ", "\t", "\n", "\r\n",
        "é", "e\u0301", "ß", "漢", "א", "🐈", "\u00a0", "\u200b", "cat", "train", "images", "label",
    ];

    private static readonly Gen<string> AClass = Gen.Int[0, Parts.Length - 1].Array[1, 4]
        .Select(parts => Text.Trimmed(string.Concat(parts.Select(p => Parts[p]))))
        .Where(name => name.Length > 0 && Text.FitsClass(name));

    private static readonly Gen<double> Fraction = Gen.Int[0, 999_983].Select(n => n / 999_983.0);

    private static readonly Gen<Shape> ABox = Gen.Select(Fraction, Fraction, Fraction, Fraction, (x, y, w, h) =>
        (Shape)new Box(null, x * (Width - 1), y * (Height - 1), 0.01 + w * (1 - x) * (Width - 1),
            0.01 + h * (1 - y) * (Height - 1)));

    private static readonly Gen<Shape> APolygon = Gen.Select(Fraction, Fraction).Array[3, 6].Select(ring =>
        (Shape)new Polygon(null, [[.. ring.Select(p => new Point(p.Item1 * Width, p.Item2 * Height))]]));

    private static readonly Gen<Shape> AMask = Gen.Int[0, 400].Array[0, 30].Select(cuts =>
    {
        var (pixels, at, inside) = (new byte[Width * Height], 0, (byte)0);
        foreach (var cut in cuts)
        {
            pixels.AsSpan(at, Math.Min(cut, pixels.Length - at)).Fill(inside);
            (at, inside) = (Math.Min(at + cut, pixels.Length), (byte)(1 - inside));
        }
        pixels[^1] = 1;
        return (Shape)Mask.FromBitmap(null, pixels, Width, Height);
    });

    public static TheoryData<string> OfClasses => [.. LabelFormatsTests.RoundTrip.Where(f => f.Data != "masks")];

    /// <summary>Classes of whole images, of which some have none yet.</summary>
    [Theory]
    [MemberData(nameof(OfClasses))]
    public void Classes_OfAnyName_ComeBack(string format) =>
        Gen.Select(AClass, Gen.Bool).Array[1, 5].Sample(given =>
        {
            using var folder = new TemporaryFolder();
            var picture = folder.Write("p.png", TestImages.Png(2, 2, 8, 0, (_, _) => [7]));
            // the first has one, else a format that holds classes alone would have nothing to hold
            ExportRow[] rows = [.. given.Select((g, i) => new ExportRow($"{i}.png", picture, 2, 2)
            {
                Class = i == 0 || g.Item2 ? g.Item1 : null,
            })];
            var target = folder["out" + Ending(format)];
            try
            {
                LabelFormats.Export(new ExportRequest(rows, []), format, target);
            }
            catch (InputException e) when (format == "one-hot" && e.Message.StartsWith(
                "expected classes whose names can head the columns of a table", StringComparison.Ordinal))
            {
                return;                                                              // said, not lost
            }
            // a class called #N/A is believed where there is one
            var context = new ImportContext(_ => (2, 2)) { KnowsClass = name => name[0] == '#' };
            var read = LabelFormats.Import(target, format, context);
            Assert.Empty(read.Problems);
            var names = new ImageNames(rows.Select(r => r.Image));
            Assert.Equal(rows.Where(r => r.Class is not null).Select(r => (r.Image, r.Class)),
                read.Annotations.Select(a => (names.Resolve(a.Image, out _)!, a.Class)).Order());
        }, iter: 40, threads: 1);

    /// <summary>Shapes with classes of any name, to a millionth of a pixel.</summary>
    [Theory]
    [MemberData(nameof(LabelFormatsTests.RoundTripOfShapes), MemberType = typeof(LabelFormatsTests))]
    public void Shapes_OfAnyPlace_ComeBack(string format)
    {
        var carries = LabelFormats.Named(format).Carries;
        Gen<Shape>[] kinds = [.. new[] { (typeof(Box), ABox), (typeof(Polygon), APolygon), (typeof(Mask), AMask) }
            .Where(k => carries.Contains(k.Item1)).Select(k => k.Item2)];
        // masks overlap, and of one file the last would win
        var most = format == "masks" ? 1 : 4;
        var aShape = Gen.Select(AClass, Gen.OneOf(kinds)).Select(p => p.Item2 with { Class = p.Item1 });
        aShape.Array[1, most].Sample(shapes =>
        {
            using var folder = new TemporaryFolder();
            var picture = folder.Write("p.png", TestImages.Png(Width, Height, 8, 0, (_, _) => [7]));
            var row = new ExportRow("p.png", picture, Width, Height) { Shapes = shapes };
            var target = folder["out" + Ending(format)];
            LabelFormats.Export(new ExportRequest([row], []), format, target);
            var read = LabelFormats.Import(target, format, new ImportContext(_ => (Width, Height)));
            Assert.Empty(read.Problems);
            Assert.Equal(shapes.Select(LabelFormatsTests.Numbers),
                Assert.Single(read.Annotations).Shapes.Select(LabelFormatsTests.Numbers));
        }, iter: 40, threads: 1);
    }

    /// <summary>Names of files and folders, by the resolver that every import goes through.</summary>
    [Theory]
    [MemberData(nameof(OfClasses))]
    public void Images_OfAnyName_AreFoundAgain(string format) =>
        Gen.Int[0, Parts.Length - 1].Array[1, 3].Array[1, 3].Sample(given =>
        {
            string[] parts = [.. given.Select(g => string.Concat(g.Select(p => Parts[p])).Replace('/', '-')
                .Replace('\\', '-').Replace("..", "-", StringComparison.Ordinal))];
            var name = string.Join('/', parts.Select((p, i) => "x" + p + (i == parts.Length - 1 ? ".png" : "x")));
            using var folder = new TemporaryFolder();
            var picture = folder.Write("p.png", TestImages.Png(2, 2, 8, 0, (_, _) => [7]));
            var target = folder["out" + Ending(format)];
            LabelFormats.Export(new ExportRequest([new ExportRow(name, picture, 2, 2) { Class = "cat" }], []), format,
                target);
            var read = LabelFormats.Import(target, format, new ImportContext(_ => (2, 2)));
            var found = Assert.Single(read.Annotations);
            Assert.Equal(name, new ImageNames([name, "other/" + name]).Resolve(found.Image, found.Folder, out _));
        }, iter: 40, threads: 1);

    private static string Ending(string format) => format switch
    {
        "csv" or "one-hot" => ".csv",
        "parquet" => ".parquet",
        "cvat" => ".xml",
        "yolo" or "image-folder" or "masks" => "",
        _ => ".json",
    };
}
