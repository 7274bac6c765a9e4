namespace Vaal.Data.Learning;

/// <summary>
/// Chooses a batch of images to label. A workspace asks it and knows nothing of networks; <c>BatchChooser</c> in the
/// package Vaal implements it with every query strategy.
/// </summary>
public interface IChooser
{
    /// <summary>How many images, or regions of them, are asked for; null: as many as the workspace suggests.</summary>
    internal int? Budget { get; }

    /// <summary>Decides every random draw.</summary>
    internal long Seed { get; }

    /// <summary>Columns and rows that images are cut by, such as 4x3; null: images are chosen whole.</summary>
    internal string? Regions { get; }

    /// <summary>The kind of labels that it learns from.</summary>
    internal LabelForm Labels { get; }

    /// <summary>Everything that decides the choice beside the images and their labels, as a JSON object.</summary>
    internal string Options { get; }

    /// <summary>The same choice, of so many images.</summary>
    internal IChooser Of(int budget);

    /// <summary>Every problem with the options, not only the first.</summary>
    /// <param name="encoder">whose features are there to compare images by, or
    /// <see cref="ImageSources.NoEncoder"/></param>
    internal IEnumerable<string> Problems(string encoder);

    /// <summary>Chooses. Stopped or killed, the same request goes on where it was and chooses the same
    /// images.</summary>
    /// <exception cref="InputException">no image is left to choose, or the labels are too few for the
    /// strategy</exception>
    internal Choice Choose(ChoiceRequest request);
}
