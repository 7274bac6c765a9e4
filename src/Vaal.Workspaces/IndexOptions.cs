using System.Globalization;
using System.Text.Json.Serialization;
using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>How many images the test set gets: a share of them, or a number.</summary>
public sealed class TestSize
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

    /// <summary>Classes that exports offer to annotators, before and beside those that labels name; empty: none.
    /// None in a new workspace.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>An image may have several classes, or none of them. It can be changed as long as no image has a label;
    /// false in a new workspace.</summary>
    public bool? MultiLabel { get; init; }

    /// <summary>How many of 64 bits two pictures' hashes may differ in to count as near-duplicates; 0: none do. 6 in a
    /// new workspace.</summary>
    public int? NearDuplicates { get; init; }

    /// <summary>Name of the encoder that makes features of the images, the path of an <c>.onnx</c> model or of a table
    /// of features, or <c>none</c>. In a new workspace <c>resnet18</c> for photographs, none for smaller
    /// images.</summary>
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

/// <summary>What indexing found.</summary>
public sealed class IndexReport
{
    internal IndexReport(
        int images, int added, int changed, int moved, int removed, int back, IReadOnlyList<ImageRow> broken,
        int duplicates, int nearDuplicates, int nearGroups, int test, bool testDrawn, ImportReport? labels,
        IReadOnlyList<string> notes)
    {
        (Images, Added, Changed, Moved, Removed, Back) = (images, added, changed, moved, removed, back);
        (Broken, Duplicates, NearDuplicates, NearGroups) = (broken, duplicates, nearDuplicates, nearGroups);
        (Test, TestDrawn, Labels, Notes) = (test, testDrawn, labels, notes);
    }

    /// <summary>Files that are there.</summary>
    public int Images { get; internal init; }

    /// <summary>Not seen before.</summary>
    public int Added { get; internal init; }

    /// <summary>Whose content is not what it was; labels stay.</summary>
    public int Changed { get; internal init; }

    /// <summary>Known content under a new name; labels go along.</summary>
    public int Moved { get; internal init; }

    /// <summary>Not there any more; labels are kept.</summary>
    public int Removed { get; internal init; }

    /// <summary>Removed earlier, and there again.</summary>
    public int Back { get; internal init; }

    [JsonInclude]
    internal IReadOnlyList<ImageRow> Broken { get; init; }

    /// <summary>Files that cannot be decoded, and why.</summary>
    [JsonIgnore]
    public IReadOnlyList<(string Path, string Reason)> Unusable => [.. Broken.Select(b => (b.Path, b.Reason ?? ""))];

    /// <summary>Files whose pixels are another's.</summary>
    public int Duplicates { get; internal init; }

    /// <summary>Images that look like another one.</summary>
    public int NearDuplicates { get; internal init; }

    /// <summary>Groups they form.</summary>
    public int NearGroups { get; internal init; }

    /// <summary>Images of the test set; <see cref="TestDrawn"/>: since now.</summary>
    public int Test { get; internal init; }

    public bool TestDrawn { get; internal init; }

    /// <summary>What labels from folders or from the manifest came to; null: none were asked for.</summary>
    public ImportReport? Labels { get; internal init; }

    /// <summary>One line each for what else the user must know.</summary>
    public IReadOnlyList<string> Notes { get; internal init; }
}
