namespace Vaal.Data.Formats;

/// <summary>
/// Cityscapes (Cordts et al., CVPR 2016): <c>leftImg8bit/SET/CITY/x_leftImg8bit.png</c> with
/// <c>gtFine/SET/CITY/x_gtFine_labelIds.png</c>. The ids become the benchmark's 19 classes, all others are ignored. The
/// pool is <c>train</c>, the test set <c>val</c>: nobody but the benchmark has masks of <c>test</c>.
/// </summary>
internal sealed class Cityscapes : IDataFormat
{
    /// <summary>The 19 classes in the order of their train ids, with their label ids.</summary>
    private static readonly (string Name, int Id)[] _classes =
    [
        ("road", 7), ("sidewalk", 8), ("building", 11), ("wall", 12), ("fence", 13), ("pole", 17),
            ("traffic light", 19), ("traffic sign", 20),
        ("vegetation", 21), ("terrain", 22), ("sky", 23), ("person", 24), ("rider", 25), ("car", 26), ("truck", 27),
            ("bus", 28), ("train", 31),
        ("motorcycle", 32), ("bicycle", 33),
    ];

    /// <summary>Ids 0..33, and −1 of a licence plate, which a byte holds as 255.</summary>
    private static readonly MaskIds _labelIds = new(
        Enumerable.Range(0, 34).Append(255)
        .Select(id => (id, Array.FindIndex(_classes, c => c.Id == id) is var c and >= 0 ? c : ImageSet.Ignore)));

    public static string[] ClassNames => [.. _classes.Select(c => c.Name)];

    /// <summary>Masks that hold the 19 train ids themselves.</summary>
    public static MaskIds TrainIds { get; } = MaskIds.InOrder(_classes.Length, ImageSet.Ignore);

    public string Description => "Cityscapes, 19 classes: leftImg8bit/, gtFine/";

    public bool Recognises(string path) =>
        Directory.Exists(Path.Combine(path, "leftImg8bit")) && Directory.Exists(Path.Combine(path, "gtFine"));

    public DataSet Load(string path, LoadOptions options)
    {
        var notes = new List<string>();
        var files = ImageFolder.Files(path, notes);
        if (!Recognises(path))
            throw new InputException(
                $"the folder {path} holds no Cityscapes; expected the folders leftImg8bit and gtFine");
        var images = files.FindAll(f => IsOf(f.Path, "train") || IsOf(f.Path, "val"));
        var ids = files.Exists(f => f.Path.EndsWith("_gtFine_labelIds.png", StringComparison.Ordinal))
            || !files.Exists(f => f.Path.EndsWith("_gtFine_labelTrainIds.png", StringComparison.Ordinal));
        if (!ids) notes.Add("found no masks *_gtFine_labelIds.png; *_gtFine_labelTrainIds.png are used");
        return MaskFolder.Load("cityscapes", path, images, MaskOf, p => IsOf(p, "val"), ClassNames, ids
            ? _labelIds
            : TrainIds, notes, options);

        string MaskOf(string image)
        {
            var rest = image["leftImg8bit".Length..].Replace("_leftImg8bit.", "_gtFine.", StringComparison.Ordinal);
            return $"gtFine{rest[..rest.LastIndexOf('.')]}_{(ids ? "labelIds" : "labelTrainIds")}.png";
        }
    }

    private static bool IsOf(string path, string set) =>
        path.StartsWith($"leftImg8bit/{set}/", StringComparison.Ordinal);
}
