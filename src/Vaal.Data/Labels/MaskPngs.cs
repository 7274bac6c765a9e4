using SkiaSharp;
using Vaal.Data.Formats;

namespace Vaal.Data.Labels;

/// <summary>
/// A PNG an image whose grey levels, or palette indices, are classes: <c>masks/</c> beside <c>images/</c>, with <c>classes.csv</c>. What is exported is a data set that
/// <c>vaal simulate --task small-seg</c> can train on: shapes are painted (<see cref="Raster"/>), and 255 is what none covers. The class of a whole image stands in the index.
/// </summary>
internal static class MaskPngs
{
    public const string Masks = "masks";

    public static bool Recognises(string path) => Directory.Exists(Path.Combine(path, Masks)) && File.Exists(Path.Combine(path, MaskClasses.FileName));

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        if (!Recognises(path)) throw new InputException($"'{path}' holds no masks; wanted is a folder with {Masks}/ and {MaskClasses.FileName} in it");
        var (names, ids) = MaskClasses.Read(Path.Combine(path, MaskClasses.FileName));
        var index = Csv.IndexByStem(path, context);
        var ofWhole = ClassesOfWholeImages(path, context);
        foreach (var file in Sources.Files(Path.Combine(path, Masks)).Where(Sources.IsPicture))
        {
            var where = Sources.Relative(path, file);
            log.Entry(where, () =>
            {
                var image = Sources.PictureOf(path, where, index);
                var (shapes, size) = ShapesOf(file, image, names, ids, log);
                ofWhole.Remove(image, out var whole);
                log.Add(new Annotation(image, whole.Class, shapes, null, null, where) { Size = size });
            });
        }
        foreach (var picture in WithoutMask(path)) log.Problem(picture, $"has no mask {Masks}/{Path.ChangeExtension(picture["images/".Length..], ".png")}");
        foreach (var (image, (name, where)) in ofWhole) log.Entry(where, () => log.Add(new Annotation(image, name, [], null, null, where)));
        return log.Result;
    }

    public static void Write(ExportRequest request, string path) => ExportFolder.Create(path, folder =>
    {
        var classes = request.AllClasses;
        if (classes.Count > ImageSet.Ignore) throw new InputException($"there are {classes.Count} classes; a mask of bytes has room for {ImageSet.Ignore}. Export as coco or json");
        var numbers = classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => (byte)c.i);
        var (taken, files) = (new HashSet<string>(), new List<string>());
        foreach (var row in request.Rows)
        {
            var file = ExportFolder.Unique(row.Image, taken);
            files.Add(file);
            ExportFolder.Copy(row, Path.Combine(folder, "images", file));
            if (row.Shapes.Count > 0) ExportFolder.Flushed(Path.Combine(folder, Masks, Path.ChangeExtension(file, ".png")), stream => Encode(Paint(row, numbers), row.Width, row.Height, stream));
        }
        Directory.CreateDirectory(Path.Combine(folder, Masks));
        ExportFolder.Flushed(Path.Combine(folder, MaskClasses.FileName), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(MaskClasses.Write(classes))));
        ExportFolder.Flushed(Path.Combine(folder, ExportFolder.Index), stream => Csv.WriteIndex(stream, request.Rows, files));
    });

    // of others: in an export of ours such an image has no label yet
    private static IEnumerable<string> WithoutMask(string path)
    {
        var pictures = Path.Combine(path, "images");
        if (!Directory.Exists(pictures) || File.Exists(Path.Combine(path, ExportFolder.Index))) return [];
        string Stem(string folder, string file) => Path.ChangeExtension(Sources.Relative(folder, file), null);
        var masks = Sources.Files(Path.Combine(path, Masks)).Select(f => Stem(Path.Combine(path, Masks), f)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return Sources.Files(pictures).Where(f => Sources.IsPicture(f) && !masks.Contains(Stem(pictures, f))).Select(f => Sources.Relative(path, f));
    }

    // a shape for each class that is in the mask
    private static (List<Shape> Shapes, (int, int) Size) ShapesOf(string file, string image, string[] names, MaskIds ids, ImportLog log)
    {
        try
        {
            var png = IndexedPng.Read(file, Rle.MaxPixels);
            Rle.CheckSize(png.Width, png.Height);
            if (log.Context.SizeOf(image) is { } size && size != (png.Width, png.Height))
                throw new MalformedEntryException($"is {png.Width}×{png.Height}, and the image {Text.Quote(image)} is {size.Width}×{size.Height}");
            var classes = ids.Classes(png);
            var shapes = new List<Shape>();
            var region = new byte[classes.Length];
            foreach (var c in classes.Distinct().Where(c => c != ImageSet.Ignore).Order())
            {
                for (var i = 0; i < region.Length; i++) region[i] = classes[i] == c ? (byte)1 : (byte)0;
                var mask = Mask.FromBitmap(names[c], region, png.Width, png.Height);
                log.Runs.Take(mask.Runs.Count);
                shapes.Add(mask);
            }
            return (shapes, (png.Width, png.Height));
        }
        catch (InvalidDataException e)
        {
            throw new MalformedEntryException(e.Message);
        }
    }

    private static Dictionary<string, (string Class, string Where)> ClassesOfWholeImages(string path, ImportContext context)
    {
        var file = Path.Combine(path, ExportFolder.Index);
        return File.Exists(file)
            ? Csv.Manifest(file, context).Where(row => row.Class is not null).GroupBy(row => row.Image).ToDictionary(g => g.Key, g => (g.First().Class!, $"{ExportFolder.Index} {g.First().Where}"))
            : [];
    }

    // (H, W)
    private static byte[] Paint(ExportRow row, Dictionary<string, byte> numbers)
    {
        if (Raster.Problem(row.Shapes, row.Image, row.Width, row.Height) is { } problem)
            throw new InputException(problem + (row.Shapes.Any(s => s.Class is null) ? ". Export as json to keep shapes without one" : ""));
        return Raster.Paint(row.Shapes, numbers, row.Width, row.Height);
    }

    private static void Encode(byte[] pixels, int width, int height, Stream stream)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        for (var y = 0; y < height; y++) pixels.AsSpan(y * width, width).CopyTo(bitmap.GetPixelSpan()[(y * bitmap.RowBytes)..]);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        png.SaveTo(stream);
    }
}
