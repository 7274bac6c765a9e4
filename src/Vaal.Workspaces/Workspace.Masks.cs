using System.Collections.Concurrent;
using SkiaSharp;
using Vaal.Data;
using Vaal.Data.Formats;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>
    /// The images at the size of the workspace's frame, with masks: what the shapes of their labels cover, painted as
    /// an export in the format <c>masks</c> is. What no shape covers is to be ignored, unless the workspace has a class
    /// for it. An image without shapes has a mask without classes.
    /// </summary>
    /// <exception cref="InputException">no image can be decoded, or shapes cannot be painted; the message names the
    /// images</exception>
    internal WorkspaceImages LoadMasks(Action<TrainEvent>? report = null, CancellationToken cancel = default) =>
        LoadMasks([], report, cancel);

    /// <param name="first">classes that get the first numbers, in this order</param>
    internal WorkspaceImages LoadMasks(
        IReadOnlyList<string> first, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        var options = Loading(null, report, cancel);
        options = new(options) { Rectangle = Frame() };
        var gone = new ConcurrentDictionary<int, string>();
        var loaded = Load(options, (rows, labels) =>
        {
            var background = Background;
            Shape[]?[] shapes = [
                .. rows.Select(r => r.State == ImageState.Ok
                    && labels.GetValueOrDefault(r.Id) is { Elsewhere: false } label
                    && (label.ShapesJson is not null
                        || (background is not null && label is { Class: null, SetJson: null or "[]" }))
                    ? label.Shapes.ToArray()
                    : null)];
            string[] names = [
                .. first.Concat(
                    shapes.OfType<Shape[]>().SelectMany(s => s).Select(s => s.Class).Append(background).OfType<string>()
                    .Order(StringComparer.Ordinal)).Distinct()];
            if (names.Length > ImageSet.Ignore)
                throw new InputException(
                    $"there are {names.Length} classes of shapes; a mask has room for {ImageSet.Ignore}");
            return (names, [.. rows.Select(_ => -1)], Painted(rows, shapes, names, background, options, gone), null);
        });
        return gone.IsEmpty ? loaded : loaded with { Note = Gone(gone, options.Target) };
    }

    private static string Gone(ConcurrentDictionary<int, string> gone, (int Width, int Height) frame) =>
        $"{Counted.Of(gone.Count, "labelled image has", "labelled images have")} no pixel of a shape in the frame of "
        + $"{frame.Width}×{frame.Height}, and {Counted.Is(gone.Count)} not used: "
        + string.Join(", ", gone.OrderBy(g => g.Key).Take(3).Select(g => g.Value)) + (gone.Count > 3 ? ", ..." : "")
        + "; 'vaal init --frame' sets another frame";

    /// <summary>Size of images and masks, as <c>init</c> was told, or by the first image that was indexed.</summary>
    private (int Width, int Height) Frame()
    {
        if (LoadOptions.FrameOf(Setting("frame")) is { } told) return told;
        var first = Images().Where(i => i is { State: ImageState.Ok, Width: > 0 }).MinBy(i => i.Id);
        return first is null ? (64, 64) : MaskFolder.FrameOf(first.Width, first.Height);
    }

    /// <summary>Where a part of an image lies in what <see cref="LoadMasks(Action{TrainEvent}, CancellationToken)"/>
    /// makes of it.</summary>
    internal SKRect InFrame(ImageRow row, ChosenRegion region, ImageSet images)
    {
        var (left, top, across, down) = Resampler.Origin(
            row.Width, row.Height, new(Loading(null, null, default)) { Rectangle = (images.Width, images.Height) });
        return SKRect.Create(
            (float)((region.X - left) / across), (float)((region.Y - top) / down), (float)(region.Width / across),
            (float)(region.Height / down));
    }

    // gone: receives the images whose shapes have no pixel in the frame
    // images without shapes share one mask, in which nothing has a class
    private static ImageSet Painted(List<ImageRow> rows, Shape[]?[] shapes, string[] names, string? background,
        LoadOptions options, ConcurrentDictionary<int, string> gone)
    {
        var numbers = names.Index().ToDictionary(n => n.Item, n => (byte)n.Index);
        var uncovered = background is null ? ImageSet.Ignore : numbers[background];
        int[] painted = [.. Enumerable.Range(0, rows.Count).Where(i => shapes[i] is not null)],
            places = new int[rows.Count];
        foreach (var (place, i) in painted.Index()) places[i] = place + 1;
        var (width, height) = options.Target;
        var pixels = PixelStore.Allocate((1L + painted.Length) * width * height);
        pixels.Writable(0, width * height).Fill(ImageSet.Ignore);
        var problems = new ConcurrentDictionary<int, string>();
        Parallel.ForEach(painted, PackedCache.Parallelism(options), i =>
        {
            var row = rows[i];
            if (Raster.Problem(shapes[i]!, row.Path, row.Width, row.Height) is { } problem)
            {
                problems[i] = problem;
                return;
            }
            var classes = Raster.Paint(shapes[i]!, numbers, row.Width, row.Height, uncovered);
            if (!classes.ContainsAnyExcept(ImageSet.Ignore))
                problems[i] = $"the shapes of {row.Path} cover no pixel of it";
            var resampled = pixels.Writable((long)places[i] * width * height, width * height);
            Resampler.Nearest(classes, row.Width, row.Height, resampled, options);
            if (!resampled.ContainsAnyExcept(ImageSet.Ignore)) gone[i] = row.Path;
        });
        if (!problems.IsEmpty)
        {
            pixels.Dispose();
            var named = problems.OrderBy(p => p.Key).Select(p => p.Value).ToList();
            throw new InputException(
                $"{named.Count:N0} of {Counted.Of(painted.Length, "label")} cannot become masks: "
                + string.Join("; ", named.Take(5)) + (named.Count > 5 ? $"; and {named.Count - 5} more" : ""));
        }
        return new ImageSet(pixels, 1, height, width, places: places);
    }
}
