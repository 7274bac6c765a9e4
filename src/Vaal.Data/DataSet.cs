namespace Vaal.Data;

/// <summary>What a data format read: the images to choose from, and the test images where the source has any.</summary>
/// <param name="Name">short, for reports: <c>cifar10</c>, or the folder's name</param>
/// <param name="Pool">training images: labelled and unlabelled are told apart by <see cref="Pool"/>, not here</param>
/// <param name="Test">held-out images with their classes, or null</param>
/// <param name="ClassNames">by class number; empty when the source has no labels</param>
/// <param name="Notes">one line each for what the user must know: a missing training batch, files left out and
/// why</param>
/// <param name="Fingerprint">changes whenever an image, a class or the size does: hexadecimal SHA-256 over them or over
/// the source files</param>
public sealed record DataSet(
    string Name, ImageSet Pool, ImageSet? Test, IReadOnlyList<string> ClassNames, IReadOnlyList<string> Notes,
        string Fingerprint)
    : IDisposable
{
    /// <summary>Super-class of each class (CIFAR-100's coarse labels); empty when the source has none, -1 for a class
    /// that is not in it.</summary>
    public IReadOnlyList<int> SuperClasses { get; init; } = [];

    /// <summary>Images were set apart or changed since the source was read, so that a file that numbers its images does
    /// not fit.</summary>
    internal bool Renumbered { get; init; }

    public void Dispose()
    {
        Pool.Dispose();
        Test?.Dispose();
    }
}
