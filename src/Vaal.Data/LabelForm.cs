namespace Vaal.Data;

/// <summary>
/// What the label of an image is: one class, several, or a class for each pixel. The data's side of a task; what a
/// model learns from such labels, and how it is tested, is in <c>LearningTask</c> of the package Vaal.
/// </summary>
internal sealed class LabelForm
{
    private readonly Func<ImageSet, int, bool> _has;
    private readonly Func<ImageSet, int, int> _class;

    private LabelForm(string measure, string missing, bool byPixel, Func<ImageSet, int, bool> has,
        Func<ImageSet, int, int> @class) =>
        (Measure, Missing, ByPixel, _has, _class) = (measure, missing, byPixel, has, @class);

    /// <summary>One class an image.</summary>
    public static LabelForm Class { get; } = new("accuracy", "a class", false,
        (images, id) => OneOf(images, id) >= 0, OneOf);

    /// <summary>Several classes an image, or none of them.</summary>
    public static LabelForm Classes { get; } = new("mean AP", "classes", false,
        (images, id) => images.ClassSets?[id] is not null, (_, _) => -1);

    /// <summary>A class for each pixel.</summary>
    public static LabelForm Masks { get; } = new("mean IoU", "shapes", true,
        (images, id) => images.Masks is { } masks && masks[id].ContainsAnyExcept(ImageSet.Ignore), (_, _) => -1);

    /// <summary>What a task model on such labels is measured by.</summary>
    public string Measure { get; }

    /// <summary>Classes belong to pixels, and not to whole images.</summary>
    internal bool ByPixel { get; }

    /// <summary>What an image without a label lacks.</summary>
    internal string Missing { get; }

    /// <summary>What the labels of these images are.</summary>
    public static LabelForm Of(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return images.Masks is not null ? Masks : images.ClassSets is not null ? Classes : Class;
    }

    /// <summary>Whether these images have labels of this kind at all.</summary>
    internal bool IsIn(ImageSet images) => Of(images) == this && (this != Class || images.Classes.Count > 0);

    /// <summary>Whether it is known what is in an image.</summary>
    internal bool IsKnown(ImageSet images, int id) => _has(images, id);

    /// <summary>What a pool notes beside a labelled image: its class, or −1 if the label is not one class.</summary>
    internal int ClassOf(ImageSet images, int id) => _class(images, id);

    // -1: images without classes have none known
    private static int OneOf(ImageSet images, int id) => images.Classes.Count > 0 ? images.Classes[id] : -1;
}
