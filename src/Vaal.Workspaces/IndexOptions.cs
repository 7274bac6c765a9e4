using System.Globalization;
using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>How many images the test set gets: a share of them, or a number.</summary>
public sealed record TestSize(double? Share, int? Count)
{
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
public sealed record IndexOptions
{
    /// <summary>Side of the square that images are brought to, in pixels; 64 in a new workspace.</summary>
    public int? Size { get; init; }

    /// <summary>Crop in a new workspace.</summary>
    public Fit? Fit { get; init; }

    /// <summary>Size of images and masks where a task model gives a class to each pixel, in pixels; in a new workspace
    /// the first image's, brought down to 256 on its longer side if it is over that.</summary>
    public (int Width, int Height)? Frame { get; init; }

    /// <summary>The class of the pixels that no shape of a label covers; empty, as in a new workspace: they have none
    /// and do not count.</summary>
    public string? Background { get; init; }

    /// <summary>Classes that exports offer to whoever labels, before and beside those that labels name; empty: none.
    /// None in a new workspace.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>How many of 64 bits two pictures' hashes may differ in to count as near-duplicates; 0: none do. 6 in a
    /// new workspace.</summary>
    public int? NearDuplicates { get; init; }

    /// <summary>Name of the encoder that makes features of the images, the path of an <c>.onnx</c> model or of a table
    /// of features, or
    /// <c>none</c>. In a new workspace <c>resnet18</c> for photographs, none for smaller images.</summary>
    public string? Encoder { get; init; }

    /// <summary>The folder that an image lies in is its class; of a manifest, its column <c>label</c>.</summary>
    public bool Labels { get; init; }

    /// <summary>From now on links that lead out of the image folder are read too. Without it they are left out, because
    /// whoever packed the folder may have made them.</summary>
    public bool FollowLinks { get; init; }

    /// <summary>Draw a test set of this size, unless there is one.</summary>
    public TestSize? Test { get; init; }

    /// <summary>A file that names the test images, a line or a table row each.</summary>
    public string? TestList { get; init; }

    /// <summary>Decides which images the test set gets.</summary>
    public long Seed { get; init; } = 1;

    public Action<TrainEvent>? Report { get; init; }
    public CancellationToken Cancel { get; init; }

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var problem in new LoadOptions { Size = Size ?? 64, Frame = Frame }.Problems()) yield return problem;
        if (NearDuplicates is < 0 or > Workspaces.NearDuplicates.MostBits)
            yield return $"near-duplicates is {NearDuplicates} bits; it must be between 0 and " +
                $"{Workspaces.NearDuplicates.MostBits}";
        if (Classes is { Count: > 0 } classes)
        {
            if (classes.Any(string.IsNullOrWhiteSpace))
                yield return "a class has no name; names were wanted, such as cat,dog";
            if (classes.FirstOrDefault(c => !Text.FitsXml(c)) is { } unfit) yield return Text.Unfit(unfit);
            if (classes.CountBy(c => c).FirstOrDefault(c => c.Value > 1).Key is { } twice)
                yield return $"the class {Text.Quote(twice)} is there twice";
        }
        if (Test is not null && TestList is not null) yield return "a test set is either drawn or listed, not both";
    }
}

/// <summary>What indexing found.</summary>
/// <param name="Images">files that are there</param>
/// <param name="Added">not seen before</param>
/// <param name="Changed">whose content is not what it was; labels stay</param>
/// <param name="Moved">known content under a new name; labels go along</param>
/// <param name="Removed">not there any more; labels are kept</param>
/// <param name="Back">removed earlier, and there again</param>
/// <param name="Broken">files that cannot be decoded, and why</param>
/// <param name="Duplicates">files whose pixels are another's</param>
/// <param name="NearDuplicates">images that look like another one</param>
/// <param name="NearGroups">groups they form</param>
/// <param name="Test">images of the test set; <paramref name="TestDrawn"/>: since now</param>
/// <param name="Labels">what labels from folders or from the manifest came to; null: none were asked for</param>
/// <param name="Notes">one line each for what else the user must know</param>
public sealed record IndexReport(
    int Images, int Added, int Changed, int Moved, int Removed, int Back, IReadOnlyList<ImageRow> Broken,
        int Duplicates, int NearDuplicates, int NearGroups,
    int Test, bool TestDrawn, ImportReport? Labels, IReadOnlyList<string> Notes);
