namespace Vaal.Data.Learning;

/// <summary>
/// Chooses a batch of images to label. A workspace asks it and knows nothing of networks; <c>BatchChooser</c> in the
/// package Vaal implements it with every query strategy.
/// </summary>
public interface IChooser
{
    /// <summary>How many images, or regions of them, are asked for.</summary>
    internal int Budget { get; }

    /// <summary>Decides every random draw.</summary>
    internal long Seed { get; }

    /// <summary>Columns and rows that images are cut by, such as 4x3; null: images are chosen whole.</summary>
    internal string? Regions { get; }

    /// <summary>The kind of labels that it learns from.</summary>
    internal LabelForm Labels { get; }

    /// <summary>Everything that decides the choice beside the images and their labels, as a JSON object.</summary>
    internal string Options { get; }

    /// <summary>Every problem with the options, not only the first.</summary>
    internal IEnumerable<string> Problems();

    /// <summary>Chooses. Stopped or killed, the same request goes on where it was and chooses the same
    /// images.</summary>
    /// <exception cref="InputException">no image is left to choose, or the labels are too few for the
    /// strategy</exception>
    internal Choice Choose(ChoiceRequest request);
}
