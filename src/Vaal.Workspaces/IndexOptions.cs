using System.Globalization;
using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>How many images the test set gets: a share of them, or a number.</summary>
internal sealed class TestSize
{
    internal TestSize(double? share, int? count) =>
        (Share, Count) = (share, count);

    internal double? Share { get; }

    internal int? Count { get; }

    /// <summary>Reads <c>10%</c> or <c>500</c>.</summary>
    /// <exception cref="InputException">it is neither</exception>
    public static TestSize Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.EndsWith('%') && double.TryParse(text[..^1], CultureInfo.InvariantCulture, out var percent)
            && percent is > 0 and < 100) return new(percent / 100, null);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            return new(null, count);
        throw new InputException(
            $"the size of the test set is '{text}'; it must be a share like 10% or a number like 500");
    }

    internal int Of(int images) => Count ?? (int)Math.Round(Share!.Value * images);
}

/// <summary>How <c>init</c> indexes images. What is null stays as the workspace has it.</summary>
public sealed class IndexOptions
{
    internal IndexOptions() { }

    /// <summary>What <see cref="Workspace.Index"/> is to do.</summary>
    /// <param name="size">side of the square that images are brought to, in pixels: 32, 64, 128 or 256; 64 in a new
    /// workspace</param>
    /// <param name="fit">how images are brought to it; crop in a new workspace</param>
    /// <param name="frame">size of images and masks where a task model gives a class to each pixel, such as
    /// <c>240x180</c>; in a new workspace the first image's, brought down to 256 on its longer side if it is over
    /// that</param>
    /// <param name="background">the class of the pixels that no shape of a label covers; empty, as in a new workspace:
    /// they have none and do not count</param>
    /// <param name="classes">that exports offer to annotators, before and beside those that labels name; empty: none,
    /// as in a new workspace</param>
    /// <param name="multiLabel">an image may have several classes, or none of them. It can be changed as long as no
    /// image has a label; false in a new workspace.</param>
    /// <param name="nearDuplicates">how many of 64 bits two pictures' hashes may differ in to count as near-duplicates;
    /// 0: none do. 6 in a new workspace.</param>
    /// <param name="encoder">name of the encoder that makes features of the images, the path of an <c>.onnx</c> model
    /// or of a table of features, or <c>none</c>. In a new workspace <c>resnet18</c> for photographs, none for smaller
    /// images.</param>
    /// <param name="labels">the folder that an image lies in is its class; of a manifest, its column
    /// <c>label</c></param>
    /// <param name="followLinks">from now on links that lead out of the image folder are read too. Without it they are
    /// left out, because whoever packed the folder may have made them.</param>
    /// <param name="test">draw a test set of this size, such as <c>10%</c> or <c>500</c>, unless there is one</param>
    /// <param name="testList">a file that names the test images, a line or a table row each</param>
    /// <param name="seed">decides which images the test set gets</param>
    /// <param name="report">hears how far indexing is</param>
    /// <param name="cancel">stops it; the next call goes on where it was</param>
    /// <exception cref="InputException">an option is out of range, or two exclude each other; the frame is no width and
    /// height, or the size of the test set neither a share nor a number</exception>
    public IndexOptions(
        int? size = null, Fit? fit = null, string? frame = null, string? background = null,
        IReadOnlyList<string>? classes = null, bool? multiLabel = null, int? nearDuplicates = null,
        string? encoder = null, bool labels = false, bool followLinks = false,
        string? test = null, string? testList = null, long seed = 1,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        (Size, Fit, Frame, Background) = (size, fit, LoadOptions.FrameOf(frame), background);
        (Classes, MultiLabel, NearDuplicates, Encoder) = (classes, multiLabel, nearDuplicates, encoder);
        (Labels, FollowLinks) = (labels, followLinks);
        (Test, TestList, Seed) = (test is null ? null : TestSize.Parse(test), testList, seed);
        (Report, Cancel) = (report, cancel);
        InputException.ThrowIfAny(Problems());
    }

    /// <summary>Side of the square that images are brought to, in pixels; 64 in a new workspace.</summary>
    internal int? Size { get; init; }

    /// <summary>Crop in a new workspace.</summary>
    internal Fit? Fit { get; init; }

    /// <summary>Size of images and masks where a task model gives a class to each pixel, in pixels; in a new workspace
    /// the first image's, brought down to 256 on its longer side if it is over that.</summary>
    internal (int Width, int Height)? Frame { get; init; }

    /// <summary>The class of the pixels that no shape of a label covers; empty, as in a new workspace: they have none
    /// and do not count.</summary>
    internal string? Background { get; init; }

    /// <summary>Classes that exports offer to annotators, before and beside those that labels name; empty: none.
    /// None in a new workspace.</summary>
    internal IReadOnlyList<string>? Classes { get; init; }

    /// <summary>An image may have several classes, or none of them. It can be changed as long as no image has a label;
    /// false in a new workspace.</summary>
    internal bool? MultiLabel { get; init; }

    /// <summary>How many of 64 bits two pictures' hashes may differ in to count as near-duplicates; 0: none do. 6 in a
    /// new workspace.</summary>
    internal int? NearDuplicates { get; init; }

    /// <summary>Name of the encoder that makes features of the images, the path of an <c>.onnx</c> model or of a table
    /// of features, or <c>none</c>. In a new workspace <c>resnet18</c> for photographs, none for smaller
    /// images.</summary>
    internal string? Encoder { get; init; }

    /// <summary>The folder that an image lies in is its class; of a manifest, its column <c>label</c>.</summary>
    internal bool Labels { get; init; }

    /// <summary>From now on links that lead out of the image folder are read too. Without it they are left out, because
    /// whoever packed the folder may have made them.</summary>
    internal bool FollowLinks { get; init; }

    /// <summary>Draw a test set of this size, unless there is one.</summary>
    internal TestSize? Test { get; init; }

    /// <summary>A file that names the test images, a line or a table row each.</summary>
    internal string? TestList { get; init; }

    /// <summary>Decides which images the test set gets.</summary>
    internal long Seed { get; init; } = 1;

    internal Action<TrainEvent>? Report { get; init; }
    internal CancellationToken Cancel { get; init; }

    /// <summary>Every problem, not only the first.</summary>
    internal IEnumerable<string> Problems()
    {
        foreach (var problem in new LoadOptions { Size = Size ?? 64, Frame = Frame }.Problems()) yield return problem;
        if (NearDuplicates is < 0 or > Workspaces.NearDuplicates.MostBits)
            yield return $"near-duplicates is {NearDuplicates} bits; it must be between 0 and " +
                $"{Workspaces.NearDuplicates.MostBits}";
        if (Classes is { Count: > 0 } classes)
        {
            if (classes.Any(string.IsNullOrWhiteSpace))
                yield return "a class has no name; expected names, such as cat,dog";
            if (classes.FirstOrDefault(c => !Text.FitsClass(c)) is { } unfit) yield return Text.Unfit(unfit);
            if (classes.FirstOrDefault(c => !string.IsNullOrWhiteSpace(c) && c != Text.Trimmed(c)) is { } odd)
                yield return Text.Untrimmed(odd);
            if (classes.CountBy(c => c).FirstOrDefault(c => c.Value > 1).Key is { } twice)
                yield return $"the class {Text.Quote(twice)} is there twice";
        }
        if (Test is not null && TestList is not null) yield return "a test set is either drawn or listed, not both";
    }
}
