using SkiaSharp;
using Vaal.Data.Formats;

namespace Vaal.Data.Labels;

/// <summary>
/// A PNG an image whose grey levels, or palette indices, are classes: <c>masks/</c> beside <c>images/</c>, with
/// <c>classes.csv</c>; or as Roboflow exports them (<see cref="RoboflowMasks"/>). What is exported is a data set that
/// <c>vaal simulate --task small-seg</c> can train on: shapes are painted (<see cref="Raster"/>), and 255 is what none
/// covers, unless the workspace has a class for it. The class of a whole image stands in the index.
/// </summary>
internal static class MaskPngs
{
    public const string Masks = "masks";

    public static bool Recognises(string path)
        => RoboflowMasks.AreIn(path) || Directory.Exists(Path.Combine(path, Masks))
            && File.Exists(Path.Combine(path, MaskClasses.FileName));

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        if (!Recognises(path))
            throw new InputException(
                $"'{path}' holds no masks; expected a folder with {Masks}/ and {MaskClasses.FileName}");
        var beside = RoboflowMasks.AreIn(path);
        var (names, ids) = MaskClasses.Read(Path.Combine(path, beside ? RoboflowMasks.Classes : MaskClasses.FileName));
        var index = Csv.IndexByStem(path, context);
        var ofWhole = ClassesOfWholeImages(path, context);
        var seen = new HashSet<string>();
        foreach (var file in beside
            ? Directory.EnumerateFiles(path).Where(RoboflowMasks.IsMask).Order(StringComparer.Ordinal)
            : Sources.Files(Path.Combine(path, Masks)).Where(Sources.IsPicture))
        {
            var where = Sources.Relative(path, file);
            log.Entry(where, () =>
            {
                var ours = index.ContainsKey(Path.GetFileNameWithoutExtension(where));
                log.Within(ours ? null : path);
                var image = beside ? RoboflowMasks.StemOf(where)
                    : Sources.PictureOf(path, where, index, picture => IsAsLarge(file, log.SizeOf(picture)));
                if (!seen.Add(image))
                    throw new MalformedEntryException($"{Text.Quote(image)} has another mask already");
                var (shapes, size) = ShapesOf(file, image, names, ids, log);
                ofWhole.Remove(image, out var whole);
                log.Add(new Annotation(image, null, shapes, null, null, where) { Size = size },
                    whole.Class is null ? [] : Names(whole.Class));
            });
        }
        log.Within(null);
        if (!beside)
            foreach (var picture in WithoutMask(path))
            {
                var mask = Path.ChangeExtension(picture["images/".Length..], ".png");
                log.Problem(picture, $"has no mask {Masks}/{mask}");
            }
        foreach (var (image, (name, where)) in ofWhole)
            log.Entry(where, () => log.Add(new Annotation(image, null, [], null, null, where), Names(name)));
        return log.Result;

