using SkiaSharp;
using Vaal.Data;

namespace Vaal.Interop;

/// <summary>
/// A PNG an image whose grey levels, or palette indices, are classes: <c>masks/</c> beside <c>images/</c>, with <c>classes.csv</c>. What is exported is a data set that
/// <c>vaal simulate --task small-seg</c> can train on. Boxes and polygons are filled, later shapes lie over earlier ones, and a pixel belongs to what its centre
/// lies in; 255 is what no shape covers. The class of a whole image stands in the index.
/// </summary>
internal static class MaskPngs
{
    private const string Masks = "masks";

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
            if (File.Exists(row.File)) ExportFolder.Link(row.File, Path.Combine(folder, "images", file));
            if (row.Shapes.Count > 0) ExportFolder.Flushed(Path.Combine(folder, Masks, Path.ChangeExtension(file, ".png")), stream => Encode(Paint(row, numbers), row.Width, row.Height, stream));
        }
        Directory.CreateDirectory(Path.Combine(folder, Masks));
        ExportFolder.Flushed(Path.Combine(folder, MaskClasses.FileName), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(MaskClasses.Write(classes))));
        ExportFolder.Flushed(Path.Combine(folder, ExportFolder.Index), stream => Csv.WriteTable(stream, request.Rows, files));
    });

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
        if (row.Width < 1 || row.Height < 1) throw new InputException($"the size of {row.Image} is not known; a mask needs it");
        var pixels = new byte[row.Width * row.Height];
        pixels.AsSpan().Fill(ImageSet.Ignore);
        foreach (var shape in row.Shapes)
        {
            if (shape.Class is null) throw new InputException($"a shape of {row.Image} has no class; a mask is made of classes. Export as json to keep shapes without one");
            var inside = shape is Mask mask ? Fitting(mask, row).ToBitmap() : Filled(shape, row.Width, row.Height);
            for (var i = 0; i < pixels.Length; i++)
                if (inside[i] != 0) pixels[i] = numbers[shape.Class];
        }
        return pixels;
    }

    private static Mask Fitting(Mask mask, ExportRow row) => (mask.Width, mask.Height) == (row.Width, row.Height) ? mask
        : throw new InputException($"a mask of {row.Image} is {mask.Width}×{mask.Height}, and the image {row.Width}×{row.Height}");

    // other than 0 inside
    private static byte[] Filled(Shape shape, int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        bitmap.Erase(SKColors.Black);
        using var canvas = new SKCanvas(bitmap);
        using var white = new SKPaint { Color = SKColors.White, IsAntialias = false };
        if (shape is Box box) canvas.DrawRect((float)box.X, (float)box.Y, (float)box.Width, (float)box.Height, white);
        foreach (var ring in (shape as Polygon)?.Rings ?? [])
        {
            using var path = new SKPath();
            path.AddPoly([.. ring.Select(p => new SKPoint((float)p.X, (float)p.Y))], close: true);
            canvas.DrawPath(path, white);
        }
        canvas.Flush();
        return Rows(bitmap, width, height);
    }

    private static void Encode(byte[] pixels, int width, int height, Stream stream)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        for (var y = 0; y < height; y++) pixels.AsSpan(y * width, width).CopyTo(bitmap.GetPixelSpan()[(y * bitmap.RowBytes)..]);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        png.SaveTo(stream);
    }

    private static byte[] Rows(SKBitmap bitmap, int width, int height)
    {
        var pixels = new byte[width * height];
        for (var y = 0; y < height; y++) bitmap.GetPixelSpan().Slice(y * bitmap.RowBytes, width).CopyTo(pixels.AsSpan(y * width));
        return pixels;
    }
}
