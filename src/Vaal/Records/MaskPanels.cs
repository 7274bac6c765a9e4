using System.Text.Json;
using SkiaSharp;
using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Records;

/// <summary>An image beside its mask, what a network takes it for, and where the network is unsure: one picture of four
/// panels each.</summary>
internal sealed record MaskPanels(IReadOnlyList<string> Names, IReadOnlyList<byte[]> Pictures)
{
    /// <summary>Images that are kept of a round.</summary>
    public const int Most = 8;

    private const string NamesFile = "panels.json";
    private const int Gap = 6;

    private static readonly SKColor _gap = new(128, 128, 128, 0);

    // dark to bright, as unsure as a network can be at the end
    private static readonly SKColor[] _heat =
        [new(0, 0, 4), new(87, 16, 110), new(188, 55, 84), new(249, 142, 9), new(252, 255, 164)];

    // as far apart as twenty colours can be (S. Trubetskoy's list, without black, white and grey)
    private static readonly SKColor[] _classes =
    [
        .. new[] { "#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#42d4f4", "#f032e6", "#bfef45",
            "#469990", "#9a6324", "#fabed4", "#800000", "#dcbeff", "#808000", "#aaffc3", "#000075",
            "#ffd8b1", "#fffac8" }
            .Select(SKColor.Parse),
    ];

    /// <summary>A class's colour; where the list ends, neighbours in number far apart in hue.</summary>
    public static SKColor ColourOf(int @class) => @class < _classes.Length
        ? _classes[@class]
        : SKColor.FromHsl((float)(@class * 137.508 % 360), 75, @class % 2 == 0 ? 52 : 66);

    /// <summary>The colours of uncertainty, from none to the most possible.</summary>
    public static IReadOnlyList<SKColor> Heat => _heat;

    /// <summary>Draws the first few of <paramref name="ids"/>.</summary>
    /// <param name="regions">parts of an image that are framed, in its pixels; null: none</param>
    public static MaskPanels Of(
        Segmenter model, ImageSet images, IReadOnlyList<int> ids, Device device, Func<int,
        IReadOnlyList<SKRect>>? regions = null)
    {
        using var eval = model.Evaluating();
        using var inference = inference_mode();
        var shown = ids.Take(Most).ToList();
        return new(
            [.. shown.Select(id => images.Paths.Count == 0 ? $"image {id}" : images.Paths[id])],
            [.. shown.Select(id => Draw(model, images, id, device, regions?.Invoke(id) ?? []))]);
    }

    /// <summary>The same of a network that <see cref="Strategies.Networks.Save"/> has written, on the CPU.</summary>
    /// <param name="file"><c>task.safetensors</c></param>
    /// <exception cref="InputException">the file holds no network that gives so many classes to each pixel</exception>
    public static MaskPanels OfSaved(
        string file, int classes, ImageSet images, IReadOnlyList<int> ids, Func<int,
        IReadOnlyList<SKRect>>? regions = null)
    {
        using var scope = NewDisposeScope();
        using var model = Load(file, classes);
        return Of(model, images, ids, CPU, regions);
    }

    private static Segmenter Load(string file, int classes)
    {
        var weights = Safetensors.Load(file, out var metadata);
        var wrong = new InputException($"{file} holds no network of {classes} classes");
        if (!metadata.TryGetValue("model", out var name) || !TaskModels.Names.Contains(name)
            || TaskModels.Create(name, 3, classes) is not Segmenter model) throw wrong;
        using var noGrad = no_grad();
        foreach (var (key, value) in model.state_dict())
        {
            if (!weights.TryGetValue(key, out var saved) || !saved.shape.SequenceEqual(value.shape)) throw wrong;
            value.copy_(saved);
        }
        return model;
    }

    /// <summary>Puts them into a folder of their own, as WebP pictures and the names in <c>panels.json</c>, which comes
    /// last.</summary>
    public void Save(string folder)
    {
        foreach (var (i, picture) in Pictures.Index())
            AtomicFile.WriteAllBytes(Path.Combine(folder, $"{i + 1}.webp"), picture);
        AtomicFile.WriteAllBytes(
            Path.Combine(folder, NamesFile), JsonSerializer.SerializeToUtf8Bytes(Names, Json.Options));
    }