        string[] Names(string cell) => context.MultiLabel ? ClassSet.OfCell(cell, context.KnowsClass) : [cell];
    }

    public static void Write(ExportRequest request, string path) => ExportFolder.Create(path, folder =>
    {
        IReadOnlyList<string> classes = request.Background is { } rest && !request.AllClasses.Contains(rest)
            ? [.. request.AllClasses, rest] : request.AllClasses;
        if (classes.Count > ImageSet.Ignore)
            throw new InputException(
                $"there are {classes.Count} classes; a mask of bytes has room for {ImageSet.Ignore}. Export as coco or "
                    + "json");
        var numbers = classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => (byte)c.i);
        var uncovered = request.Background is { } background ? numbers[background] : ImageSet.Ignore;
        var (taken, files) = (new HashSet<string>(), new List<string>());
        foreach (var row in request.Rows)
        {
            var file = ExportFolder.Unique(row.Image, taken);
            files.Add(file);
            ExportFolder.Copy(row, Path.Combine(folder, "images", file), request, files.Count - 1);
            // where somebody looked and found nothing, all is background
            if (row.Shapes.Count > 0 || row.Nothing && request.Background is not null)
                ExportFolder.Flushed(Path.Combine(folder, Masks, Path.ChangeExtension(file, ".png")),
                    stream => Encode(Paint(row, numbers, uncovered), row.Width, row.Height, stream));
        }
        Directory.CreateDirectory(Path.Combine(folder, Masks));
        ExportFolder.Flushed(Path.Combine(folder, MaskClasses.FileName),
            stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(MaskClasses.Write(classes))));
        ExportFolder.Flushed(Path.Combine(folder, ExportFolder.Index),
            stream => Csv.WriteIndex(stream, request.Rows, files));
    });

    /// <summary>What of an image is lost in such a mask, in words.</summary>
    public static IEnumerable<string> Lacks(ExportRow row)
    {
        if (row is { Class: not null, Shapes.Count: 0 })
            yield return "a class and no shapes: there is no mask of them, and their class is in vaal.csv alone";
        Mask[] masks = [.. row.Shapes.OfType<Mask>()];
        if (masks.CountBy(m => m.Class ?? "").Any(c => c.Value > 1))
            yield return "several masks of one class, which become one in masks; coco and json keep them";
        if (LieOver(masks))
            yield return "masks that lie over each other, of which the last counts in masks; coco and json keep them";
    }

    /// <summary>Whether a pixel is in masks of two classes.</summary>
    private static bool LieOver(Mask[] masks)
    {
        if (masks.Length < 2) return false;
        var runs = new List<(int From, int To, string? Class)>();
        foreach (var mask in masks)
            for (int i = 0, at = 0; i < mask.Runs.Count; at += mask.Runs[i++])
                if (i % 2 == 1) runs.Add((at, at + mask.Runs[i], mask.Class));
        runs.Sort((a, b) => a.From.CompareTo(b.From));
        var last = (To: 0, Class: (string?)null);
        foreach (var run in runs)
        {
            if (run.From >= last.To) last = (run.To, run.Class);
            else if (run.Class != last.Class) return true;
            else last.To = Math.Max(last.To, run.To);
        }
        return false;
    }

    // of others: in an export of ours such an image has no label yet
    private static IEnumerable<string> WithoutMask(string path)
    {
        var pictures = Path.Combine(path, "images");
        if (!Directory.Exists(pictures) || File.Exists(Path.Combine(path, ExportFolder.Index))) return [];
        string Stem(string folder, string file) => Path.ChangeExtension(Sources.Relative(folder, file), null);
        var masks = Sources.Files(Path.Combine(path, Masks)).Select(f => Stem(Path.Combine(path, Masks), f))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return Sources.Files(pictures).Where(f => Sources.IsPicture(f) && !masks.Contains(Stem(pictures, f)))
            .Select(f => Sources.Relative(path, f));
    }

    /// <summary>
    /// A shape for each class that is in the mask. A small file may hold a mask without end: the image it belongs to
    /// comes first, then its size, and pixels only when both fit.
    /// </summary>
    private static (List<Shape> Shapes, (int, int) Size) ShapesOf(string file, string image, string[] names,
        MaskIds ids, ImportLog log)
    {
        try
        {
            Sources.Regular(file);
            // where there is a workspace, the image must be in it
            var known = log.Context.SizeBeside is null ? log.SizeOf(image) : log.RequiredSizeOf(image);
            var (width, height) = IndexedPng.SizeOf(file);
            if (known is { } size && size != (width, height))
                throw new MalformedEntryException(
                    $"is {width}×{height}, and the image {Text.Quote(image)} is {size.Width}×{size.Height}");
            Rle.CheckSize(width, height);
            log.Pixels.Take((long)width * height);
            return (ShapesIn(ids.Classes(IndexedPng.Read(file, (width, height))), names, (width, height), log),
                (width, height));
        }
        catch (InvalidDataException e)
        {
            throw new MalformedEntryException(e.Message);
        }
    }

    // a damaged mask is listed when it is read
    private static bool IsAsLarge(string file, (int Width, int Height)? size)
    {
        try
        {
            Sources.Regular(file);
            return size is { } known && IndexedPng.SizeOf(file) == known;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>One pass over the pixels, whatever the number of classes.</summary>
    private static List<Shape> ShapesIn(byte[] classes, string[] names, (int Width, int Height) size, ImportLog log)
    {
        var (runs, ends) = (new RunWriter?[names.Length], new int[names.Length]);
        for (var at = 0; at < classes.Length;)
        {
            var c = classes[at];
            var length = classes.AsSpan(at).IndexOfAnyExcept(c) is var run and >= 0 ? run : classes.Length - at;
            if (c != ImageSet.Ignore)
            {
                log.Runs.Take(2);
                var writer = runs[c] ??= new();
                writer.Add(false, at - ends[c]);
                writer.Add(true, length);
                ends[c] = at + length;
            }
            at += length;
        }
        // what no shape covers is no shape; where pixels are ignored, somebody has painted those of that class
        var rest = classes.AsSpan().Contains(ImageSet.Ignore) ? null : log.Context.Background;
        var shapes = new List<Shape>();
        for (var c = 0; c < names.Length; c++)
        {
            if (runs[c] is not { } writer || names[c] == rest) continue;
            writer.Add(false, classes.Length - ends[c]);
            shapes.Add(new Mask(names[c], writer.ToArray(), size.Width, size.Height));
        }
        return shapes;
    }

    private static Dictionary<string,
        (string Class, string Where)> ClassesOfWholeImages(string path, ImportContext context)
    {
        var file = Path.Combine(path, ExportFolder.Index);
        return File.Exists(file)
            ? Csv.Manifest(file, context).Where(row => row.Class is not null).GroupBy(row => row.Image)
                .ToDictionary(g => g.Key, g => (g.First().Class!, $"{ExportFolder.Index} {g.First().Where}"))
            : [];
    }

    // (H, W)
    private static byte[] Paint(ExportRow row, Dictionary<string, byte> numbers, byte uncovered)
    {
        if (Raster.Problem(row.Shapes, row.Image, row.Width, row.Height) is { } problem)
            throw new InputException(
                problem + (row.Shapes.Any(s => s.Class is null) ? ". Export as json to keep shapes without one" : ""));
        return Raster.Paint(row.Shapes, numbers, row.Width, row.Height, uncovered);
    }

    private static void Encode(byte[] pixels, int width, int height, Stream stream)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        for (var y = 0; y < height; y++)
            pixels.AsSpan(y * width, width).CopyTo(bitmap.GetPixelSpan()[(y * bitmap.RowBytes)..]);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        png.SaveTo(stream);
    }
}
