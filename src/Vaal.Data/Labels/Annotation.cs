namespace Vaal.Data.Labels;

/// <summary>What one entry of a label file says about one image.</summary>
/// <param name="Image">path or name as the file gives it; <see cref="ImageNames"/> finds the image it means</param>
/// <param name="Class">the class of the whole image, or null where the entry has none</param>
/// <param name="Shapes">boxes, polygons and masks; empty together with a null class: somebody looked and found
/// nothing</param>
/// <param name="Annotator">who, as the file names them</param>
/// <param name="When">when it was last changed</param>
/// <param name="Where">for messages: <c>line 12</c>, <c>task 5</c>, <c>annotation 17</c></param>
internal sealed record Annotation(
    string Image, string? Class, IReadOnlyList<Shape> Shapes, string? Annotator, DateTimeOffset? When, string Where)
{
    /// <summary>The classes of the whole image where it may have several, and <see cref="Class"/> says nothing; empty:
    /// it has none of them. Null: it has one.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Size of the original image in pixels, where the file states it.</summary>
    public (int Width, int Height)? Size { get; init; }

    /// <summary>The folder from which <see cref="Image"/> counts, as a full path; null: the image folder.</summary>
    internal string? Folder { get; init; }

    /// <summary>
    /// The part of a data set that the entry is of: <c>train</c>, <c>val</c>, <c>test</c>. It tells two images of one
    /// name apart. Null: the file does not say.
    /// </summary>
    internal string? Split { get; init; }

    /// <summary>
    /// <see cref="Image"/> counts from the image folder, wherever the label file lies: Vaal wrote it.
    /// </summary>
    internal bool FromRoot { get; init; }

    /// <summary>Label Studio wrote the file: a name may have what Label Studio puts before it on upload.</summary>
    internal bool Uploaded { get; init; }
}

/// <summary>An entry, or a part of one, that was not taken over. It changes nothing else.</summary>
internal sealed class ImportProblem(string where, string message)
{
    public string Where { get; } = where;

    public string Message { get; } = message;

    /// <summary>How many entries have this problem; <see cref="Where"/> is the first. 0: nothing was left
    /// out.</summary>
    public int Entries { get; init; } = 1;

    public ImportProblem Below(string prefix) => new(prefix + Where, Message) { Entries = Entries };

    public override string ToString() => $"{Where}: {Message}{(Entries > 1 ? $" ({Entries:N0} entries)" : "")}";
}

/// <summary>All that a label file says, and all that could not be used.</summary>
internal sealed record ImportResult(IReadOnlyList<Annotation> Annotations, IReadOnlyList<ImportProblem> Problems);

/// <summary>What an importer may ask of the workspace, and how much it may take.</summary>
/// <param name="SizeOf">size in pixels of the image that a name means, or null; formats with relative coordinates need
/// it</param>
internal sealed record ImportContext(Func<string, (int Width, int Height)?> SizeOf)
{
    /// <summary>No image is known: enough for formats that give coordinates in pixels.</summary>
    public static ImportContext Empty { get; } = new(_ => null);

    /// <summary>
    /// The same for a name in a label file of a folder (full path) and of a part of a data set; null: neither makes a
    /// difference.
    /// </summary>
    internal Func<string, string?, string?, (int Width, int Height)?>? SizeBeside { get; init; }

    /// <summary>Why such a name means no image, or none that is certain; null: it means one.</summary>
    internal Func<string, string?, string?, string?>? WhyNone { get; init; }

    /// <summary>The image folder: an absolute path in it is a name of an image. Null: none is.</summary>
    internal ImageRoot? Root { get; init; }

    /// <summary>Whether the workspace knows a class of that name. A comma in a known name separates nothing.</summary>
    internal Func<string, bool> KnowsClass { get; init; } = _ => false;

    /// <summary>An image of the workspace may have several classes.</summary>
    internal bool MultiLabel { get; init; }

    /// <summary>An image in which nothing is has a label too: some labels of the workspace are shapes, or say
    /// so.</summary>
    internal bool TakesEmpty { get; init; }

    /// <summary>The class of pixels that no shape covers; null: they have none.</summary>
    internal string? Background { get; init; }

    /// <summary>Of a table only the images are asked for: its classes are not looked at.</summary>
    internal bool ImagesAlone { get; init; }

    /// <summary>Larger files are refused before they are read, in bytes.</summary>
    public long MaxFileBytes { get; init; } = 512L << 20;

    /// <summary>
    /// Most that an archive may unpack to, in bytes; pictures in it are never unpacked and do not count.
    /// </summary>
    public long MaxUnpackedBytes { get; init; } = 2L << 30;

    /// <summary>Is told how many entries have been read.</summary>
    internal Action<TrainEvent>? Report { get; init; }

    public CancellationToken Cancel { get; init; }
}