    /// <summary>What <see cref="Save"/> left; null: nothing, or not all of it.</summary>
    public static MaskPanels? Load(string folder)
    {
        var file = Path.Combine(folder, NamesFile);
        if (!File.Exists(file)) return null;
        try
        {
            var names = JsonSerializer.Deserialize<string[]>(RegularFile.ReadAllBytes(file), Json.Options) ?? [];
            var pictures = names.Select((_, i) => RegularFile.ReadAllBytes(Path.Combine(folder, $"{i + 1}.webp")));
            return new(names, [.. pictures]);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // pictures to look at: a page without them is better than none
            return null;
        }
    }

    private static byte[] Draw(Segmenter model, ImageSet images, int id, Device device, IReadOnlyList<SKRect> regions)
    {
        using var scope = NewDisposeScope();
        // (H, W, K)
        var p = model.call(Augment.Normalise(images.Batch([id]).to(device)))[0].softmax(-1)
            .to(ScalarType.Float32).cpu();
        var predicted = p.argmax(-1).to(ScalarType.Byte).contiguous().bytes;
        var entropy = (special.entr(p).sum([-1]) / Math.Log(Math.Max(2, model.Classes))).contiguous().data<float>();
        var (width, height) = (images.Width, images.Height);
        using var sheet =
            new SKBitmap(new SKImageInfo(4 * width + 3 * Gap, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        sheet.Erase(_gap);
        var image = images[id];
        var mask = images.Masks is { } masks ? masks[id] : default;
        for (var i = 0; i < width * height; i++)
        {
            var (x, y) = (i % width, i / width);
            var colour = new SKColor(
                image[i], image[images.Channels == 1 ? i : width * height + i],
                image[images.Channels == 1 ? i : 2 * width * height + i]);
            Set(0, colour);
            Set(1, Tinted(colour, mask.IsEmpty ? ImageSet.Ignore : mask[i]));
            Set(2, Tinted(colour, predicted[i]));
            Set(3, HeatAt(entropy[i]));

            void Set(int panel, SKColor to) => sheet.SetPixel(panel * (width + Gap) + x, y, to);
        }
        if (images.Margin > 0)
            regions = [
                .. regions,
                SKRect.Create(images.Margin, images.Margin, width - 2 * images.Margin, height - 2 * images.Margin)];
        Frame(sheet, width, height, regions);
        using var encoded = sheet.Encode(SKEncodedImageFormat.Webp, 85);
        return encoded.ToArray();
    }

    // grey under half of a class's colour, so that what lies there is still to be seen; no class: grey
    private static SKColor Tinted(SKColor colour, int @class)
    {
        var grey = (byte)((299 * colour.Red + 587 * colour.Green + 114 * colour.Blue) / 1000);
        return @class == ImageSet.Ignore ? new(grey, grey, grey) : Mixed(new(grey, grey, grey), ColourOf(@class), 0.6);
    }

    private static SKColor HeatAt(double share)
    {
        var at = Math.Clamp(share, 0, 1) * (_heat.Length - 1);
        var from = Math.Min((int)at, _heat.Length - 2);
        return Mixed(_heat[from], _heat[from + 1], at - from);
    }

    private static SKColor Mixed(SKColor a, SKColor b, double share)
    {
        byte Mix(byte x, byte y) => (byte)Math.Round(x + share * (y - x));
        return new(Mix(a.Red, b.Red), Mix(a.Green, b.Green), Mix(a.Blue, b.Blue));
    }

    // around what a region is, within what is shown beside it; dark under white, to be seen on either
    private static void Frame(SKBitmap sheet, int width, int height, IReadOnlyList<SKRect> regions)
    {
        using var canvas = new SKCanvas(sheet);
        using var line = new SKPaint { Style = SKPaintStyle.Stroke };
        foreach (var (colour, thick) in new[] { (SKColors.Black, 3f), (SKColors.White, 1f) })
        {
            (line.Color, line.StrokeWidth) = (colour, thick);
            for (var panel = 0; panel < 4; panel++)
                foreach (var region in regions)
                {
                    var seen = SKRect.Intersect(SKRect.Inflate(region, 0.5f, 0.5f), new(1, 1, width - 1, height - 1));
                    seen.Offset(panel * (width + Gap), 0);
                    canvas.DrawRect(seen, line);
                }
        }
    }
}
