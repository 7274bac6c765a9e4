namespace Vaal.Data.Formats;

/// <summary>
/// <c>images/</c> with masks of the same names in <c>masks/</c> (PNG), with or without <c>train</c> and <c>test</c> (or
/// <c>val</c>) below, and <c>classes.csv</c>: <see cref="MaskClasses"/>.
/// </summary>
internal sealed class ImageMaskFolder : IDataFormat
{
    private const string Images = "images/";

    public string Description => "images/ and masks/ of the same names, classes.csv";

    // without classes.csv too, where pictures have their masks: as a class folder these would be photographs of two
    // classes
    public bool Recognises(string path) =>
        HasFolders(path) && (File.Exists(Path.Combine(path, MaskClasses.FileName)) || HasPair(path));

    private static bool HasFolders(string path) =>
        Directory.Exists(Path.Combine(path, "images")) && Directory.Exists(Path.Combine(path, "masks"));

    private static bool HasPair(string path)
    {
        const int enough = 20;
        var masks = Path.Combine(path, "masks");
        return Directory.EnumerateFiles(
            masks, "*.png", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
            .Take(enough).Any(HasImage);

        bool HasImage(string mask) =>
            Path.Combine(path, "images", Path.GetDirectoryName(Path.GetRelativePath(masks, mask))!) is var folder
                && Directory.Exists(folder)
            && Directory.EnumerateFiles(folder)
                .Any(f => Path.GetFileNameWithoutExtension(f) == Path.GetFileNameWithoutExtension(mask));
    }

    public DataSet Load(string path, LoadOptions options)
    {
        var notes = new List<string>();
        var files = ImageFolder.Files(path, notes);
        if (!HasFolders(path))
            throw new InputException(
                $"the folder {path} holds no images with masks; expected the folders images and masks, and " +
                $"{MaskClasses.FileName}");
        if (!File.Exists(Path.Combine(path, MaskClasses.FileName)))
            throw new InputException(
                $"{path} holds images and masks, and no {MaskClasses.FileName} that says what the ids in masks " +
                $"mean; expected its columns id and name");
        var images = files.FindAll(f => f.Path.StartsWith(Images, StringComparison.Ordinal));
        var (train, test) = Parts(images);
        if (test is not null
            && images.RemoveAll(f => !f.Path.StartsWith(train!, StringComparison.Ordinal)
                && !f.Path.StartsWith(test, StringComparison.Ordinal)) is var others and > 0)
            notes.Add($"{Counted.Of(others, "image")} outside {train} and {test} {Counted.Is(others)} not used");
        var (names, ids) = MaskClasses.Read(Path.Combine(path, MaskClasses.FileName));
        return MaskFolder.Load(
            ImageFolder.NameOf(path), path, images, image =>
                Path.ChangeExtension($"masks/{image[Images.Length..]}", ".png"),
            p => test is not null && p.StartsWith(test, StringComparison.Ordinal), names, ids, notes, options);
    }

    // images/training/ and images/validation/, as well as images/train/ and images/test/
    private static (string? Train, string? Test) Parts(List<SourceFile> images)
    {
        string[] folders =
            [.. images.Select(f => f.Path.Split('/')).Where(p => p.Length > 2).Select(p => p[1]).Distinct()];
        var (train, test) = Splits.Parts(folders, f => f);
        return (Below(train), Below(test));

        static string? Below(string? folder) => folder is null ? null : $"{Images}{folder}/";
    }
}
